"""A notice as one line of a list: its case, its sentence, and the address of its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for

from adapters.console.notices.notice_labels import body_words, kind_words
from adapters.console.notices.situations import situations
from gateway.overview.doubts.doubt_kind import is_undecided
from gateway.overview.next_step import NextStep
from gateway.overview.notices.notice_sentence import Situation
from gateway.runtime.bilingual import Words
from gateway.store.stored import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """Line of a list. ``body`` and ``kind`` are titles; ``address`` is the page on which the next step is taken."""

    reference: str
    case_number: str
    paper_number: str
    body: Words
    kind: Words
    since: datetime
    held: bool
    sentence: Words
    next: NextStep
    address: str


def notice_lines(admissions: Iterable[Admission]) -> list[NoticeLine]:
    """Return notices as lines, with their situation at the time of the request."""
    found = list(admissions)
    situation_of = situations(found)
    return [_line(each, situation_of(each.entry)) for each in found]


def _line(admission: Admission, situation: Situation) -> NoticeLine:
    entry = admission.entry
    return NoticeLine(
        reference=entry.reference,
        case_number=admission.case_number,
        paper_number=admission.paper_number,
        body=body_words(admission.body),
        kind=kind_words(admission.kind),
        since=entry.state_since,
        held=entry.held,
        sentence=situation.sentence,
        next=situation.next,
        address=notice_address(admission),
    )


def notice_address(admission: Admission) -> str:
    """Return the address at which a person goes on with a notice: that of its doubt, if a person decides it."""
    if is_undecided(admission.entry):
        return url_for("doubts.explained", reference=admission.entry.reference)
    return page_of_notice(admission.entry.reference)


def page_of_notice(reference: str) -> str:
    """Return the address of a notice's page."""
    return url_for("notice.shown", reference=reference)


def notices_in(states: str, admitted_from: date | None = None) -> str:
    """Return the address of the search for notices in a group of states (`GROUPS`), admitted from a day on."""
    asked: dict[str, Any] = {"state": states, "from": None if admitted_from is None else admitted_from.isoformat()}
    return url_for("notices.listed", **asked)
