"""Mails about alarms: those that began and those that are over, of one time, in one mail for each mailbox."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from gateway.mail.alarm import Alarm
from gateway.mail.mail import Mail
from gateway.mail.mail_store import MailStore
from gateway.mail.mail_words import Wording
from gateway.overview.dates_in_words import moment, number
from gateway.overview.deadlines.deadline_alerts import DEADLINE_NEAR
from gateway.overview.next_step import ACTORS
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE

SETTLE: Final = timedelta(minutes=1)
"""Time that a first alarm waits for others of the same cause: a storm is one mail."""

LIFE: Final = timedelta(days=3)
"""Time for which a mail about alarms is tried."""

MOST_LINES: Final = 40
"""Errors that one mail names; it says how many more there are."""


def tell_alarms(
    store: MailStore,
    mailboxes: Sequence[str],
    seen: Mapping[str, str],
    wording: Wording,
    now: datetime,
    *,
    quiet: timedelta,
    pause: timedelta,
    began_at: datetime,
) -> int:
    """Queue mails about alarms that are not told yet; return their number.

    ``seen`` are the alarms of all processes that the database holds: codes by name. An alarm is over when nobody has
    affirmed it for ``quiet``; this process ends none before it has run for so long since ``began_at``. Between two
    mails about alarms there is a ``pause``. A time in the future, of a clock that was ahead, makes no mail wait.
    Without ``mailboxes`` no alarm counts as told: each waits for the first mailbox.
    """
    store.affirm(seen, now)
    # Alarms are affirmed without mail, too: one that was over before mail was configured is no news.
    store.leave_untold(now - LIFE)
    if now - began_at >= quiet:
        store.close_quiet(now, quiet)
    if not mailboxes:
        return 0
    untold = store.untold()
    last = store.told_at(now + pause)
    if not untold or (last is not None and now - last < pause) or abs(now - _news_at(untold[0], untold)) < SETTLE:
        return 0
    mails = [_mail(mailbox, untold, wording, now) for mailbox in mailboxes]
    store.queue(mails, told=untold, at=now)
    return len(mails)


def _news_at(first: Alarm, untold: Sequence[Alarm]) -> datetime:
    """Return the time of the oldest news: the beginning of an alarm, or the end of one whose beginning was told."""
    times = [each.began_at if each.begin_told_at is None else each.over_at or each.began_at for each in untold]
    return min(times, default=first.began_at)


def _mail(mailbox: str, untold: Sequence[Alarm], wording: Wording, now: datetime) -> Mail:
    about = "\n".join(
        f"{each.name} {each.code} {timestamp(each.began_at)} {each.over_at is not None}" for each in untold
    )
    digest = hashlib.sha256(f"{mailbox}\n{about}".encode()).hexdigest()
    began = [each for each in untold if each.over_at is None]
    over = [each for each in untold if each.over_at is not None]
    return Mail(
        id=f"alarms:{digest}",
        recipient=mailbox,
        subject=wording.subject(_subject(len(began), len(over))),
        text=wording.text(list(_lines(began, over, wording))),
        made_at=now,
        until=now + LIFE,
        due_at=now,
    )


def _subject(began: int, over: int) -> Words:
    new, ended = number(began), number(over)
    parts = [Words(en=f"alarms: {new.en}", fa=f"هشدار: {new.fa}")] if began else []
    parts += [Words(en=f"over: {ended.en}", fa=f"پایان هشدار: {ended.fa}")] if over else []
    return Words(en=", ".join(each.en for each in parts), fa="، ".join(each.fa for each in parts))


def _lines(began: Sequence[Alarm], over: Sequence[Alarm], wording: Wording) -> Iterator[str]:
    say = wording.say
    if began:
        yield say(Words(en="Alarms that stand:", fa="هشدارهای برپا:"))
        yield from _each(began, wording)
    if over:
        yield say(Words(en="Alarms that are over:", fa="هشدارهای پایان‌یافته:"))
        yield from _each(over, wording)
    if any(each.code == DEADLINE_NEAR for each in began) and (link := wording.link("/deadlines")) is not None:
        yield ""
        yield say(Words(en="The deadlines:", fa="مهلت‌ها:"))
        yield link
    if (link := wording.link("/endpoints")) is not None:
        yield ""
        yield say(Words(en="The state of everything:", fa="وضعیت همه چیز:"))
        yield link


def _each(alarms: Sequence[Alarm], wording: Wording) -> Iterator[str]:
    """Yield the lines of each error: alarms of several tasks with one code are one problem."""
    by_code = [(code, list(of)) for code, of in groupby(sorted(alarms, key=_code), key=_code)]
    for code, of in by_code[:MOST_LINES]:
        yield from _of_code(code, of, wording)
    if (more := len(by_code) - MOST_LINES) > 0:
        count = number(more)
        yield wording.say(Words(en=f"and {count.en} other errors", fa=f"و {count.fa} خطای دیگر"))


def _of_code(code: str, alarms: Sequence[Alarm], wording: Wording) -> Iterator[str]:
    say, entry = wording.say, CATALOGUE[code]
    times, since = number(sum(each.times for each in alarms)), moment(min(each.began_at for each in alarms))
    names = sorted({each.name for each in alarms})
    tasks = wording.apart(", ".join([*names[:MOST_LINES], *(["…"] if len(names) > MOST_LINES else [])]))
    yield ""
    yield say(Words(en=f"• {entry.en} [{code}]", fa=f"• {entry.fa} [{wording.apart(code)}]"))
    yield say(
        Words(
            en=f"  task: {tasks}; since {since.en}; times: {times.en}",
            fa=f"  کار: {tasks}؛ از {since.fa}؛ دفعات: {times.fa}",
        )
    )
    ends = [each.over_at for each in alarms if each.over_at is not None]
    if ends:
        last = moment(max(ends))
        yield say(Words(en=f"  last seen {last.en}", fa=f"  آخرین مشاهده: {last.fa}"))
    else:
        actor = ACTORS[entry.actor]
        yield say(Words(en=f"  {actor.en}: {entry.remedy}", fa=f"  {actor.fa}: {entry.remedy_fa}"))


def _code(alarm: Alarm) -> str:
    return alarm.code
