"""First lines of `status`: the running service, and time authorities that gave no answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.composition.overview.machine_processes import running
from adapters.terminal.printing import age, moment, say, screen
from gateway.overview.dates_in_words import latin_digits, period
from gateway.overview.service_run import (
    Running,
    processes_in_words,
    running_in_words,
    silent_authority_in_words,
    silent_process_in_words,
)
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE
from gateway.store.stored import AuthorityState

__all__ = ["Running", "authority_facts", "running", "running_facts", "running_line", "short", "show_running"]


def running_facts(found: Running) -> dict[str, Any]:
    """Return the processes as JSON can hold them."""
    return {
        "running": bool(found.alive),
        "last_pass": timestamp(found.last_pass) if found.last_pass else None,
        "processes": [
            {
                "owner": each.owner,
                "began_at": timestamp(each.began_at),
                "seen_at": timestamp(each.seen_at),
                "last_pass": timestamp(each.passed_at) if each.passed_at else None,
            }
            for each in found.alive
        ],
        "silent": [{"owner": each.owner, "seen_at": timestamp(each.seen_at)} for each in found.silent],
    }


def running_line(found: Running, now: datetime) -> str:
    """Return the first line of `status`."""
    return latin_digits(screen.words(running_in_words(found, now)))


def show_running(found: Running, silent: Sequence[AuthorityState], now: datetime) -> None:
    """Print the running processes, and silent processes and authorities."""
    style = "green" if found.alive else "yellow"
    say(running_line(found, now), style)
    for words in processes_in_words(found, now):
        say(f"  {latin_digits(screen.words(words))}")
    for process in found.silent:
        say(screen.words(silent_process_in_words(process, same(moment(process.seen_at)))), "red")
    for state in silent:
        say(screen.words(silent_authority_in_words(state, same(moment(state.since)), same(str(state.failures)))), "red")
        say(f"  {screen.words(CATALOGUE[state.code].remedies)}")


def authority_facts(silent: Sequence[AuthorityState]) -> list[dict[str, Any]]:
    return [
        {"name": state.name, "failures": state.failures, "since": timestamp(state.since), "code": state.code}
        for state in silent
    ]


def short(value: timedelta) -> str:
    """Return a period for a table, in the screen's language."""
    return screen.say(age(value), latin_digits(period(value).fa))


def same(text: str) -> Words:
    """Return a text of a screen's calendar and digits, which has one form in both languages."""
    return Words(en=text, fa=text)
