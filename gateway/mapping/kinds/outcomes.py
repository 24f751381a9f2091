"""Outcomes from a mapped response: anything unclear remains unknown, and leads to an inquiry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from gateway.judiciary.courier import Outcome, Standing, TicketStanding, Unknown
from gateway.judiciary.outcome_codes import (
    MAPPED_CODES,
    CodeTable,
    ContractResult,
    outcomes_by,
    standings_by,
    ticket_standing_by,
)
from gateway.mapping.program.program import Made

IDENTIFIERS: Final = frozenset({"reference", "tracking_number", "ticket", "code", "receipt_id", "seal_digest"})
"""Values of an answer or a receipt that are compared octet for octet."""

_XML_SPACE: Final = " \t\r\n"

_MAX_SECONDS = 10**9
"""Upper bound of a waiting time, above any that is kept: `gateway.judiciary.outcome_codes.MAX_RETRY_AFTER`."""


def outcomes_of(
    made: Made, references: Sequence[str], place: str = "", codes: CodeTable = MAPPED_CODES
) -> Mapping[str, Outcome]:
    """Return an outcome for each reference of a submission, from a mapping of the kind ``answer-to-outcome``.

    ``place`` names the mapping for a person, ``codes`` explain the statuses that it makes.
    """
    return _unread(made, references, place) or outcomes_by(_results(made, references), references, codes)


def standings_of(
    made: Made, references: Sequence[str], place: str = "", codes: CodeTable = MAPPED_CODES
) -> Mapping[str, Standing]:
    """Return a standing for each reference of an inquiry, from a mapping of the kind ``answer-to-standing``.

    ``place`` names the mapping for a person, ``codes`` explain the statuses that it makes.
    """
    return _unread(made, references, place) or standings_by(_results(made, references), references, codes)


def ticket_standing_of(made: Made, reference: str, place: str = "") -> TicketStanding:
    """Return the standing of a notice's ticket, from a mapping of the kind ``answer-to-ticket``.

    ``place`` names the mapping for a person.
    """
    if unread := _unread(made, [reference], place):
        return unread[reference]
    return ticket_standing_by(_results(made, [reference]), reference, MAPPED_CODES)


def trimmed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of one result or receipt of an XML message, its `IDENTIFIERS` without outer white space.

    Their types, such as token and int, collapse it (XML Schema part 2, 4.3.6), and the octets keep it.
    """
    return {
        name: value.strip(_XML_SPACE) if name in IDENTIFIERS and isinstance(value, str) else value
        for name, value in values.items()
    }


def with_trimmed(made: Made) -> Made:
    """Return what was made of an XML message, with each result and receipt `trimmed`."""
    values = {
        name: [trimmed(each) if isinstance(each, Mapping) else each for each in value]
        if isinstance(value, list)
        else value
        for name, value in made.values.items()
    }
    parts = {path: [replace(part, values=trimmed(part.values)) for part in found] for path, found in made.parts.items()}
    return replace(made, values=values, parts=parts)


def _unread(made: Made, references: Sequence[str], place: str) -> dict[str, Unknown]:
    """Return unknown for all references if part of the response was unreadable: the rest is not trusted, either."""
    if not made.problems:
        return {}
    first = made.problems[0]
    detail = "; ".join(filter(None, (first.field, place)))
    return {reference: Unknown(code=first.code, detail=detail) for reference in references}


def _results(made: Made, references: Sequence[str]) -> dict[str, list[ContractResult]]:
    """Return the results by reference; one that names none is about the only notice of its request."""
    only = references[0] if len(references) == 1 else ""
    results: dict[str, list[ContractResult]] = {}
    for result in made.values.get("results", ()):
        results.setdefault(result.get("reference") or only, []).append(_told(result))
    return results


def _told(result: Mapping[str, Any]) -> ContractResult:
    seconds = result.get("retry_after_seconds")
    return ContractResult(
        status=result["status"],
        tracking_number=result.get("tracking_number"),
        code=result.get("code"),
        text=result.get("text"),
        retry_after=None if seconds is None else timedelta(seconds=min(max(seconds, 0), _MAX_SECONDS)),
        ticket=result.get("ticket"),
    )
