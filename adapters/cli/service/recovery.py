"""The verbs `recovery`: after a restore nothing is sent without an inquiry, until a person ends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.acts import upkeep_facts
from adapters.cli.common.acting_account import ReasonOption, by, perform
from adapters.cli.common.installation import installation_of
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    moment,
    print_json,
)
from adapters.terminal.records import show_records
from gateway.notice.source_row import Refusal
from gateway.operations.recovery import current, open_ends, refused_rows
from gateway.overview.service_run import CAUSES, unsettled_in_words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE
from gateway.store.source_listing import UnsettledSource, asked_until, unsettled
from gateway.store.store import Store

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts

_NAMED = 50
"""Most rows that are named on a screen."""

app = typer.Typer(help="After a restore: what may have been sent is asked about first.", no_args_is_help=True)


@app.command("begin")
def begin(reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Declare that the store was restored: from now on nothing is sent without an inquiry."""
    facts = perform(installation_of(config), "recovery.begin", reason)
    _show(facts, "a recovery is on", as_json)


@app.command("status")
def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the state of a recovery, and the work left before it can be ended; exit 1 while one is on."""
    installation = installation_of(config)
    store = installation.store()
    recovery = current(store.recovery)
    left = open_ends(store, recovery, list(installation.settings.sources)) if recovery else None
    refused = list(refused_rows(store.refusals, list(installation.settings.sources))) if recovery else []
    until = asked_until(store, installation.clock())
    settings = installation.settings
    brought = {name: section.is_brought for name, section in settings.sources.items()}
    partial = unsettled(store, brought, installation.clock())
    if as_json:
        ends = {"unasked": left.unasked, "uncollected": left.uncollected} if left else {}
        rows = [
            {"source": each.source, "key": each.row_key, "case": each.case_number, "code": each.code}
            for each in refused
        ]
        asked = {} if until is None else {"asked_until": timestamp(until)}
        named = [{"source": each.name, "why": each.why, "rows": each.rows} for each in partial]
        unsettled_ones = {"unsettled": named} if named else {}
        print_json({**recovery_facts(store), **asked, **unsettled_ones, "open_ends": ends, "refused": rows})
    elif recovery is None:
        console.print("no recovery is on")
        _show_asked_until(until)
        _show_unsettled(partial)
    else:
        console.print(f"a recovery is on since {moment(recovery.since)}: {CAUSES[recovery.cause].en}", soft_wrap=True)
        console.print(f"left to do: {str(left) or 'nothing; `recovery end` ends it'}", markup=False, soft_wrap=True)
        _show_refused(refused)
    if recovery is not None:
        raise typer.Exit(FINDING)


@app.command("end")
def end_it(
    reason: ReasonOption,
    although: Annotated[
        bool, typer.Option("--although-some-may-be-sent-twice", help="End it although something is left to do.")
    ] = False,
    brought_again: Annotated[
        bool,
        typer.Option(
            "--everything-was-sent-again",
            help="State that all rows that are pushed, dropped, entered or marked were sent again.",
        ),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Declare that rows collected from now on are new. Earlier ones without an inquiry stay as they are."""
    said = {"although": although, "brought_again": brought_again}
    facts = perform(installation_of(config), "recovery.end", reason, **said)
    _show(facts, "the recovery is over", as_json)


def _show_asked_until(until: datetime | None) -> None:
    """Print until when rows that others bring are asked about first, after a recovery."""
    if until is not None:
        console.print(
            f"rows that are pushed, dropped, entered or marked are asked about first until {moment(until)}; "
            "`recovery end --everything-was-sent-again` ends that",
            markup=False,
            soft_wrap=True,
        )


def _show_unsettled(sources: Sequence[UnsettledSource]) -> None:
    """Print the sources whose rows are asked about first, and why."""
    if not sources:
        return
    told = [(each.name, unsettled_in_words(each).en) for each in sources]
    console.print("all new rows of these sources are asked about first:")
    show_records("", ("source", "~why"), told)
    if any(each.rows for each in sources):
        console.print(
            "give these rows a version or mend them; or, if no row is missing that was sent before the restore, "
            "`recovery end --everything-was-sent-again`",
            markup=False,
            soft_wrap=True,
        )


def _show_refused(refused: Sequence[Refusal]) -> None:
    """Print refused rows that may become notices by themselves: they need not be waited for."""
    if not refused:
        return
    console.print(f"{len(refused)} refused rows may become notices by themselves, and are asked about first:")
    cells = [
        (f"{each.source} {each.row_key}", each.case_number or "–", f"{each.code}: {CATALOGUE[each.code].en}")
        for each in refused[:_NAMED]
    ]
    show_records("", ("row", "case", "~why it is refused"), cells)
    if len(refused) > _NAMED:
        console.print(f"and {len(refused) - _NAMED} more; --json names them all")


def recovery_facts(store: Store) -> dict[str, Any]:
    """Return the facts of a recovery: its time and its reason, if one is on."""
    recovery = current(store.recovery)
    return {"on": False} if recovery is None else {"on": True, **upkeep_facts.recovery_facts(recovery)}


def _show(facts: Facts, what: str, as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    console.print(what)
    console.print(f"by {by(facts)}", markup=False, soft_wrap=True)
