"""Output of `queue`: the table of ages, a page of notices, and the results of an act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.acts.act_message import Facts
from adapters.cli.common.acting_account import by
from adapters.cli.service.endpoints import endpoint_facts, show_endpoints
from adapters.terminal.printing import age, civil_day, console, errors, moment, print_json, table, tell
from gateway.judiciary.endpoint_status import EndpointView
from gateway.overview.queue_age import COLUMNS
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission, Backlog


def show_backlog(backlog: Sequence[Backlog], endpoints: Sequence[EndpointView], now: datetime, as_json: bool) -> None:
    """Print the table of ages, and the state of the endpoints."""
    if as_json:
        print_json({"queue": [_line(line) for line in backlog], "endpoints": endpoint_facts(endpoints, now)})
        return
    rows = table("", "destination", "state", ">T", *(f">{column}" for column in COLUMNS), ">held", ">oldest")
    for line in backlog:
        numbers = (str(number) if number else "·" for number in (*line.by_age, line.held))
        rows.add_row(line.destination, line.state.value, str(line.count), *numbers, age(now - line.oldest))
    console.print(rows if backlog else "nothing waits")
    console.print()
    show_endpoints(endpoints, now)


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
    rows = table("", "reference", ">age", "due", "serve by", ">tries", "held", "claimed by", "code")
    for entry in entries:
        rows.add_row(
            entry.reference,
            age(now - entry.state_since),
            moment(entry.due_at),
            civil_day(entry.serve_by),
            str(entry.attempts),
            "held" if entry.held else "",
            claimers.get(entry.reference, ""),
            entry.code or "–",
        )
    console.print(rows if found else "no such notices")


def show_meant(references: Sequence[str], as_json: bool) -> None:
    """Print the notices that an act would change."""
    if as_json:
        print_json({"meant": list(references)})
        return
    for reference in references:
        console.print(reference)
    console.print(f"{len(references)} notices are meant; nothing was changed")


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
