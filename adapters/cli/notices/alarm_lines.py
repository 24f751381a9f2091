"""Lines of `status` about alarms that make `/health/ready` answer 503, and that no other of its lines shows; and the
line about mail that waits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from adapters.cli.service.running import same
from adapters.terminal.printing import moment, say, screen
from gateway.mail.alarm import Alarm
from gateway.mail.mail import MailStanding
from gateway.mail.mail_store import MailStore
from gateway.overview.service_run import HEARD_WITHIN, NO_LESS_FIT, alarm_in_words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE

_OF_ENDPOINTS = "endpoint:"
"""Beginning of the names of alarms that the table of endpoints shows."""


def standing_alarms(store: MailStore, now: datetime, shown: Collection[str]) -> list[Alarm]:
    """Return the alarms that a process of the service sees now; ``shown`` are codes that other lines show."""
    return [
        each
        for each in store.present(now - HEARD_WITHIN)
        if each.code in CATALOGUE
        and each.code not in shown
        and not each.code.startswith(NO_LESS_FIT)
        and not each.name.startswith(_OF_ENDPOINTS)
    ]


def alarm_facts(found: Sequence[Alarm]) -> list[dict[str, Any]]:
    """Return the alarms as JSON can hold them."""
    return [
        {
            "of": each.name,
            "code": each.code,
            "since": timestamp(each.began_at),
            "actor": CATALOGUE[each.code].actor,
            "next": CATALOGUE[each.code].remedy,
        }
        for each in found
    ]


def show_alarms(found: Sequence[Alarm]) -> None:
    """Print one line for each code with actor and remedy: several tasks with one code are one problem."""
    for code, alarms in groupby(sorted(found, key=lambda each: each.code), key=lambda each: each.code):
        of = list(alarms)
        names, since = sorted({each.name for each in of}), moment(min(each.began_at for each in of))
        told = screen.words(alarm_in_words(CATALOGUE[code], names, same(since)))
        say(f"{told}: {screen.words(CATALOGUE[code].remedies)}", "bold red")


def mail_facts(standing: MailStanding) -> dict[str, object]:
    """Return the standing of mail as JSON can hold it."""
    return {
        "waiting": standing.waiting,
        "oldest": timestamp(standing.oldest) if standing.oldest else None,
        "code": standing.code,
        "given_up": standing.given_up,
    }


def mail_line(standing: MailStanding) -> str:
    """Return the standing of mail in one line."""
    waits = f"{standing.waiting} mails wait since {moment(standing.oldest)}"
    line = waits if standing.waiting else "no mail waits"
    if standing.code is not None:
        line += f"; {CATALOGUE[standing.code].en} [{standing.code}]"
    return f"{line}; {standing.given_up} were given up" if standing.given_up else line
