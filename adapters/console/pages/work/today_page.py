"""Today: what waits for a person, four numbers, and whether the service and the judiciary answer.

Every person lands here. The page costs what it shows: no number of it reads all notices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import Blueprint, render_template, request, url_for

from adapters.acts.upkeep_facts import switch_facts
from adapters.composition.overview.machine_processes import running
from adapters.console.notices.work_view import PersonNames, ShownClaim, shown_claim
from adapters.console.pages.notices.work_page import TODAY
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.work.connection_line import ConnectionLine, connection_lines
from adapters.console.work.notice_line import NoticeLine, notice_lines, notices_in
from adapters.console.work.waiting_matter import matters
from gateway.operations.notice_work import may_act
from gateway.operations.recovery import current
from gateway.overview.dates_in_words import moment
from gateway.overview.day_numbers import MOST_OF_A_KIND, MOST_ROWS, NEED_A_PERSON, REFUSED_ROWS
from gateway.overview.gateway_act import NOT_READABLE, RESUME, STOP, GatewayAct
from gateway.overview.next_step import ACTORS, Need
from gateway.overview.notices.standstill import Standstill
from gateway.overview.service_run import (
    processes_in_words,
    recovery_in_words,
    running_in_words,
    source_in_words,
    stop_in_words,
)
from gateway.overview.worklist import (
    ON_THE_WAY,
    SERVED,
    ClaimedNotice,
    WaitingNotices,
    by_edges,
    day_edges,
    days_between,
)
from gateway.people.permissions import ROLE_NAMES, Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.search.notice_query import NoticeQuery
from gateway.store.source_listing import unsettled
from gateway.store.stored import Admission

blueprint = Blueprint("today", __name__)

SHOWN: Final = 20
"""Notices of the list."""
MOST_COUNTED: Final = 100_000
"""Notices on the way that are counted."""

STEPS: Final = {
    Need.RETRY_OR_WITHDRAW: Words(en="Decide: send again or withdraw", fa="تعیین تکلیف: ارسال دوباره یا پس گرفتن"),
    Need.SERVE_OTHERWISE: Words(en="Serve it otherwise, and record that", fa="ابلاغ از شیوه دیگر و ثبت آن"),
    Need.ISSUE_REVISION: Words(en="See why, and issue a revision", fa="دیدن علت و صدور نسخه تازه"),
    Need.DECIDE_ABSENT: Words(en="Decide: send again or withdraw", fa="تعیین تکلیف: ارسال دوباره یا پس گرفتن"),
    Need.ASK_AND_DECIDE: Words(en="Ask by telephone, then decide", fa="پرسش تلفنی و سپس تعیین تکلیف"),
    Need.RELEASE: Words(en="Mend the cause, then release it", fa="رفع علت و سپس آزاد کردن ارسال"),
    Need.RELEASE_HOLD: Words(en="Release it once the cause is over", fa="آزاد کردن پس از رفع علت"),
    Need.REMEDY: Words(en="Mend the cause", fa="رفع علت"),
    Need.REGISTER_SEAL: Words(en="Have the seal registered", fa="ثبت گواهی مهر"),
}
"""Next step on a notice → the words of its link; others lead to the notice without more words."""

_UNPROVEN: Final = Words(
    en="Nothing is sent at present, because the archive could not prove it. The operator must put the archive right.",
    fa="اکنون چیزی ارسال نمی‌شود، زیرا با وضع کنونی بایگانی قابل اثبات نیست. متصدی سامانه باید وضع بایگانی را "
    "اصلاح کند.",
)

_ADMITTED: Final = Words(en="by the day of being taken in", fa="بر پایه روز پذیرش")

_SEE: Final = Words(en="See the notice", fa="دیدن ابلاغیه")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Number with the address of its set, and its part of each of the last days. ``at_least``: there are more."""

    name: str
    label: Words
    by: Words
    count: int
    at_least: bool
    address: str
    days: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """State of the service and of the judiciary. ``processes`` are told if there are several, and ``messages`` are
    those that stop work.
    """

    service: Words
    processes: Sequence[Words]
    runs: bool
    connections: Sequence[ConnectionLine]
    messages: Sequence[Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchState:
    """Switch that stops everything, with the account and the reason of its last use.

    They are None if it was never used, or if the record of the use cannot be read.

    ``typed`` is the reason that the person wrote last, with the ``error`` that it met.
    """

    stopped: bool
    account: str | None
    reason: str | None
    typed: str
    error: GatewayError | None

    @property
    def act(self) -> GatewayAct:
        """The act that is possible."""
        return RESUME if self.stopped else STOP

    @property
    def unknown(self) -> Words:
        """Words in place of an account and a reason that cannot be read."""
        return NOT_READABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Waiting notice: its line, the words of the next step, and its claim."""

    line: NoticeLine
    step: Words
    may_act: bool
    claim: ShownClaim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """List of waiting notices: its first ``rows``, and the number of all."""

    name: str
    rows: Sequence[_Row]
    count: int


@blueprint.get("/")
@needs(Permission.SEE_TODAY)
def page() -> str:
    """Show what waits for this person, oldest first."""
    return today()


def today(error: GatewayError | None = None) -> str:
    """Return the page, with the error of an act on the switch."""
    now, bodies = context.now(), context.visible_bodies()
    edges = day_edges(now)
    waiting = context.store().worklist.waiting(bodies, context.person().id, show=SHOWN, up_to=MOST_OF_A_KIND)
    return render_template(
        "work/today.html",
        now=now,
        state=_state(now),
        numbers=list(_numbers(bodies, waiting, edges)),
        days=days_between(edges),
        parts=_parts(waiting),
        waiting=waiting,
        switch=_switch(error) if context.person().may(Permission.OPERATE_GATEWAY) else None,
        matters=matters(context.installation(), now),
        complete=context.store().search.complete,
        sees_notices=context.person().may(Permission.SEE_NOTICES),
        most_of_a_kind=MOST_OF_A_KIND,
        back=TODAY,
        roles=[ROLE_NAMES[role] for role in sorted(context.person().roles)],
        actors=ACTORS,
    )


def _switch(error: GatewayError | None) -> SwitchState:
    facts = switch_facts(context.store())
    return SwitchState(
        stopped=facts["stopped"],
        account=facts.get("account"),
        reason=facts.get("reason"),
        typed=request.form.get("reason", ""),
        error=error,
    )


def _state(now: datetime) -> ServiceState:
    """Return whether the service and the judiciary answer, and what keeps the gateway from going on."""
    installation = context.installation()
    store = installation.store()
    runs = running(store.processes.known(), now)
    switch, recovery = store.switch(), current(store.recovery)
    messages = [stop_in_words(moment(switch.since))] if switch is not None and switch.stopped else []
    messages += [recovery_in_words(recovery.cause, moment(recovery.since))] if recovery is not None else []
    settings = installation.settings
    brought = {name: section.is_brought for name, section in settings.sources.items()}
    messages += map(source_in_words, unsettled(store, brought, now))
    if context.standstill() is Standstill.UNPROVEN:
        messages.append(_UNPROVEN)
    return ServiceState(
        service=running_in_words(runs, now),
        processes=processes_in_words(runs, now),
        runs=bool(runs.alive),
        connections=list(connection_lines()),
        messages=messages,
    )


def _numbers(bodies: frozenset[str] | None, waiting: WaitingNotices, edges: Sequence[datetime]) -> Iterator[Number]:
    person, store = context.person(), context.store()
    if person.may(Permission.SEE_NOTICES):
        by_day = store.worklist.admitted_by_day(bodies, edges)
        on_the_way = store.search.count(NoticeQuery(visible_bodies=bodies, states=ON_THE_WAY), up_to=MOST_COUNTED)
        served = [sum(day[state] for state in SERVED) for day in by_day]
        yield Number(
            name="on-the-way",
            label=Words(en="On the way", fa="در راه ابلاغ"),
            by=_ADMITTED,
            count=on_the_way,
            at_least=on_the_way >= MOST_COUNTED,
            address=notices_in("on-the-way"),
            days=[sum(day[state] for state in ON_THE_WAY) for day in by_day],
        )
        yield Number(
            name="served",
            label=Words(en="Served, of the last 14 days", fa="ابلاغ‌شده، از ۱۴ روز اخیر"),
            by=_ADMITTED,
            count=sum(served),
            at_least=False,
            address=notices_in("served", admitted_from=days_between(edges)[0]),
            days=served,
        )
        yield Number(
            name="waiting",
            label=NEED_A_PERSON,
            by=_ADMITTED,
            count=waiting.count,
            at_least=waiting.more,
            address="#waiting",
            days=by_edges(waiting.admitted, edges),
        )
    if person.may(Permission.SEE_REFUSED_ROWS):
        yield _refused(edges)


def _refused(edges: Sequence[datetime]) -> Number:
    own = context.person().bodies_for(Permission.SEE_REFUSED_ROWS)
    store = context.store().refusals
    count = sum(group.count for group in store.groups(bodies=own, up_to=MOST_ROWS))
    return Number(
        name="refused",
        label=REFUSED_ROWS,
        by=Words(en="by the day of the refusal", fa="بر پایه روز رد ردیف"),
        count=count,
        at_least=count >= MOST_ROWS,
        address=url_for("refused.listed"),
        days=by_edges(store.refused_since(edges[0], bodies=own, up_to=MOST_ROWS), edges),
    )


def _parts(waiting: WaitingNotices) -> list[_Part]:
    """Return the lists of waiting notices, in their order; those that nobody is in are left out."""
    names = PersonNames()
    parts = (
        _Part(name="mine", rows=_claimed(waiting.mine, names), count=waiting.mine_count),
        _Part(name="free", rows=_rows(waiting.free), count=waiting.free_count),
        _Part(name="others", rows=_claimed(waiting.others, names), count=waiting.others_count),
    )
    return [part for part in parts if part.rows]


def _rows(admissions: Sequence[Admission]) -> list[_Row]:
    person = context.person()
    return [
        _Row(line=line, step=_step(line.next.need), may_act=may_act(person, admission.body))
        for admission, line in zip(admissions, notice_lines(admissions), strict=True)
    ]


def _claimed(notices: Sequence[ClaimedNotice], names: PersonNames) -> list[_Row]:
    rows = _rows([each.admission for each in notices])
    return [replace(row, claim=shown_claim(each.claim, names)) for row, each in zip(rows, notices, strict=True)]


def _step(need: Need) -> Words:
    return STEPS.get(need, _SEE)
