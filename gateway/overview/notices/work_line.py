"""Lines of the state of all work: number of notices or rows, the party that must act, and the next step.

`adapters.cli.notices.status` prints them, and the page *Today* of the web console shows them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.judiciary.courier import SEAL_NOT_ACCEPTED
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import WAITING
from gateway.overview.dates_in_words import number
from gateway.overview.doubts.doubt_kind import is_not_understood
from gateway.overview.next_step import Need, NextStep
from gateway.overview.notice_words import STATES
from gateway.reconciliation.overdue import needs_a_person
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, Actor
from gateway.sending.sealing_breaker import SealingBreakers
from gateway.store.ports.tally_store import TallyStore
from gateway.store.stored import Backlog


class Work(StrEnum):
    """Subject of a line that is no state of a notice."""

    UNSENDABLE = "unsendable"
    """Part of `QUEUED`: an error of ``code`` keeps these notices from being sent."""
    NOT_UNDERSTOOD = "not-understood"
    """Part of `IN_DOUBT`: the judiciary answered, and ``code`` names the reason why its answer is not understood."""
    ABSENT = "absent"
    """Part of `IN_DOUBT`: proven not to have arrived."""
    UNTOLD = "untold"
    """Part of `IN_DOUBT`: no inquiry settles these; a person asks by other means."""
    HELD = "held"
    """Part of `QUEUED`: held by the gateway after faults; these did not arrive."""
    HELD_BY_PERSON = "held-by-person"
    """Part of `QUEUED` and `DEAD_LETTER`: held by a person."""
    UNASKED = "unasked"
    """Not asked about since a recovery began."""
    REFUSED_ROWS = "refused-rows"
    QUARANTINED = "quarantined"
    UNWRITTEN = "unwritten"
    """Results that the case databases do not show yet."""
    UNCONFIGURED = "unconfigured"
    """Part of `UNWRITTEN`: results for rows of a source that is not in the configuration."""
    STRANDED = "stranded"
    """Part of `QUEUED`, `PENDING` and `IN_DOUBT`: their destination is not in the configuration."""
    HELD_BODY = "held-body"
    """Refused seals of the body ``body``: nothing of it is sent."""


PARTS: Final = frozenset(
    {
        Work.UNSENDABLE,
        Work.NOT_UNDERSTOOD,
        Work.ABSENT,
        Work.UNTOLD,
        Work.HELD,
        Work.HELD_BY_PERSON,
        Work.UNCONFIGURED,
        Work.STRANDED,
    }
)
"""Subjects whose notices are counted in the line before, too."""

NOT_CONFIGURED: Final = "queue.destination"
"""Code of notices under way to a destination that is not in the configuration."""

_S = DeliveryState

_STOPPABLE: Final = frozenset({_S.QUEUED, _S.PENDING, _S.IN_DOUBT, Work.UNASKED, Work.UNWRITTEN})
"""Subjects with which the gateway goes on by itself, unless everything is stopped."""


def _step(need: Need, actor: Actor | None, en: str, fa: str) -> NextStep:
    return NextStep(need=need, actor=actor, words=Words(en=en, fa=fa))


NEXT_STEPS: Final[Mapping[DeliveryState, NextStep]] = {
    _S.QUEUED: _step(Need.WAIT, None, "sent by itself", "خودبه‌خود ارسال می‌شود"),
    _S.SENDING: _step(Need.WAIT, None, "under way", "در حال ارسال"),
    _S.PENDING: _step(
        Need.WAIT,
        Actor.JUDICIARY,
        "processes it; asked about by itself",
        "آن را بررسی می‌کند؛ خودبه‌خود پیگیری می‌شود",
    ),
    _S.IN_DOUBT: _step(Need.WAIT, None, "asked about by itself", "خودبه‌خود استعلام می‌شود"),
    _S.DEAD_LETTER: _step(
        Need.RETRY_OR_WITHDRAW,
        Actor.OPERATOR,
        "have it sent again, or withdraw it",
        "ارسال دوباره را دستور دهید یا آن را پس بگیرید",
    ),
    _S.SUBMITTED: _step(
        Need.WAIT, Actor.JUDICIARY, "owes a receipt of arrival", "رسید وصول به حساب کاربری را باید بدهد"
    ),
    _S.DELIVERED: _step(Need.WAIT, None, "served; may be viewed yet", "ابلاغ شده؛ هنوز رؤیت نشده است"),
    _S.NO_ACCOUNT: _step(
        Need.SERVE_OTHERWISE,
        Actor.MUNICIPALITY,
        "serve it through another channel, and record that",
        "از شیوه دیگر ابلاغ و ثبت کنید",
    ),
    _S.UNDELIVERABLE: _step(
        Need.SERVE_OTHERWISE,
        Actor.MUNICIPALITY,
        "serve it through another channel, and record that",
        "از شیوه دیگر ابلاغ و ثبت کنید",
    ),
    _S.REJECTED: _step(
        Need.ISSUE_REVISION,
        Actor.MUNICIPALITY,
        "see why; issue a revision",
        "علت را ببینید و نسخه تازه صادر کنید",
    ),
    _S.VIEWED: _step(Need.NOTHING, None, "served and viewed", "ابلاغ و رؤیت شده"),
    _S.OTHER_CHANNEL: _step(Need.NOTHING, None, "is served otherwise", "از طریق دیگر ابلاغ می‌شود"),
    _S.WITHDRAWN: _step(Need.NOTHING, None, "ended", "پایان یافته"),
}
"""Next step of most notices in each state; `work_lines` tells the others apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """Line: its subject, the subject's words, and numbers. ``held`` of them are held; the ``oldest`` is in this state
    since then (None: not known). ``code`` is the error that the line is about, ``body`` a body's code.
    """

    subject: DeliveryState | Work
    words: Words
    count: int
    next: NextStep
    held: int = 0
    oldest: datetime | None = None
    code: str | None = None
    body: str | None = None

    @property
    def actor(self) -> Actor | None:
        return self.next.actor

    @property
    def is_part(self) -> bool:
        """True if its notices are counted in the line of their state, too."""
        return self.subject in PARTS


def stranded(backlog: Sequence[Backlog], destination: str) -> list[Backlog]:
    """Return the lines of notices for which nothing is done, since their destination is not the configured one."""
    return [line for line in backlog if line.state in WAITING and line.destination != destination]


def work_lines(
    tallies: TallyStore, now: datetime, sources: Collection[str], destination: str | None = None
) -> Iterator[WorkLine]:
    """Yield a line for each state and for all other work, in a fixed order, those with nothing in them included.

    ``sources`` and ``destination`` are those of the configuration (None: any destination is).
    """
    counts, backlog = tallies.counts(), tallies.backlog(now=now, ages=())
    lost = [] if destination is None else stranded(backlog, destination)
    stuck = {code: count for code, count in tallies.queued_by_code().items() if needs_a_person(code)}
    held = {state: sum(line.held for line in backlog if line.state is state) for state in DeliveryState}
    by_person = {_S.QUEUED: max(0, held[_S.QUEUED] - counts["held"]), _S.DEAD_LETTER: held[_S.DEAD_LETTER]}
    waiting = {**by_person, _S.IN_DOUBT: counts["undecided"]}
    waiting[_S.QUEUED] += sum(stuck.values())
    for line in lost:
        waiting[line.state] = waiting.get(line.state, 0) + line.count
    waiting = {state: min(counts[state], number) for state, number in waiting.items()}
    for state in DeliveryState:
        here = [line for line in backlog if line.state is state]
        yield WorkLine(
            subject=state,
            words=STATES[state],
            count=counts[state],
            held=held[state],
            oldest=min((line.oldest for line in here), default=None),
            next=_but_for(NEXT_STEPS[state], waiting.get(state, 0), counts[state]),
        )
    yield from (_stranded(line) for line in lost)
    yield from (_unsendable(code, count) for code, count in stuck.items())
    for code, count in tallies.doubted_by_code().items():
        if is_not_understood(code):
            yield _not_understood(code, count)
    yield from _others(counts, sum(by_person.values()))
    unconfigured = {name: count for name, count in tallies.unwritten_by_source().items() if name not in sources}
    yield _unwritten(counts["collected"] - counts["written"], sum(unconfigured.values()))
    yield from (_unconfigured(name, count) for name, count in unconfigured.items())


def waiting_for_all(line: WorkLine) -> WorkLine:
    """Return the line as it is while a person has stopped everything: nothing goes on by itself."""
    if line.next.need is not Need.WAIT or line.subject not in _STOPPABLE or not line.count:
        return line
    words = Words(en="waits: everything is stopped", fa="در انتظار است: همه چیز متوقف است")
    return replace(line, next=NextStep(need=Need.RESUME, actor=Actor.OPERATOR, words=words, waiting=line.next.waiting))


def held_bodies(seals: SealingBreakers, now: datetime) -> Iterator[WorkLine]:
    """Yield a line for each body of which nothing is sent, since the judiciary refuses its seals."""
    for body in sorted(seals.held(now)):
        breaker = seals.breakers[body]
        yield WorkLine(
            subject=Work.HELD_BODY,
            words=Words(
                en="nothing of {body} is sent: its seals were refused {count} times in a row",
                fa="از {body} چیزی ارسال نمی‌شود: مهر آن {count} بار پیاپی رد شده است",
            ).filled(body=body, count=breaker.failures),
            count=breaker.failures,
            oldest=breaker.since,
            body=body,
            next=NextStep(
                need=Need.REGISTER_SEAL,
                actor=CATALOGUE[SEAL_NOT_ACCEPTED].actor,
                words=Words(
                    en="register its certificate with the judiciary, then have it tried",
                    fa="گواهی آن را نزد قوه قضاییه ثبت و سپس آزمودن آن را درخواست کنید",
                ),
                subject=breaker.destination,
            ),
        )


def _but_for(step: NextStep, waiting: int, of: int) -> NextStep:
    """Return the step of a line ``of`` so many notices, ``waiting`` for a person: their own lines follow."""
    if not waiting:
        return step
    if waiting >= of and step.need is Need.WAIT:
        return replace(step, actor=Actor.OPERATOR, words=Words(en="see below", fa="به شرح زیر"), waiting=waiting)
    count = number(waiting)
    words = Words(en=f"{step.words.en}, but for {count.en}: below", fa=f"{step.words.fa}، جز {count.fa} مورد زیر")
    return replace(step, actor=Actor.OPERATOR, words=words, waiting=waiting)


def _unsendable(code: str, count: int) -> WorkLine:
    # A code of a signature's check here is the judiciary's judgement of our seal, not ours of the judiciary's.
    entry = CATALOGUE[SEAL_NOT_ACCEPTED if code.startswith("verify.") else code]
    return WorkLine(
        subject=Work.UNSENDABLE,
        words=Words(en=f"queued, and cannot be sent: {code}", fa=f"در صف و غیرقابل ارسال: {code}"),
        count=count,
        code=code,
        next=NextStep(
            need=Need.REMEDY,
            actor=entry.actor,
            words=entry.on_page,
            code=entry.code,
        ),
    )


def _stranded(line: Backlog) -> WorkLine:
    entry, state = CATALOGUE[NOT_CONFIGURED], STATES[line.state]
    return WorkLine(
        subject=Work.STRANDED,
        words=Words(
            en=f"{state.en}, for {line.destination}, not configured",
            fa=f"{state.fa}، برای مقصد {line.destination} که در پیکربندی نیست",
        ),
        count=line.count,
        held=line.held,
        oldest=line.oldest,
        code=entry.code,
        next=NextStep(need=Need.REMEDY, actor=entry.actor, words=entry.on_page, code=entry.code),
    )


def _not_understood(code: str, count: int) -> WorkLine:
    entry = CATALOGUE[code]
    return WorkLine(
        subject=Work.NOT_UNDERSTOOD,
        words=Words(en=f"in doubt, not understood: {code}", fa=f"نامعلوم؛ پاسخ فهمیده نشد: {code}"),
        count=count,
        code=code,
        next=NextStep(
            need=Need.EXPLAIN_ANSWER,
            actor=entry.actor,
            words=entry.on_page,
            code=code,
        ),
    )


def _unwritten(count: int, unconfigured: int) -> WorkLine:
    step = _step(Need.WAIT, None, "written by itself", "خودبه‌خود نوشته می‌شود")
    return WorkLine(
        subject=Work.UNWRITTEN,
        words=Words(en="rows to be written back", fa="نتیجه‌ای که باید در ردیف نوشته شود"),
        count=count,
        next=_but_for(step, unconfigured, count),
    )


def _unconfigured(source: str, count: int) -> WorkLine:
    entry = CATALOGUE["source.unconfigured"]
    return WorkLine(
        subject=Work.UNCONFIGURED,
        words=Words(en=f"of source {source}, not configured", fa=f"از منبع {source} که در پیکربندی نیست"),
        count=count,
        code=entry.code,
        next=NextStep(need=Need.REMEDY, actor=entry.actor, words=entry.on_page, code=entry.code),
    )


def _others(counts: Mapping[str, int], by_person: int) -> Iterator[WorkLine]:
    yield WorkLine(
        subject=Work.ABSENT,
        words=Words(en="in doubt, proven not to have arrived", fa="نامعلوم؛ نرسیدن آن اثبات شده است"),
        count=counts["absent"],
        next=_step(
            Need.DECIDE_ABSENT,
            Actor.OPERATOR,
            "decide whether they are sent or withdrawn",
            "تعیین کنید ارسال شود یا پس گرفته شود",
        ),
    )
    yield WorkLine(
        subject=Work.UNTOLD,
        words=Words(en="in doubt, cannot be told by asking", fa="نامعلوم؛ با استعلام روشن نمی‌شود"),
        count=counts["undecided"] - counts["absent"],
        next=_step(
            Need.ASK_AND_DECIDE,
            Actor.OPERATOR,
            "ask by telephone, then decide",
            "تلفنی بپرسید و سپس تعیین تکلیف کنید",
        ),
    )
    yield WorkLine(
        subject=Work.HELD,
        words=Words(en="held after faults, did not arrive", fa="نگه‌داشته پس از خطا؛ نرسیده است"),
        count=counts["held"],
        next=_step(
            Need.RELEASE,
            Actor.OPERATOR,
            "mend the cause, then release it",
            "علت را برطرف و سپس ارسال را آزاد کنید",
        ),
    )
    yield WorkLine(
        subject=Work.HELD_BY_PERSON,
        words=Words(
            en="held by a person, not sent until released", fa="نگه‌داشته به دستور متصدی؛ تا آزاد نشود ارسال نمی‌شود"
        ),
        count=by_person,
        next=_step(
            Need.RELEASE_HOLD,
            Actor.OPERATOR,
            "release it once the cause is over",
            "پس از رفع علت آزاد کنید",
        ),
    )
    yield WorkLine(
        subject=Work.UNASKED,
        words=Words(en="not asked about since the recovery began", fa="از آغاز بازیابی استعلام نشده"),
        count=counts["unasked"],
        next=_step(Need.WAIT, None, "asked about by itself", "خودبه‌خود استعلام می‌شود"),
    )
    yield WorkLine(
        subject=Work.REFUSED_ROWS,
        words=Words(en="rows refused", fa="ردیف پذیرفته‌نشده"),
        count=counts["refused"],
        next=_step(Need.CORRECT_ROWS, Actor.MUNICIPALITY, "correct the case", "پرونده را اصلاح کنید"),
    )
    yield WorkLine(
        subject=Work.QUARANTINED,
        words=Words(en="in quarantine", fa="در قرنطینه"),
        count=counts["quarantined"],
        next=_step(Need.JUDGE_QUARANTINE, Actor.OPERATOR, "look at each item", "هر مورد را بررسی کنید"),
    )
