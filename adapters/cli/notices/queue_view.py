"""Output of `queue`: the table of ages, a page of notices, and the results of an act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.cli.common.acting_account import by
from adapters.cli.service.endpoints import endpoint_facts, show_endpoints
from adapters.cli.service.running import short
from adapters.terminal.printing import civil_day, console, errors, moment, print_json, say, screen, table, tell
from adapters.terminal.records import show_records
from gateway.judiciary.endpoint_status import EndpointView
from gateway.notice.outbox import OutboxEntry
from gateway.overview.dates_in_words import latin_digits, period
from gateway.overview.notice_words import STATES
from gateway.overview.queue_age import AGES, COLUMNS
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission, Backlog

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts

_AGES_FA: Final = (*(latin_digits(period(age).fa) for age in AGES.values()), "بیشتر")
"""Persian titles of the columns of ages, as short as the English ones: each ends where the next one begins."""

_TITLES: Final = {
    "reference": "شناسه ابلاغیه",
    ">age": ">سن",
    "due": "نوبت بعد",
    "serve by": "آخرین روز ابلاغ",
    ">tries": ">تلاش",
    "held": "نگه‌داشته",
    "claimed by": "در دست",
    "code": "کد",
}
"""Titles of the columns of a page of notices, in both languages."""


def show_backlog(backlog: Sequence[Backlog], endpoints: Sequence[EndpointView], now: datetime, as_json: bool) -> None:
    """Print the table of ages, and the state of the endpoints."""
    if as_json:
        print_json({"queue": [_line(line) for line in backlog], "endpoints": endpoint_facts(endpoints, now)})
        return
    if backlog:
        titles = [">" + screen.say(column, words) for column, words in zip(COLUMNS, _AGES_FA, strict=True)]
        first = (screen.say("state", "وضعیت"), screen.say("destination", "مقصد"), screen.say(">T", ">جمع"))
        last = (">" + screen.say("held", "نگه‌داشته"), ">" + screen.say("oldest", "قدیمی‌ترین"))
        show_records("", (*first, *titles, *last), [_cells(line, now) for line in backlog])
    else:
        say(screen.say("nothing waits", "چیزی در انتظار نیست"))
    console.print()
    show_endpoints(endpoints, now)


def _cells(line: Backlog, now: datetime) -> tuple[str, ...]:
    state = screen.say(line.state.value, STATES[line.state].fa)
    numbers = (str(number) if number else "·" for number in (*line.by_age, line.held))
    return state, line.destination, str(line.count), *numbers, short(now - line.oldest)


def _line(line: Backlog) -> dict[str, Any]:
    return {
        "destination": line.destination,
        "state": line.state.value,
        "count": line.count,
        "held": line.held,
        "oldest": timestamp(line.oldest),
        "by_age": dict(zip(COLUMNS, line.by_age, strict=True)),
    }


def show_notices(found: Sequence[Admission], claimers: Mapping[str, str], now: datetime, as_json: bool) -> None:
    """Print a page of notices; ``claimers`` are the logins of those who have claimed some, by reference."""
    entries = [admission.entry for admission in found]
    if as_json:
        print_json({
            "notices": [
                {"reference": entry.reference, "destination": entry.destination, "state": entry.state.value,
                 "since": timestamp(entry.state_since), "due_at": timestamp(entry.due_at) if entry.due_at else None,
                 "serve_by": entry.serve_by.isoformat() if entry.serve_by else None,
                 "attempts": entry.attempts, "held": entry.held, "code": entry.code,
                 "claimed_by": claimers.get(entry.reference)}
                for entry in entries
            ]
        })  # fmt: skip
        return
    if not found:
        say(screen.say("no such notices", "چنین ابلاغیه‌ای نیست"))
        return
    titles = [screen.say(*pair) for pair in _TITLES.items()]
    show_records("", titles, [_entry(entry, claimers.get(entry.reference, ""), now) for entry in entries])


def _entry(entry: OutboxEntry, claimer: str, now: datetime) -> tuple[str, ...]:
    return (
        entry.reference,
        short(now - entry.state_since),
        moment(entry.due_at),
        civil_day(entry.serve_by),
        str(entry.attempts),
        screen.say("held", "بله") if entry.held else "",
        claimer,
        entry.code or "–",
    )


def show_meant(references: Sequence[str], as_json: bool) -> None:
    """Print the notices that an act would change."""
    if as_json:
        print_json({"meant": list(references)})
        return
    for reference in references:
        console.print(reference)
    meant = "1 notice is" if len(references) == 1 else f"{len(references)} notices are"
    console.print(f"{meant} meant; nothing was changed")


def show_done(facts: Facts, as_json: bool) -> None:
    """Print the results of an act, notice by notice."""
    if as_json:
        print_json(facts)
        return
    rows, done, failed = table("", "reference", "done", "state", ""), facts["done"], facts["failed"]
    for each in done:
        outcome = each["outcome"] if each["changed"] else f"{each['outcome']} already"
        rows.add_row(each["reference"], outcome, each["state"], "held" if each["held"] else "")
    if done:
        console.print(rows)
    for note in dict.fromkeys(each["note"] for each in done if each["note"]):
        errors.print(f"note: {note}", markup=False, soft_wrap=True)
    for each in failed:
        tell(GatewayError(each["code"], where=each["reference"], detail=each["detail"]))
    changed = sum(each["changed"] for each in done)
    console.print(
        f"{changed} changed, {len(done) - changed} so already, {len(failed)} impossible; by {by(facts)}",
        markup=False,
        soft_wrap=True,
    )
