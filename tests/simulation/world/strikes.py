"""Port calls that each fault strikes, and the calls in which a gateway does its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

WRITES: Final = ("commit", "sql.write", "outbox.claim", "log.place", "log.keep", "log.stamp", "mark_written")
"""Ends of the names of calls that write what a notice, its evidence or its row depends on."""

APPLIED: Final = " applied"
"""End of the name of the place between COMMIT and its answer."""

_EDGES: Final = ("cases", "archive", "time", "witness", "calls", "judiciary")


POWER_FAILURE: Final = "a power failure"
"""Place of a crash of all processes, wherever they stand."""


def can_strike(kind: str, label: str) -> bool:
    """Return True if a kind of fault can strike a port call; a crash can at each."""
    strikes = STRIKES.get(kind)
    return kind == "crash" or (strikes is not None and strikes[0](label) and not label.endswith(" answered"))


def is_work(label: str) -> bool:
    """Return True for a write, the place after it, and a call of the judiciary: most other calls look for work."""
    return label.endswith((*WRITES, APPLIED)) or label.startswith("judiciary.")


def _of_store(label: str) -> bool:
    return not label.startswith(_EDGES)


STRIKES: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "store-away": (_of_store, "store.unavailable"),
    "store-slow": (_of_store, ""),
    "store-full": (lambda label: label.endswith(WRITES), "store.full"),
    "commit-failed": (lambda label: label.endswith(WRITES), "store.unavailable"),
    "commit-lost": (lambda label: label.endswith(APPLIED), "store.unavailable"),
    "cases-away": (lambda label: label.startswith("cases."), "source.unavailable"),
    "archive-full": (lambda label: label == "archive.write", "archive.folder"),
    "time-away": (lambda label: label == "time.stamp", "time.unreachable"),
    "witness-away": (lambda label: label.startswith("witness."), "witness.unreachable"),
}
"""Fault -> port calls that it strikes, and the code that they answer with; a slow store has none."""


def concerned(kind: str) -> tuple[str, ...]:
    """Return the passes that a fault concerns; none of them: all."""
    match kind:
        case "crash" | "restore" | "rollback" | "clock-jump" | "store-away" | "store-full":
            return ()
        case "cases-away":
            return ("collect", "writeback")
        case "archive-full" | "time-away" | "witness-away":
            return ("archive", "witness")
        case "commit-lost" | "commit-failed":
            return ("dispatch", "writeback")
        case _:
            return ("dispatch", "rescue", "receipts")
