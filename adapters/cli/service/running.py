"""First lines of `status`: the running service, and time authorities that gave no answer."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.terminal.printing import age, moment, say, screen
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.stored import AuthorityState, Process

HEARD_WITHIN = timedelta(seconds=60)
"""Time after which a silent process is not known to run: it writes every ten seconds."""

_PERSIAN_UNITS = {"s": "ثانیه", "min": "دقیقه", "h": "ساعت", "d": "روز"}


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


def running(known: Sequence[Process], now: datetime) -> Running:
    """Sort the processes that the store knows; ended ones are left out."""
    there = [process for process in known if _may_live(process.owner)]
    heard = [process for process in there if now - process.seen_at <= HEARD_WITHIN]
    silent = [process for process in there if process not in heard and _is_here(process.owner)]
    return Running(alive=heard, silent=silent)


def running_facts(found: Running) -> dict[str, Any]:
    """Return the processes as JSON can hold them."""
    return {
        "running": bool(found.alive),
        "last_pass": timestamp(found.last_pass) if found.last_pass else None,
        "processes": [
            {"owner": each.owner, "began_at": timestamp(each.began_at), "seen_at": timestamp(each.seen_at)}
            for each in found.alive
        ],
        "silent": [{"owner": each.owner, "seen_at": timestamp(each.seen_at)} for each in found.silent],
    }


def running_line(found: Running, now: datetime) -> str:
    """Return the first line of `status`."""
    if not found.alive:
        return screen.say("no service runs", "هیچ سرویسی در حال اجرا نیست")
    number = len(found.alive)
    en, fa = ("running", "در حال اجرا") if number == 1 else (f"{number} processes run", f"{number} فرایند در حال اجرا")
    if found.last_pass is None:
        return screen.say(f"service: {en}, no pass has ended yet", f"سرویس: {fa}، هنوز هیچ نوبتی به پایان نرسیده است")
    since = now - found.last_pass
    return screen.say(
        f"service: {en}, last pass {ago(since)} ago", f"سرویس: {fa}، پایان آخرین نوبت {ago_fa(since)} پیش"
    )


def show_running(found: Running, silent: Sequence[AuthorityState], now: datetime) -> None:
    """Print the running processes, and silent processes and authorities."""
    style = "green" if found.alive else "yellow"
    say(running_line(found, now), style)
    for process in found.silent:
        who, since = process.owner, moment(process.seen_at)
        en = f"{who} lives and has written nothing since {since}; operator: see its log"
        fa = f"فرایند {who} برپاست اما از {since} چیزی ننوشته است؛ مدیر درگاه: گزارش آن را ببینید"
        say(screen.say(en, fa), "red")
    for state in silent:
        entry, since = GatewayError(state.code).entry, moment(state.since)
        en = f"time authority {state.name}: none since {since}, {state.failures} times; {entry.en} [{state.code}]"
        fa = f"مرجع زمان {state.name}: از {since} مهر زمانی نداده است، {state.failures} بار؛ {entry.fa} [{state.code}]"
        say(screen.say(en, fa), "red")
        say(f"  {screen.say(entry.remedy, entry.remedy_fa)}")


def authority_facts(silent: Sequence[AuthorityState]) -> list[dict[str, Any]]:
    return [
        {"name": state.name, "failures": state.failures, "since": timestamp(state.since), "code": state.code}
        for state in silent
    ]


def ago(period: timedelta) -> str:
    """Return a period in words, in its largest whole unit."""
    count, unit = _unit(period)
    return f"{count} {unit}"


def ago_fa(period: timedelta) -> str:
    count, unit = _unit(period)
    return f"{count} {_PERSIAN_UNITS[unit]}"


def short(period: timedelta) -> str:
    """Return a period for a table, in the screen's language."""
    return screen.say(age(period), ago_fa(period))


def _unit(period: timedelta) -> tuple[int, str]:
    seconds = max(int(period.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return seconds // size, unit
    return seconds, "s"


def _is_here(owner: str) -> bool:
    return owner.rpartition("/")[0] == socket.gethostname()


def _may_live(owner: str) -> bool:
    """Return False if the process was on this machine and does not exist any more: it was killed."""
    host, _, number = owner.rpartition("/")
    if host != socket.gethostname() or not number.isdecimal():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
