"""The subject of the verbs of a version's life. Each one stands in a module of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.common.known_source import known_source
from adapters.composition.overview.version_standing import Standing
from adapters.settings import write_files
from gateway.record.version_subject import Subject
from gateway.versions.bundle import NAME, unbundled

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts
    from adapters.composition.installation import Installation

SourcesOption = Annotated[
    list[str] | None, typer.Option("--source", help="A source of the configuration; needed where there are several.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeSubject:
    """Subject that has versions.

    ``name`` is that of its group of verbs, and of its acts. ``subjects`` are its kinds, the usual one first.
    ``has_sources`` is true if a version is in force for sources, not for the judiciary. ``places`` has a word for
    people by the group of ``in_force``. ``contents`` are a version's for ``--json``, ``show`` prints them. ``write``
    exports octets to a path, which ``--json`` calls ``written``.
    """

    name: str
    subjects: tuple[Subject, ...]
    has_sources: bool
    places: Mapping[str, str]
    in_force: Callable[[Installation], Standing]
    contents: Callable[[bytes], dict[str, Any]]
    show: Callable[[Facts, bytes], None]
    write: Callable[[bytes, Path], object]
    written: str
    out_help: str

    def where(self, installation: Installation, named: Sequence[str] | None) -> dict[str, list[str]]:
        """Return the argument of an act that names its sources, if it has one."""
        return {"sources": sources_of(installation, named)} if self.has_sources else {}


def sources_of(installation: Installation, named: Sequence[str] | None) -> list[str]:
    """Return the named sources, or the only one."""
    wanted: Sequence[str | None] = named or [None]
    return list(dict.fromkeys(known_source(installation, name) for name in wanted))


def named(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise typer.BadParameter(f"{name}: small letters, digits, - and . are wanted", param_hint="--name")
    return name


def write_bundle(octets: bytes, out: Path) -> None:
    if out.suffix == ".zip":
        out.write_bytes(octets)
    else:
        write_files(unbundled(octets), out)
