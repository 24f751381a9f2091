"""`recovery`: the store was restored or made anew; nothing is sent that was not asked about, until a person ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from adapters.cli.account import ReasonOption, account, act
from adapters.cli.console import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, console, moment, print_json, table
from adapters.cli.installation import installation_of
from gateway.act import NOT_AUTHENTICATED
from gateway.clock import timestamp
from gateway.errors import CATALOGUE
from gateway.memory import Recovery
from gateway.recovery import declare, end, open_ends, present, refused_rows
from gateway.source import Refusal
from gateway.store import Store

_NAMED = 50
"""Rows that are named on a screen."""

app = typer.Typer(help="After a restore: what may have been sent is asked about first.", no_args_is_help=True)


@app.command("begin")
def begin(reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Say that the store was restored: from now on nothing is sent that was not asked about."""
    installation = installation_of(config)
    this = act("recovery.begin", reason, installation.clock)
    begun = declare(installation.store(), this, installation.settings.gateway.name)
    _show(begun, "a recovery is on", as_json)


@app.command("status")
def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show whether a recovery is on, and what is left to do before it can be ended; exit 1 while one is."""
    installation = installation_of(config)
    store = installation.store()
    recovery = present(store)
    left = open_ends(store, recovery, list(installation.settings.sources)) if recovery else None
    refused = list(refused_rows(store, list(installation.settings.sources))) if recovery else []
    if as_json:
        ends = {"unasked": left.unasked, "uncollected": left.uncollected} if left else {}
        rows = [{"source": each.source, "key": each.row_key, "code": each.code} for each in refused]
        print_json({**recovery_facts(store), "open_ends": ends, "refused": rows})
    elif recovery is None:
        console.print("no recovery is on")
    else:
        console.print(f"a recovery is on since {moment(recovery.since)}: {recovery.cause.value}")
        console.print(f"left to do: {left or 'nothing; `recovery end` ends it'}", markup=False, soft_wrap=True)
        _show_refused(refused)
    if recovery is not None:
        raise typer.Exit(FINDING)


@app.command("end")
def end_it(
    reason: ReasonOption,
    although: Annotated[
        bool, typer.Option("--although-some-may-be-sent-twice", help="End it although something is left to do.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say that whatever is collected from now on is new. What is here and was not asked about stays so."""
    installation = installation_of(config)
    settings, this = installation.settings, act("recovery.end", reason, installation.clock)
    ended = end(installation.store(), this, settings.gateway.name, list(settings.sources), although=although)
    _show(ended, "the recovery is over", as_json)


def _show_refused(refused: Sequence[Refusal]) -> None:
    """Name refused rows that may become notices by themselves: they need not be waited for."""
    if not refused:
        return
    console.print(f"{len(refused)} refused rows may become notices by themselves, and are asked about first:")
    rows = table("", "source", "row", "why it is refused")
    for each in refused[:_NAMED]:
        rows.add_row(each.source, each.row_key, f"{each.code}: {CATALOGUE[each.code].en}")
    console.print(rows)
    if len(refused) > _NAMED:
        console.print(f"and {len(refused) - _NAMED} more; --json names them all")


def recovery_facts(store: Store) -> dict[str, Any]:
    """Whether a recovery is on, since when and why."""
    recovery = present(store)
    return {"on": False} if recovery is None else {"on": True, **_told(recovery)}


def _told(recovery: Recovery) -> dict[str, Any]:
    return {
        "since": timestamp(recovery.since),
        "cause": recovery.cause.value,
        "epoch": recovery.epoch,
        "evidence": recovery.evidence_id,
        "ended_at": timestamp(recovery.ended_at) if recovery.ended_at else None,
    }


def _show(recovery: Recovery, what: str, as_json: bool) -> None:
    if as_json:
        print_json({**_told(recovery), "account": account(), "authentication": NOT_AUTHENTICATED})
        return
    console.print(what)
    console.print(f"by {account()} ({NOT_AUTHENTICATED})", markup=False, soft_wrap=True)
