"""The subject `mapping` of the verbs of a version's life."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from adapters.cli.common.acting_account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.versions.life_subject import LifeSubject, SourcesOption, sources_of
from adapters.cli.versions.version_life import bound_verbs
from adapters.cli.versions.version_view import tell_done
from adapters.composition.overview.version_standing import mapping_standing
from adapters.contracts.mapping_files import read_mapping
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console
from gateway.record.version_subject import Subject

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts


def import_mapping(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mapping file (TOML) of rows, or of results.")],
    reason: ReasonOption,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Store a file as the next version of its mapping; exit 1 if the case database lacks columns that it reads or
    writes.

    It must compile. It is not in use yet. The same octets are stored once.
    """
    octets = base64.b64encode(read_mapping(file)).decode()
    installation = installation_of(config)
    names = sources_of(installation, source)
    facts = perform(installation, "mapping.import", reason, octets=octets, label=str(file), sources=names)
    tell_done(facts, as_json)


def _show_mapping(_facts: Facts, octets: bytes) -> None:
    console.print(octets.decode(), markup=False, soft_wrap=True)


life: Final = bound_verbs(
    LifeSubject(
        name="mapping",
        subjects=(Subject.ROWS, Subject.RESULTS),
        has_sources=True,
        places={"sources": "source", "results": "results of"},
        in_force=mapping_standing,
        contents=lambda octets: {"text": octets.decode()},
        show=_show_mapping,
        write=lambda octets, out: out.write_bytes(octets),
        written="file",
        out_help="The file to write.",
    )
)
