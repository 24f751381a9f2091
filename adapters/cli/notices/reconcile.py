"""The verb `reconcile`: the comparison of case databases, gateway and judiciary, with the person who must act."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.common.logs import log_to
from adapters.cli.notices.reconcile_view import FirstFindings, as_row, show
from adapters.composition.ledgers import ledgers, patient
from adapters.composition.policies import reconcile_policy
from adapters.composition.sources import unconfigured_sources
from adapters.crypto.keys.secret_file import new_file
from adapters.terminal.printing import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, point_in_time
from gateway.operations.intervention import assert_running
from gateway.reconciliation.finding import Discrepancy, Sink
from gateway.reconciliation.reconcile import reconcile
from gateway.reconciliation.report import Reconciled, Scope
from gateway.reconciliation.standing import Ask
from gateway.runtime.plain_words import words_of

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def reconcile_ledgers(
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="From this day (1404-11-14, 2026-02-03) or time on; by default reconcile.days back."
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before this day or time; by default now.")] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="This case database alone.")] = None,
    ask: Annotated[
        Ask,
        typer.Option(help="What the judiciary is asked about: what is open and not lately heard of; all; nothing."),
    ] = Ask.OPEN,
    first: Annotated[int, typer.Option(min=0, max=10_000, help="Show so many findings of each kind.")] = 10,
    out: Annotated[Path | None, typer.Option(help="Write every finding into this file, a JSON object a line.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Compare case databases, the gateway and the judiciary; exit 1 if they disagree, something is late, or the range
    is empty.

    The range is the time of a notice's admission, and of a receipt's arrival. Rows are compared by their version if
    that is a time (a day around the range as well), all of them if it is a number. Limits are checked for everything
    that is open. Nothing is changed: docs/operate/reconciliation.md lists the verb for each correction.
    """
    installation = installation_of(config)
    log_to(installation.settings.log, installation.base)
    if source is not None and source not in installation.settings.sources:
        known = ", ".join(installation.settings.sources)
        raise typer.BadParameter(f"one of {known} is wanted", param_hint="--source")
    now = installation.clock()
    scope = Scope(
        since=point_in_time(since, "--since") if since else now - installation.settings.reconcile.days,
        until=min(now, point_in_time(until, "--until")) if until else now,
        ask=ask,
        source=source,
    )
    if scope.since is not None and scope.since >= scope.until:
        raise typer.BadParameter("it must lie before --until", param_hint="--since")
    told = FirstFindings(first)
    assert_running(installation.store())
    done = _run(installation, scope, told, out)
    show(done, told, out, as_json)
    if not done.agrees:
        raise typer.Exit(FINDING)


def _run(installation: Installation, scope: Scope, told: FirstFindings, out: Path | None) -> Reconciled:
    with ExitStack() as opened:
        sink: Sink = told
        if out is not None:
            sink = _into(opened.enter_context(_opened(out)), told)
        judiciary = installation.judiciary
        gate = installation.gate()
        compared = ledgers(installation, judiciary, scope.ask)
        policy = reconcile_policy(installation, judiciary.profile)
        done = reconcile(compared, scope, installation.clock, policy, sink, gate, until_asked=patient(gate))
        # No source is left that could compare these rows.
        left = unconfigured_sources(installation) if scope.source is None else []
        return replace(done, errors=(*done.errors, *left))


def _into(lines: IO[str], told: FirstFindings) -> Sink:
    def write(finding: Discrepancy) -> None:
        told(finding)
        lines.write(json.dumps(as_row(finding), ensure_ascii=False) + "\n")

    return write


def _opened(path: Path) -> IO[str]:
    try:
        return TextIOWrapper(new_file(path), encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path}: {words_of(error)}", param_hint="--out") from error
