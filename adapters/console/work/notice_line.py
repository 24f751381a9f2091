"""A notice as one line of a list: its case, its sentence, and the address of its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from flask import url_for

from adapters.composition.overview.installation_overview import standstill_of
from adapters.console import context
from gateway.overview.doubt_kind import is_undecided
from gateway.overview.next_step import NextStep
from gateway.overview.notices.notice_sentence import situation_of
from gateway.overview.notices.standstill import Standstill
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.store.stored import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """Line of a list. ``body`` and ``kind`` are titles; ``address`` is the page on which the next step is taken."""

    reference: str
    case_number: str
    paper_number: str
    body: str
    kind: str
    since: datetime
    held: bool
    sentence: Words
    next: NextStep
    address: str


def notice_lines(admissions: Iterable[Admission]) -> list[NoticeLine]:
    """Return notices as lines, with their situation at the time of the request."""
    still = standstill_of(context.installation(), context.now())
    return [_line(each, still) for each in admissions]


def _line(admission: Admission, still: Standstill | None) -> NoticeLine:
    entry = admission.entry
    situation = situation_of(entry, context.now(), still)
    section = context.installation().settings.bodies.get(admission.body)
    return NoticeLine(
        reference=entry.reference,
        case_number=admission.case_number,
        paper_number=admission.paper_number,
        body=context.body_title(admission.body),
        kind=section.kinds.get(admission.kind, admission.kind) if section else admission.kind,
        since=entry.state_since,
        held=entry.held,
        sentence=situation.sentence,
        next=situation.next,
        address=notice_address(admission),
    )


def notice_address(admission: Admission) -> str:
    """Return the address at which a person goes on with a notice: that of its doubt, if a person decides it."""
    if is_undecided(admission.entry) and context.person().may(Permission.SEE_QUEUE):
        return url_for("doubts.explained", reference=admission.entry.reference)
    return page_of_notice(admission.entry.reference)


def page_of_notice(reference: str) -> str:
    """Return the address of a notice's page."""
    return f"/notices/{reference}"


def notices_in(states: str, admitted_from: date | None = None) -> str:
    """Return the address of the search for notices in a group of states, admitted from a day on."""
    asked = {"state": states} | ({} if admitted_from is None else {"from": admitted_from.isoformat()})
    return f"/notices?{urlencode(asked)}"
