"""Counters of what runs have met: transitions, error codes, and pairs of a fault and the port at which it struck."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from gateway.runtime.errors import CATALOGUE

from .invariants.states import table_of_states
from .plan import LASTING, ODD_RECEIPTS
from .world.strikes import POWER_FAILURE, can_strike

ANYWHERE: Final = ("crash", "store-away", "store-slow")
"""Faults that can strike a gateway at each of its calls."""


@dataclass(slots=True)
class Coverage:
    """Counters of a run, or of many."""

    transitions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Coverage) -> None:
        self.transitions += other.transitions
        self.codes += other.codes
        self.faults += other.faults


def report(coverage: Coverage) -> str:
    """Return tables of what was met, and the transitions, error codes, faults and ports that never were."""
    return "\n".join(
        [
            *_never_met(coverage),
            *_table("transition of a notice", {" ".join(edge): coverage.transitions[edge] for edge in _edges()}),
            *_table("error code", coverage.codes),
            *_table("fault at a port", {f"{kind} at {port}": times for (kind, port), times in coverage.faults.items()}),
        ]
    )


def _edges() -> list[tuple[str, str, str]]:
    return sorted(table_of_states())


def _table(head: str, counted: dict[str, int]) -> list[str]:
    rows = [f"| {name.strip()} | {times:,} |" for name, times in sorted(counted.items())]
    return ["", f"| {head} | times |", "| --- | ---: |", *rows]


def _never_met(coverage: Coverage) -> list[str]:
    families = {code.partition(".")[0] for code in coverage.codes}
    codes = {code for code in CATALOGUE if code.partition(".")[0] in families} - set(coverage.codes)
    struck = {kind for kind, _ in coverage.faults}
    never = {
        "transitions": [" ".join(edge).strip() for edge in _edges() if not coverage.transitions[edge]],
        "faults": sorted({*LASTING, "crash", *ODD_RECEIPTS} - struck),
        "error codes, of the families that were met": sorted(codes),
        **{f"calls at which no `{kind}` struck": sorted(_spared(coverage, kind)) for kind in ANYWHERE},
    }
    return [
        "",
        "| never met | |",
        "| --- | --- |",
        *(f"| {what} | {_listed(names)} |" for what, names in never.items()),
    ]


def _spared(coverage: Coverage, kind: str) -> set[str]:
    """Return the calls that a kind of fault can strike, where another one struck and it never did."""
    others = {port for each, port in coverage.faults if each in ANYWHERE and port != POWER_FAILURE}
    return {port for port in others if can_strike(kind, port)} - {
        port for each, port in coverage.faults if each == kind
    }


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
