"""The verbs `archive checkpoint`, `key` and `prove`: for persons who keep checkpoints outside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.crypto.keys.note import NoteVerifier
from adapters.terminal.output_file import writing
from adapters.terminal.printing import DEFAULT_CONFIG, FINDING, ConfigOption, console
from gateway.archive.consistency import ConsistencyProof
from gateway.merkle.checkpoint import Checkpoint, NotANote
from gateway.merkle.tiles import Tiles
from gateway.runtime.errors import GatewayError


def checkpoint(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it into this file.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show the newest checkpoint. A person who keeps it can prove later that history was rewritten."""
    last = installation_of(config).store().log.last_checkpoint()
    if last is None:
        console.print("no checkpoint yet; `archive write` makes one")
        raise typer.Exit(FINDING)
    if output is not None:
        with writing(output):
            output.write_bytes(last.note)
        console.print(f"checkpoint of {last.size} records in {output}", markup=False)
    else:
        console.print(last.note.decode(), markup=False, end="", soft_wrap=True)


def key(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show the line by which auditors know the archive's key; they keep it as a file ….vkey."""
    console.print(installation_of(config).checkpoints.verifier.line, markup=False, soft_wrap=True)


def prove(
    old: Annotated[Path, typer.Argument(help="An earlier checkpoint.")],
    new: Annotated[Path, typer.Argument(help="A later one.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Write the proof into this file.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write the proof that a later checkpoint goes on from an earlier one: `consistency --proof` checks it."""
    installation = installation_of(config)
    key, log = installation.checkpoints.verifier, installation.store().log
    first, last = (_opened(path, key) for path in (old, new))
    if not first.size <= last.size <= log.size():
        detail = f"{first.size} and {last.size} records, where there are {log.size()}"
        raise GatewayError("archive.proof", where=str(new), detail=detail)
    tree = Tiles(last.size, log.tile)
    proof = ConsistencyProof.make(key.name, first.size, last.size, tree.node)
    with writing(output):
        output.write_bytes(proof.octets)
    console.print(f"proof of {len(proof.path)} hashes in {output}", markup=False, soft_wrap=True)


def _opened(path: Path, key: NoteVerifier) -> Checkpoint:
    try:
        return key.open(path.read_bytes())
    except (OSError, NotANote) as error:
        raise GatewayError("archive.checkpoint", where=str(path), detail=str(error)) from error
