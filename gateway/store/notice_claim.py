"""Claims: a person works on a notice that waits for a person. A claim tells others, and keeps nobody from an act.

A claim is of one wait: it ends with the wait, without anybody who ends it. It ends as well when its person may not act
on the notice any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeClaim:
    """Claim of a notice by a ``person`` (the id) ``since`` a time.

    ``handed_by`` is the id of the person who handed the notice over; None if the person claimed it. ``evidence_id``
    names the record of that act.
    """

    reference: str
    person: str
    since: datetime
    handed_by: str | None
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimChange:
    """Change of who works on a notice: from the person ``before`` (the id; None: nobody) to a claim (None: nobody's).

    It is stale if another person has the notice by now, if the notice waits for nobody, or if the new claim's person is
    not active.
    """

    reference: str
    before: str | None
    after: NoticeClaim | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStanding:
    """Standing of a notice: True if it ``waits`` for a person, and the ``claim`` of that wait."""

    waits: bool
    claim: NoticeClaim | None = None
