"""The verb `run-once`: one pass, or all of them in a notice's order; for cron and for tests."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.common.logs import log_to
from adapters.composition.passes.pass_names import PASSES
from adapters.composition.passes.read_again import ReadAgain
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    console,
    exit_code,
    point_in_time,
    print_json,
    table,
    tell_all,
)
from gateway.operations.intervention import assert_running
from gateway.reconciliation.row_comparison import version_at
from gateway.runtime.pass_report import PassReport

PassName = StrEnum("PassName", {name: name for name in (*PASSES, "all")})  # type: ignore[misc]

ALL = PassName("all")


def run_once(
    name: Annotated[PassName, typer.Argument(help="The pass to run.")] = ALL,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION", help="collect: compare all rows from this change number, or this day or time, on."
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            metavar="CURSOR",
            help="receipts: fetch all after this cursor once more; an empty one is the beginning.",
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Run one pass, or all of them in a notice's order, once.

    The passes that look for late notices, compare ledgers and send mail run in `serve` alone: overdue, reconcile, mail.
    """
    if since is not None and name not in ("collect", ALL):
        raise typer.BadParameter("only collect looks back", param_hint="--since")
    if after is not None and name != "receipts":
        raise typer.BadParameter("only receipts are fetched again", param_hint="--after")
    if since is not None and set(since) & set("-/"):
        since = version_at(point_in_time(since, "--since"))
    from adapters.composition.tasks import tasks
    from adapters.schedule.task import together

    installation = installation_of(config)
    log_to(installation.settings.log, installation.base)
    chosen = PASSES if name == "all" else (name.value,)
    assert_running(installation.store())
    again = ReadAgain(rows_since=since, receipts_after=after)
    chosen_tasks, may_continue = tasks(installation, chosen, again=again), installation.gate()
    hold = installation.locks().attempt
    reports = [together(kind, chosen_tasks, may_continue, hold) for kind in chosen]
    _show(reports, as_json)
    failures = [error for report in reports for error in report.errors]
    if failures:
        raise typer.Exit(max(exit_code(error) for error in failures))


def _show(reports: list[PassReport], as_json: bool) -> None:
    if as_json:
        print_json({
            report.name: {
                **report.counts,
                **({"waits": report.waits} if report.waits else {}),
                "errors": [str(error) for error in report.errors],
            }
            for report in reports
        })  # fmt: skip
        return
    rows = table("", "pass", "what it did")
    for report in reports:
        done = ", ".join(f"{name} {count}" for name, count in sorted(report.counts.items()))
        rows.add_row(
            report.name, done or report.waits or ("failed: see the error" if report.errors else "nothing to do")
        )
    console.print(rows)
    tell_all(error for report in reports for error in (*report.errors, *report.alarms))
