"""From what an answer's mapping found to outcomes: whatever is not said clearly stays unknown, and is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from gateway.courier import Accepted, Deferred, NoAccount, NotKnown, Outcome, Rejected, Standing, Unknown
from gateway.mapping.program import Made

MAX_RETRY_AFTER = 86_400
"""Seconds: whatever the judiciary says, a deferred notice is looked at again after a day."""

_UNCLEAR = "courier.incomplete-answer"

Told = Accepted | Rejected | NoAccount | Unknown
T = TypeVar("T")


def outcomes_of(made: Made, references: Sequence[str]) -> dict[str, Outcome]:
    """Return an outcome for each reference of a submission, from a mapping of the kind ``answer-to-outcome``."""
    return _each(made, references, _outcome)


def standings_of(made: Made, references: Sequence[str]) -> dict[str, Standing]:
    """Return a standing for each reference of an inquiry, from a mapping of the kind ``answer-to-standing``."""
    return _each(made, references, _standing)


def _each(made: Made, references: Sequence[str], told: Callable[[Mapping[str, Any]], T]) -> dict[str, T | Unknown]:
    if made.problems:
        # What could be read of an answer that could not be read whole is not believed, either.
        first = made.problems[0]
        return {reference: Unknown(code=first.code, detail=first.field) for reference in references}
    results: dict[str, list[Mapping[str, Any]]] = {}
    for result in made.values.get("results", ()):
        results.setdefault(result["reference"], []).append(result)
    return {reference: _one(results.get(reference, ()), told) for reference in references}


def _one(results: Sequence[Mapping[str, Any]], told: Callable[[Mapping[str, Any]], T]) -> T | Unknown:
    if len(results) != 1:
        return Unknown(code=_UNCLEAR, detail=f"{len(results)} results")
    return told(results[0])


def _outcome(result: Mapping[str, Any]) -> Outcome:
    if result["status"] == "DEFERRED":
        seconds = result.get("retry_after_seconds")
        wait = None if seconds is None else timedelta(seconds=min(max(seconds, 0), MAX_RETRY_AFTER))
        return Deferred(code=result.get("code") or "deferred", retry_after=wait)
    return _told(result)


def _standing(result: Mapping[str, Any]) -> Standing:
    return NotKnown() if result["status"] == "NOT_KNOWN" else _told(result)


def _told(result: Mapping[str, Any]) -> Told:
    match result["status"], result.get("tracking_number"), result.get("code"):
        case "ACCEPTED", str() as tracking, _:
            return Accepted(tracking_number=tracking)
        case "REJECTED", _, str() as code:
            return Rejected(code=code, text=result.get("text") or "")
        case "NO_ACCOUNT", _, _:
            return NoAccount()
        case status, _, _:
            return Unknown(code=_UNCLEAR, detail=f"status {status}")
