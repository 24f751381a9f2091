"""Work of persons on a notice, as pages show it: who has claimed it, what was said, and to whom it can go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from adapters.console.notices.opened_notice import OpenedNotice
from adapters.console.site import context
from gateway.operations.notice_work import Work, may_act
from gateway.overview.evidence.record_kinds import WORK
from gateway.people.person import Person
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp
from gateway.store.notice_claim import NoticeClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownClaim:
    """Claim with the names of its persons. ``mine`` is True if it is the one of the person who looks."""

    person: str
    since: datetime
    handed_by: str | None
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """Act of work on a notice: its time, the name of its person, ``words`` for it, its text, and whom it went to."""

    at: datetime
    person: str
    words: Words
    is_comment: bool
    text: str = field(repr=False)
    to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWork:
    """Everything of the work on a notice. ``colleagues`` are those to whom it can be handed over."""

    waits: bool
    claim: ShownClaim | None
    lines: Sequence[WorkLine]
    colleagues: Sequence[Person]
    may_act: bool


class PersonNames:
    """Names of persons by id, read when the first one is asked for."""

    @cached_property
    def _known(self) -> Mapping[str, str]:
        return context.store().people.names()

    def of(self, id: str, unknown: str = "–") -> str:
        """Return a person's name; ``unknown`` for an id that nobody has."""
        return self._known.get(id, unknown)


def shown_claim(claim: NoticeClaim, names: PersonNames) -> ShownClaim:
    return ShownClaim(
        person=names.of(claim.person),
        since=claim.since,
        handed_by=None if claim.handed_by is None else names.of(claim.handed_by),
        mine=claim.person == context.person().id,
    )


def claim_of(reference: str) -> ShownClaim | None:
    """Return the claim of a notice that waits."""
    claim = context.store().claims.standing(reference).claim
    return None if claim is None else shown_claim(claim, PersonNames())


def work_on(opened: OpenedNotice) -> NoticeWork:
    """Return the work on an opened notice."""
    names, body, person = PersonNames(), opened.admission.body, context.person()
    standing = context.store().claims.standing(opened.reference)
    holder = None if standing.claim is None else standing.claim.person
    acts = may_act(person, body)
    return NoticeWork(
        waits=standing.waits,
        claim=None if standing.claim is None else shown_claim(standing.claim, names),
        lines=[*_lines(opened.worked(), names)],
        colleagues=[each for each in _who_may_act(body) if each.id != holder] if acts and standing.waits else [],
        may_act=acts,
    )


def _lines(told: Iterable[Mapping[str, str]], names: PersonNames) -> Iterator[WorkLine]:
    for each in told:
        yield WorkLine(
            at=parse_timestamp(each["at"]),
            person=names.of(each["person"], each["account"]),
            words=WORK[Work(each["act"])],
            is_comment=each["act"] == Work.COMMENT,
            text=each["reason"],
            to=names.of(each["to"]) if each["act"] == Work.HAND_OVER else None,
        )


def _who_may_act(body: str) -> Iterator[Person]:
    people = (standing.person for standing in context.store().people.all())
    return (each for each in people if each.active and may_act(each, body))
