"""The verb `mapping check`: mistakes of mapping files, each with its line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.common.known_source import known_source
from adapters.contracts.mapping_files import kind_of, read_mapping
from adapters.contracts.message import message_for, message_of
from adapters.terminal.mapping_mistakes import tell_mistakes
from adapters.terminal.printing import FINDING, ConfigOption, JsonOption, console, print_json
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.program.program import Program

if TYPE_CHECKING:
    from adapters.cli.versions.mapping_source import Against


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Mapping files (TOML).")],
    source: Annotated[str | None, typer.Option("--source", help="A source of the configuration.")] = None,
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
    against = None if source is None else _against(config, source)
    if contract is not None:
        message_of(contract, element)  # a contract that cannot be read is told once, not for each file
    verdicts = [_judged(file, against, None if contract is None else (contract, element)) for file in files]
    if as_json:
        print_json({"files": [_row(file, verdict) for file, verdict in zip(files, verdicts, strict=True)]})
    else:
        for file, verdict in zip(files, verdicts, strict=True):
            _tell(file, verdict)
    if any(isinstance(verdict, MappingMistaken) for verdict in verdicts):
        raise typer.Exit(FINDING)


def _against(config: Path, source: str) -> Against:
    # A file alone needs no database.
    from adapters.cli.versions.mapping_source import Against

    installation = installation_of(config)
    return Against(installation, known_source(installation, source))


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


def _row(file: Path, verdict: Program | MappingMistaken) -> dict[str, Any]:
    if isinstance(verdict, Program):
        return {"file": str(file), "name": verdict.name, "kind": verdict.kind.name, "digest": verdict.digest}
    return {"file": str(file), "mistakes": [_mistake(mistake) for mistake in verdict.mistakes]}


def _mistake(mistake: Mistake) -> dict[str, Any]:
    entry = mistake.entry
    told = {"en": entry.en, "fa": entry.fa, "remedy": entry.remedy, "remedy_fa": entry.remedy_fa}
    return {**mistake.facts, "found_fa": mistake.found.fa, **told}
