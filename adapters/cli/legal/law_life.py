"""The subjects `rules` and `calendar` of the verbs of a version's life (`adapters.cli.versions.version_life`)."""

from __future__ import annotations

import base64
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from adapters.cli.common.acting_account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.versions.life_subject import LifeSubject, named, write_bundle
from adapters.cli.versions.version_life import bound_verbs
from adapters.cli.versions.version_view import tell_done
from adapters.composition.overview.version_standing import law_standing
from adapters.settings.legal_folder import legal_files
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console
from gateway.record.version_subject import Subject
from gateway.versions.bundle import MAX_BYTES, NAME, unbundled
from gateway.versions.laws import bundle_of, files_of

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A folder with files *.toml, or a bundle that was exported.")
]
NameOption = Annotated[str | None, typer.Option(help=f"Its name: {NAME}; by default that of the subject.")]


def import_rules(
    folder: FolderArgument,
    reason: ReasonOption,
    name: NameOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Store a folder of rules as their next version; exit 1 if `legal rules check` would refuse it.

    It is not in use yet. The same files are stored once.
    """
    _import(Subject.RULES, folder, reason, name, config, as_json)


def import_calendar(
    folder: FolderArgument,
    reason: ReasonOption,
    name: NameOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Store a folder of the calendar as its next version; exit 1 if `legal calendar check` would refuse it.

    It is not in use yet. The same files are stored once.
    """
    _import(Subject.CALENDAR, folder, reason, name, config, as_json)


def _import(subject: Subject, folder: Path, reason: str, name: str | None, config: Path, as_json: bool) -> None:
    octets = base64.b64encode(_bundle(folder)).decode()
    arguments = {"octets": octets, "label": str(folder), "name": named(name or subject.value)}
    tell_done(perform(installation_of(config), f"{subject.area}.import", reason, **arguments), as_json)


def _bundle(folder: Path) -> bytes:
    """Return the bundle of a folder, or in a file. Raises `GatewayError` ``legal.file``, ``profile.bundle``."""
    if not folder.is_file():
        return bundle_of(legal_files(folder))
    with folder.open("rb") as file:
        octets = file.read(2 * MAX_BYTES + 1)
    files_of(octets, str(folder))
    return octets


def _contents(octets: bytes) -> dict[str, Any]:
    return {"files": {name: content.decode(errors="replace") for name, content in unbundled(octets).items()}}


def _show(_facts: Facts, octets: bytes) -> None:
    for name, text in _contents(octets)["files"].items():
        console.print(f"# {name}\n\n{text}", markup=False, soft_wrap=True)


def _life(subject: Subject) -> SimpleNamespace:
    return bound_verbs(
        LifeSubject(
            name=subject.area,
            subjects=(subject,),
            has_sources=False,
            places={subject.value: f"{subject.value} for"},
            in_force=partial(law_standing, subject=subject),
            contents=_contents,
            show=_show,
            write=write_bundle,
            written="out",
            out_help="A folder to make; or a file, its name ending in .zip.",
        )
    )


rules: Final = _life(Subject.RULES)
calendar: Final = _life(Subject.CALENDAR)
