"""The verbs `mapping check`, `preview` and `reference`: the contents of a mapping file, before any notice is made by
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.versions.mapping_preview import show
from adapters.cli.versions.mapping_reference import page
from adapters.cli.versions.result_preview import show_result
from adapters.composition.mappings import case_mapper
from adapters.composition.preview.previewed_result import preview_results
from adapters.composition.preview.previewed_row import preview_rows
from adapters.composition.sources import case_source, known_columns, known_row
from adapters.contracts.mapping_files import case_program, columns_as_source, kind_of, read_mapping
from adapters.contracts.message import message_for, message_of
from adapters.terminal.printing import FINDING, ConfigOption, JsonOption, console, print_json
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.kinds.kind_catalogue import RESULT_TO_ROW
from gateway.mapping.program.program import Program
from gateway.mapping.result_mapper import ResultMapper

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A mapping file (TOML).")]
SourceOption = Annotated[str | None, typer.Option("--source", help="A source of the configuration.")]


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Mapping files (TOML).")],
    source: SourceOption = None,
    contract: Annotated[
        Path | None, typer.Option("--contract", help="The service's XSD, WSDL, JSON schema or OpenAPI description.")
    ] = None,
    element: Annotated[str, typer.Option("--element", help="The message in the contract, by its name.")] = "",
    config: ConfigOption = Path("gateway.toml"),
    as_json: JsonOption = False,
) -> None:
    """Compile mapping files and report every mistake with its line.

    With --source against that database's columns, those that are read or those that are written; or with --contract
    and --element against a service's message.
    """
    if source is not None and contract is not None:
        raise typer.BadParameter("one of --source and --contract is wanted", param_hint="--contract")
    if element and contract is None:
        raise typer.BadParameter("it names a message of --contract, which is missing", param_hint="--element")
    there = installation_of(config) if source is not None else None
    if contract is not None:
        message_of(contract, element)  # a contract that cannot be read is told once, not for each file
    against = Against(there, known_source(there, source)) if there is not None else None
    verdicts = [_judged(file, against, None if contract is None else (contract, element)) for file in files]
    if as_json:
        print_json({"files": [_row(file, verdict) for file, verdict in zip(files, verdicts, strict=True)]})
    else:
        for file, verdict in zip(files, verdicts, strict=True):
            _tell(file, verdict)
    if any(isinstance(verdict, MappingMistaken) for verdict in verdicts):
        raise typer.Exit(FINDING)


def preview(
    file: FileArgument,
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
        _print(program, told, as_json=as_json, show=show_result)
    else:
        mapper = case_mapper(installation, program)
        cases = case_source(installation, source, program.columns)
        found = list(preview_rows(installation, cases, mapper, keys=key, limit=rows))
        _print(program, found, as_json=as_json, show=show)


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


def reference() -> None:
    """Print the page docs/reference/mapping-reference.md: every key, kind, target and transform."""
    typer.echo(page(), nl=False)


@dataclass(frozen=True)
class Against:
    """Source against whose database a mapping is checked."""

    installation: Installation
    source: str

    def compiled(self, file: Path) -> Program:
        """Return the program of a mapping of rows or of results. Raises `MappingMistaken`."""
        octets = read_mapping(file)
        if kind_of(octets) == RESULT_TO_ROW.name:
            return compile_mapping(octets, str(file), row=known_row(self.installation, self.source))
        columns = known_columns(self.installation, self.source)
        return case_program(file, None if columns is None else columns_as_source(columns))


def known_source(installation: Installation, name: str | None) -> str:
    """Return the named source, or the only one; anything else is wrong usage."""
    there = list(installation.settings.sources)
    if name in there:
        return name
    if name is None and len(there) == 1:
        return there[0]
    said = "which?" if name is None else f"no source {name};"
    raise typer.BadParameter(f"{said} there are {', '.join(there)}", param_hint="--source")


def _judged(file: Path, against: Against | None, contract: tuple[Path, str] | None) -> Program | MappingMistaken:
    try:
        if against is None:
            octets = read_mapping(file)
            message = None if contract is None else message_for(kind_of(octets), *contract)
            return compile_mapping(octets, str(file), contract=message)
        return against.compiled(file)
    except MappingMistaken as mistaken:
        return mistaken


def _tell(file: Path, verdict: Program | MappingMistaken) -> None:
    if isinstance(verdict, Program):
        console.print(f"[green]good[/] {file}: {verdict.name}, {verdict.kind.name}", soft_wrap=True)
        console.print(f"  {verdict.digest}", markup=False, soft_wrap=True)
        return
    tell_mistakes(verdict)


def tell_mistakes(mistaken: MappingMistaken) -> None:
    """Print every mistake with its line and remedy, and the same in Persian."""
    count = len(mistaken.mistakes)
    console.print(f"[bold red]{count} mistake{'s' if count > 1 else ''}[/] {mistaken.file}", soft_wrap=True)
    for mistake in mistaken.mistakes:
        entry, place = mistake.entry, f"line {mistake.line}" + (f", {mistake.key}" if mistake.key else "")
        console.print(f"  {place}: {entry.en} [{mistake.code}]", markup=False, soft_wrap=True)
        for label, text in (("found", mistake.found.en), ("what to do", entry.remedy)):
            if text:
                console.print(f"    {label}: {text}", markup=False, soft_wrap=True)
        found = f" {mistake.found.fa}." if mistake.found.fa else ""
        console.print(f"    {entry.fa}{found} {entry.remedy_fa}", markup=False, soft_wrap=True)


def _row(file: Path, verdict: Program | MappingMistaken) -> dict[str, Any]:
    if isinstance(verdict, Program):
        return {"file": str(file), "name": verdict.name, "kind": verdict.kind.name, "digest": verdict.digest}
    return {"file": str(file), "mistakes": [_mistake(mistake) for mistake in verdict.mistakes]}


def _mistake(mistake: Mistake) -> dict[str, Any]:
    entry = mistake.entry
    told = {"en": entry.en, "fa": entry.fa, "remedy": entry.remedy, "remedy_fa": entry.remedy_fa}
    return {**mistake.facts, "found_fa": mistake.found.fa, **told}
