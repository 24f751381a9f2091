"""The verb `mapping preview`: results of a mapping for real rows, before any notice is made by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.common.known_source import known_source
from adapters.cli.versions.mapping_source import Against
from adapters.composition.mappings import case_mapper
from adapters.composition.preview.previewed_result import PreviewedResult, plain_values, preview_results
from adapters.composition.preview.previewed_row import CONFORMS, Previewed, preview_rows
from adapters.composition.sources import case_source
from adapters.terminal.printing import FINDING, ConfigOption, JsonOption, console, print_json, table
from gateway.mapping import RowRefused
from gateway.mapping.kinds.notice_schemas import shown_tree
from gateway.mapping.model.refusal import Unmapped
from gateway.mapping.program.program import Program
from gateway.mapping.result_mapper import ResultMapper
from gateway.versions.replay import flat


def preview(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mapping file (TOML).")],
    source: Annotated[str, typer.Option("--source", help="A source of the configuration.")],
    rows: Annotated[int, typer.Option(min=1, max=500, help="So many of its first rows.")] = 3,
    key: Annotated[list[str] | None, typer.Option(help="The rows of these keys instead.")] = None,
    config: ConfigOption = Path("gateway.toml"),
    as_json: JsonOption = False,
) -> None:
    """Show the results of a mapping for real rows: the notice, the message, the schema's verdict, or the refusal.

    A mapping of results shows the values that would be written. Nothing is sealed, stored, written or sent. The output
    is personal data.
    """
    installation = installation_of(config)
    against = Against(installation, known_source(installation, source))
    program = against.compiled(file)
    if program.kind.writes_columns:
        told = list(preview_results(installation, source, ResultMapper(program), keys=key, limit=rows))
        _print(program, told, as_json=as_json, show=_show_result)
    else:
        mapper = case_mapper(installation, program)
        cases = case_source(installation, source, program.columns)
        found = list(preview_rows(installation, cases, mapper, keys=key, limit=rows))
        _print(program, found, as_json=as_json, show=_show_row)


class _Row(Protocol):
    @property
    def data(self) -> dict[str, Any]: ...

    @property
    def is_good(self) -> bool: ...


R = TypeVar("R", bound=_Row)


def _print(program: Program, rows: Sequence[R], *, as_json: bool, show: Callable[[R], None]) -> None:
    if as_json:
        print_json({"mapping": program.name, "digest": program.digest, "rows": [each.data for each in rows]})
    else:
        for each in rows:
            show(each)
    if any(not each.is_good for each in rows):
        raise typer.Exit(FINDING)


def _show_row(previewed: Previewed) -> None:
    """Print one row's preview."""
    if previewed.error is not None:
        error = previewed.error
        console.print(f"[bold]row {previewed.key}[/]: [red]refused[/] {error.code} ({error.detail})", soft_wrap=True)
        reason = error.reason if isinstance(error, RowRefused) else f"{error.entry.fa} {error.entry.remedy_fa}"
        for line in reason.splitlines():
            console.print(f"  {line}", markup=False, soft_wrap=True)
        return
    assert previewed.notice is not None
    rows = table(f"row {previewed.key}", "target", "value")
    for path, value in flat(shown_tree(previewed.notice)):
        rows.add_row(path, "–" if value is None else str(value))
    console.print(rows)
    console.print(previewed.message, markup=False, soft_wrap=True)
    console.print(f"[green]good[/]: {CONFORMS}; the seal is made when the notice is admitted\n")


def _show_result(previewed: PreviewedResult) -> None:
    """Print one row's preview."""
    if previewed.error is not None:
        error = previewed.error
        console.print(
            f"[bold]row {previewed.key}[/]: [red]not written[/] {error.code} ({error.detail})", soft_wrap=True
        )
        reason = error.reason if isinstance(error, Unmapped) else f"{error.entry.fa} {error.entry.remedy_fa}"
        console.print(f"  {reason}", markup=False, soft_wrap=True)
        return
    if previewed.own is None:
        console.print(f"[bold]row {previewed.key}[/]: nothing to tell of it yet", soft_wrap=True)
        return
    rows = table(f"row {previewed.key}", "column", "value")
    for name, value in plain_values(previewed.own.values).items():
        rows.add_row(name, "–" if value is None else str(value))
    console.print(rows)
