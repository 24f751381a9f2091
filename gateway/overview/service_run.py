"""Run of the service in words: its processes, a stop, a recovery, and time authorities without an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.overview.dates_in_words import number, period
from gateway.overview.next_step import ACTORS, Need, NextStep
from gateway.reconciliation.finding import AREA
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, CatalogueEntry
from gateway.store.source_listing import UnsettledSource
from gateway.store.store_fingerprint import Cause
from gateway.store.stored import AuthorityState, Process

HEARD_WITHIN: Final = timedelta(seconds=60)
"""Time after which a silent process is not known to run: it writes every ten seconds."""

NO_LESS_FIT: Final = (AREA, "witness.", "mail.", "legal.", "courtesy.")
"""Beginnings of the codes of alarms with which a process is as fit as without."""

NOT_STOPPED: Final = Words(en="not stopped", fa="متوقف نشده است")

CAUSES: Final[Mapping[Cause, Words]] = {
    Cause.WENT_BACK: Words(
        en="records that this machine had seen are not in the database",
        fa="رکوردهایی که این دستگاه دیده بود در پایگاه داده نیست",
    ),
    Cause.ANOTHER_STORE: Words(en="it is another database", fa="پایگاه داده دیگری است"),
    Cause.PERSON: Words(en="a person declared it", fa="به اعلام متصدی"),
}
"""Causes of a recovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Processes of the service. ``alive`` ones write a heartbeat; ``silent`` ones exist on this machine and write none
    any more.
    """

    alive: Sequence[Process]
    silent: Sequence[Process]

    @property
    def last_pass(self) -> datetime | None:
        return max((each.passed_at for each in self.alive if each.passed_at), default=None)


def running(
    known: Sequence[Process], now: datetime, *, is_here: Callable[[str], bool], may_live: Callable[[str], bool]
) -> Running:
    """Sort the processes that the store knows; ended ones are left out.

    ``is_here`` returns True for the owner of a process on this machine, ``may_live`` False for one that was killed.
    """
    there = [process for process in known if may_live(process.owner)]
    heard = [process for process in there if now - process.seen_at <= HEARD_WITHIN]
    silent = [process for process in there if process not in heard and is_here(process.owner)]
    return Running(alive=heard, silent=silent)


def running_in_words(found: Running, now: datetime) -> Words:
    """Return one line: whether the service runs, and the end of its last pass."""
    if not found.alive:
        return Words(en="no service runs", fa="هیچ سرویسی در حال اجرا نیست")
    several = number(len(found.alive))
    en, fa = (
        ("running", "در حال اجرا")
        if len(found.alive) == 1
        else (f"{several.en} processes run", f"{several.fa} فرایند در حال اجرا")
    )
    last = _last_pass_in_words(found.last_pass, now)
    return Words(en=f"service: {en}, {last.en}", fa=f"سرویس: {fa}، {last.fa}")


def processes_in_words(found: Running, now: datetime) -> list[Words]:
    """Return one line for each of several processes: its owner, and the end of its last pass."""
    if len(found.alive) < 2:
        return []
    lines = [(each.owner, _last_pass_in_words(each.passed_at, now)) for each in found.alive]
    return [Words(en=f"{owner}: {last.en}", fa=f"فرایند {owner}: {last.fa}") for owner, last in lines]


def _last_pass_in_words(at: datetime | None, now: datetime) -> Words:
    if at is None:
        return Words(en="no pass has ended yet", fa="هنوز هیچ نوبتی به پایان نرسیده است")
    since = period(now - at)
    return Words(en=f"last pass {since.en} ago", fa=f"پایان آخرین نوبت {since.fa} پیش")


def silent_process_in_words(process: Process, seen: Words) -> Words:
    """Return the line of a process that exists and writes nothing; ``seen`` is the time of its last heartbeat."""
    return Words(
        en=f"{process.owner} lives and has written nothing since {seen.en}; operator: see its log",
        fa=f"فرایند {process.owner} برپاست اما از {seen.fa} چیزی ننوشته است؛ متصدی سامانه: گزارش آن را ببینید",
    )


def silent_authority_in_words(state: AuthorityState, since: Words, often: Words) -> Words:
    """Return the line of a time authority that gives no time-stamp; ``since`` is the time of its first failure, and
    ``often`` the number of failures."""
    entry = CATALOGUE[state.code]
    return Words(
        en=f"time authority {state.name}: none since {since.en}, tries: {often.en}; {entry.en} [{state.code}]",
        fa=f"مرجع زمان {state.name}: از {since.fa} مهر زمانی نداده است، {often.fa} بار؛ {entry.fa} [{state.code}]",
    )


def alarm_in_words(entry: CatalogueEntry, tasks: Sequence[str], since: Words) -> Words:
    """Return the line of an alarm of these ``tasks``, which began at ``since``; its last word is the actor's name."""
    actor = ACTORS[entry.actor]
    return Words(
        en=f"alarm: {entry.en} [{entry.code}], task {', '.join(tasks)}, since {since.en}; {actor.en}",
        fa=f"هشدار: {entry.fa} [{entry.code}]، کار {'، '.join(tasks)}، از {since.fa}؛ {actor.fa}",
    )


def authority_remedy(state: AuthorityState) -> NextStep:
    """Return the step that a silent time authority needs."""
    entry = CATALOGUE[state.code]
    return NextStep(need=Need.REMEDY, actor=entry.actor, words=entry.on_page, code=state.code)


def stop_in_words(since: Words) -> Words:
    """Return the line of a stop of everything by a person."""
    return Words(en=f"everything is stopped since {since.en}", fa=f"همه چیز از {since.fa} متوقف است")


_NOT_READ: Final = {
    "unread": Words(
        en="it was not read to its end yet since the restore",
        fa="پس از بازیابی هنوز تا پایان خوانده نشده است",
    ),
    "not read since": Words(
        en="it was not read to its end yet since everything was sent again, or since that time was over",
        fa="پس از اعلام ارسال دوباره همه موارد یا پایان مهلت آن، هنوز تا پایان خوانده نشده است",
    ),
}


def unsettled_in_words(source: UnsettledSource) -> Words:
    """Return the reason for which all new rows of a source are asked about after a recovery."""
    if (words := _NOT_READ.get(source.why)) is not None:
        return words
    entry = CATALOGUE[source.why]
    return Words(
        en=f"{source.rows} rows could not be taken in; {entry.en} [{entry.code}]",
        fa=f"{source.rows} ردیف گردآوری نشد؛ {entry.fa} [{entry.code}]",
    )


def source_in_words(source: UnsettledSource) -> Words:
    """Return the line of a source all new rows of which are asked about after a recovery."""
    why = unsettled_in_words(source)
    return Words(
        en=f"after a restore, new rows of the source {source.name} are asked about before they are sent: {why.en}",
        fa=f"پس از بازیابی، ردیف‌های جدید منبع {source.name} پیش از ارسال استعلام می‌شوند: {why.fa}",
    )


def recovery_in_words(cause: Cause, since: Words) -> Words:
    """Return the line of a recovery that is on: nothing is sent without an inquiry."""
    words = CAUSES[cause]
    return Words(
        en=f"a recovery is on since {since.en} ({words.en})", fa=f"بازیابی از {since.fa} در جریان است ({words.fa})"
    )
