"""A notice as a clerk tells it: where it stands, its deadlines with their derivation, and its timeline.

The words are those of the console's page of the notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.cli.legal.derivation_view import shown_day
from adapters.composition.legal.notice_deadline import notice_deadline
from adapters.composition.overview.installation_overview import standstill_of
from adapters.terminal.printing import moment, say, screen
from gateway.notice.legal_effect import persian_digits
from gateway.notice.notice_kinds import KINDS
from gateway.overview import dates_in_words
from gateway.overview.notices.deadline import Deadline
from gateway.overview.notices.notice_sentence import sentence_of
from gateway.overview.notices.timeline_line import TimelineLine
from gateway.overview.worklist import revised
from gateway.runtime.bilingual import Words
from gateway.store.stored import Admission
from gateway.store.waiting_receipt import disputed

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_LATE: Final = timedelta(minutes=1)
"""Time after which it is told when the gateway learned of an event."""

_SERVED: Final = Words(en="date of service", fa="تاریخ ابلاغ")
_SERVED_BY: Final = Words(en="date of service, at the latest", fa="تاریخ ابلاغ، حداکثر تا")


def show_account(installation: Installation, admission: Admission, lines: Sequence[TimelineLine]) -> None:
    """Print the account of a notice."""
    now = installation.clock()
    deadline = notice_deadline(installation, admission)
    store, still = installation.store(), standstill_of(installation, now)
    signed = bool(disputed(store.quarantine, [admission.entry.reference]))
    anew = bool(revised(store.worklist, [admission.entry]))
    say(screen.words(sentence_of(admission, now, still, disputed=signed, revised=anew)), style="bold")
    for label, value in _facts(installation, admission):
        say(f"  {screen.words(label)}: {screen.words(value)}")
    _heading(Words(en="service and deadline", fa="ابلاغ و مهلت"))
    for label, told in _days(deadline):
        say(f"  {screen.words(label)}: {told}")
    for number, step in enumerate(deadline.steps if len(deadline.steps) > 1 else (), 1):
        rule = f" ({screen.words(step.rule)})" if step.rule else ""
        say(f"    {screen.words(dates_in_words.number(number))}. {screen.words(step.words)}{rule}")
    _heading(Words(en="timeline", fa="سوابق ابلاغ"))
    for line in lines:
        say(f"  {_at(line.occurred_at)}  {screen.words(line.sentence)}")
        beside = screen.say("; ", "؛ ").join(each.removesuffix(".") for each in _beside(line))
        say(f"    {beside}", style="dim")


def _heading(words: Words) -> None:
    say("")
    say(screen.words(words), style="bold")


def _facts(installation: Installation, admission: Admission) -> Iterator[tuple[Words, Words]]:
    body = installation.settings.bodies.get(admission.body)
    title = body.title if body else admission.body
    own = body.kinds.get(admission.kind) if body else None
    yield Words(en="recipient", fa="مخاطب"), _same(admission.recipient_name)
    yield Words(en="issuing body", fa="مرجع صادرکننده"), _same(title)
    yield (
        Words(en="kind of notice", fa="نوع ابلاغیه"),
        KINDS.get(admission.kind) or _same(own or admission.kind),
    )
    yield Words(en="case number", fa="شماره پرونده"), _number(admission.case_number)
    yield Words(en="paper number", fa="شماره برگه"), _number(admission.paper_number)
    if admission.entry.tracking_number:
        yield Words(en="tracking number", fa="شماره رهگیری"), _same(admission.entry.tracking_number)


def _days(deadline: Deadline) -> Iterator[tuple[Words, str]]:
    if deadline.served_on is None:
        yield Words(en="service", fa="ابلاغ"), screen.words(deadline.effect)
    else:
        yield _SERVED if deadline.arrival_known else _SERVED_BY, shown_day(deadline.served_on)
        yield Words(en="character of service", fa="نوع ابلاغ"), screen.words(deadline.effect)
    for each in deadline.periods:
        yield each.label, screen.words(each.told)
    if deadline.open is not None:
        yield Words(en="deadline", fa="مهلت"), screen.words(deadline.open)


def _beside(line: TimelineLine) -> Iterator[str]:
    if line.detail is not None:
        yield screen.words(line.detail)
    if line.learned_at - line.occurred_at >= _LATE:
        yield screen.say(f"known to the gateway {_at(line.learned_at)}", f"آگاهی درگاه: {_at(line.learned_at)}")
    yield screen.words(line.finding)


def _at(value: datetime) -> str:
    """Return a time in the screen's calendar; a Persian sentence has Persian digits."""
    return moment(value) if screen.utc else screen.say(moment(value), dates_in_words.moment(value).fa)


def _same(text: str) -> Words:
    return Words(en=text, fa=text)


def _number(text: str) -> Words:
    return Words(en=text, fa=persian_digits(text))
