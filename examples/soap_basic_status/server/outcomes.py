"""Ends of letters, by their recipients: the file outcomes.json. README.md describes its form."""

import json
from dataclasses import dataclass
from pathlib import Path

import tables

_ENDS = {
    "viewed": [tables.DELIVERED, tables.VIEWED],
    "delivered": [tables.DELIVERED],
    "registered": [],
    "no-account": [tables.NO_ACCOUNT],
    "rejected": [tables.REJECTED],
    "legal-service": [tables.LEGAL_SERVICE],
    "delivered-legal-service": [tables.DELIVERED, tables.LEGAL_SERVICE],
    "cancelled": [tables.CANCELLED],
    "delivered-cancelled": [tables.DELIVERED, tables.CANCELLED],
    # 17 is in no table of the contract.
    "unknown-status": [17],
    "unknown-status-viewed": [17, tables.DELIVERED, tables.VIEWED],
}


@dataclass(frozen=True)
class Outcome:
    steps: list[tuple[int, str]]
    # The code that RegisterNotice answers; `acted` says whether the letter was made all the same.
    error: int | None = None
    times: int | None = None
    acted: bool = False
    # Seconds before each status; None: what the command line says.
    delay: float | None = None


def _outcome(given: object) -> Outcome:
    told = {"ends": given} if isinstance(given, str) else given
    if not isinstance(told, dict):
        raise ValueError(f"outcomes.json: a name or an object is expected, not {given!r}")
    statuses = told.get("statuses", _ENDS.get(told.get("ends", "viewed")))
    if statuses is None:
        raise ValueError(f"outcomes.json: unknown end {told['ends']!r}")
    reason = str(told.get("reason", tables.REJECT_REASON))
    return Outcome(
        steps=[(int(status), reason if status == tables.REJECTED else "") for status in statuses],
        error=told.get("error"),
        times=told.get("times"),
        acted=bool(told.get("acted", False)),
        delay=told.get("delay"),
    )


def of(path: Path, national_id: str) -> Outcome:
    """Read at each submission."""
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return _outcome(told.get(national_id, told.get("*", "viewed")))
