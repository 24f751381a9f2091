"""The subjects that have versions: a row of a table for each. Rules and calendar: `adapters.cli.legal.law_life`."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from adapters.acts.act_message import Facts
from adapters.acts.versions import PROFILE_NAME
from adapters.cli.common.acting_account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.versions.mapping import known_source
from adapters.cli.versions.version_view import tell_done
from adapters.composition.overview.version_standing import Standing, mapping_standing, profile_standing
from adapters.contracts.mapping_files import read_mapping
from adapters.settings import read_folder, write_files
from adapters.settings.profile import shipped
from adapters.shipped.resources import PROFILES as SHIPPED
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, table
from gateway.record.version_subject import Subject
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.versions.bundle import MAX_BYTES, bundled, unbundled

if TYPE_CHECKING:
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
    exports octets to a path, which ``--json`` calls ``written``. ``texts`` are helps by verb. ``names`` are the verbs
    that have another name here.
    """

    name: str
    subjects: tuple[Subject, ...]
    has_sources: bool
    places: Mapping[str, str]
    in_force: Callable[[Installation], Standing]
    import_version: Callable[..., None]
    contents: Callable[[bytes], dict[str, Any]]
    show: Callable[[Facts, bytes], None]
    write: Callable[[bytes, Path], object]
    written: str
    out_help: str
    texts: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)

    def where(self, installation: Installation, named: Sequence[str] | None) -> dict[str, list[str]]:
        """Return the argument of an act that names its sources, if it has one."""
        return {"sources": sources_of(installation, named)} if self.has_sources else {}


def sources_of(installation: Installation, named: Sequence[str] | None) -> list[str]:
    """Return the named sources, or the only one."""
    wanted: Sequence[str | None] = named or [None]
    return list(dict.fromkeys(known_source(installation, name) for name in wanted))


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


def import_profile(
    profile: Annotated[
        str, typer.Argument(metavar="PROFILE", help="A folder, a bundle that was exported, or a shipped profile.")
    ],
    reason: ReasonOption,
    name: Annotated[str | None, typer.Option(help="Its name; by default the folder's.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Store a profile's files as its next version; exit 1 if they do not bind its contract.

    Its profile.toml must be supported. It is not in use yet. The same files are stored once.
    """
    octets, usual = _read_profile(profile)
    given, encoded = named(name or usual), base64.b64encode(octets).decode()
    facts = perform(installation_of(config), "profile.import", reason, octets=encoded, label=profile, name=given)
    tell_done(facts, as_json)


def _read_profile(profile: str) -> tuple[bytes, str]:
    """Return the bundle of a folder, a file or a shipped profile, and its usual name."""
    path = Path(profile)
    if path.is_dir():
        return bundled(read_folder(path)), path.resolve().name
    if path.is_file():
        with path.open("rb") as file:
            octets = file.read(2 * MAX_BYTES + 1)
        unbundled(octets)
        return octets, path.stem.partition("@")[0]
    if profile in shipped():
        return bundled(read_folder(SHIPPED / profile)), profile
    raise GatewayError("profile.unknown", where=profile, detail=f"shipped: {', '.join(shipped())}")


def named(name: str) -> str:
    if not re.fullmatch(PROFILE_NAME, name):
        raise typer.BadParameter(f"{name}: small letters, digits, - and . are wanted", param_hint="--name")
    return name


def _show_mapping(_facts: Facts, octets: bytes) -> None:
    console.print(octets.decode(), markup=False, soft_wrap=True)


def _profile_contents(octets: bytes) -> dict[str, Any]:
    files = unbundled(octets)
    text = files.get("profile.toml", b"").decode(errors="replace")
    return {"files": {name: len(files[name]) for name in files}, "text": text}


def _show_profile(facts: Facts, octets: bytes) -> None:
    contents = _profile_contents(octets)
    rows = table("", "file", ">octets")
    for name, size in contents["files"].items():
        rows.add_row(name, f"{size:,}")
    console.print(rows)
    console.print(f"\n{contents['text']}", markup=False, soft_wrap=True)
    for code in facts["losses"]:
        console.print(f"{code}: {CATALOGUE[code].en}\n  {CATALOGUE[code].fa}", markup=False, soft_wrap=True)


def write_bundle(octets: bytes, out: Path) -> None:
    if out.suffix == ".zip":
        out.write_bytes(octets)
    else:
        write_files(unbundled(octets), out)


MAPPING: Final = LifeSubject(
    name="mapping",
    subjects=(Subject.ROWS, Subject.RESULTS),
    has_sources=True,
    places={"sources": "source", "results": "results of"},
    in_force=mapping_standing,
    import_version=import_mapping,
    contents=lambda octets: {"text": octets.decode()},
    show=_show_mapping,
    write=lambda octets, out: out.write_bytes(octets),
    written="file",
    out_help="The file to write.",
    texts={
        "list": "List every version of every mapping, and what is in force for each source now and later.",
        "show": "Show one version: its state and its contents.",
        "submit": "Ask another person to approve a version; its columns are looked for once more.",
        "rollback": "Put the version before in force again, at once; planned ones are dropped. "
        "Earlier notices stay unchanged.",
        "retire": "End a version for good: an unwanted draft, or one that is in force nowhere any more.",
        "export": "Write a version's exact octets into a file, for version control.",
    },
)

PROFILE: Final = LifeSubject(
    name="profile",
    subjects=(Subject.PROFILE,),
    has_sources=False,
    places={"judiciary": "judiciary"},
    in_force=profile_standing,
    import_version=import_profile,
    contents=_profile_contents,
    show=_show_profile,
    write=write_bundle,
    written="out",
    out_help="A folder to make; or a file, its name ending in .zip.",
    texts={
        "list": "List every version of every profile, and what is in force for the judiciary now and later.",
        "show": "Show one version: its state, its files, its profile.toml, and the guarantees that it gives up.",
        "submit": "Ask another person to approve a version; its contract is bound once more.",
        "rollback": "Put the version before in force again, at once; planned ones are dropped. "
        "Earlier messages stay unchanged.",
        "retire": "End a version for good: an unwanted draft, or one of whose format no receipts are expected "
        "any more.",
        "export": "Write a version's files into a new folder, or its exact octets into a file, for version control.",
    },
)
