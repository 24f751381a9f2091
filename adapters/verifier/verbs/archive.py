"""Verb `archive verify`: check that every record is present and genuine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from adapters.terminal.printing import FINDING, JsonOption, console, errors, print_json, wrong_date
from adapters.verifier.archive.auditor import audit_archive, read_checkpoint
from adapters.verifier.archive.page import write_page
from adapters.verifier.trust.trust_folder import Trust
from adapters.verifier.verbs.show import as_json as told
from adapters.verifier.verbs.show import show
from gateway.audit.period import Period
from gateway.notice.written_date import parse_day
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError

TrustOption = Annotated[Path, typer.Option(help="A folder with anchors and the archive's key, had from their owners.")]


def verify(
    folder: Annotated[Path, typer.Argument(help="The folder with the segments.")],
    trust: TrustOption,
    kept: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="A checkpoint that you kept from earlier; again for more.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="The first day of a period, 1404-11-14 or 2026-02-03.")
    ] = None,
    last: Annotated[str | None, typer.Option("--until", help="Its last day. Is all of the period here?")] = None,
    page: Annotated[Path | None, typer.Option("--html", help="Write a report to read, Persian and English.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one for each core.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a whole archive offline; exit 1 if a check failed."""
    period = _period(first, last)
    own = [read_checkpoint(path, trust) for path in kept or ()]
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("segments", total=None)
        report = audit_archive(
            folder,
            trust,
            own,
            period=period,
            workers=workers,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    anchors = Trust.of(trust).fingerprints()
    if as_json:
        print_json(told(report, anchors))
    else:
        show(report, anchors)
    if page is not None:
        write_page(page, report, anchors, folder.resolve().name, system_clock())
        if not as_json:
            console.print(f"\nreport to read: {page}", markup=False, soft_wrap=True)
    if report.failed:
        raise typer.Exit(FINDING)


def _period(first: str | None, last: str | None) -> Period | None:
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise typer.BadParameter("a period has --from and --until")
    try:
        return Period.of(parse_day(first), parse_day(last))
    except GatewayError as error:
        raise wrong_date(error, "--from, --until") from error
    except ValueError as error:
        raise typer.BadParameter(f"{first} to {last}: {error}") from error
