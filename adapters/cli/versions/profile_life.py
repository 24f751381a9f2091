"""The subject `profile` of the verbs of a version's life."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from adapters.cli.common.acting_account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.versions.life_subject import LifeSubject, named, write_bundle
from adapters.cli.versions.version_life import bound_verbs
from adapters.cli.versions.version_view import tell_done
from adapters.composition.overview.version_standing import profile_standing
from adapters.settings import read_folder
from adapters.settings.profile import shipped
from adapters.shipped.resources import PROFILES as SHIPPED
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, table
from gateway.record.version_subject import Subject
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.versions.bundle import MAX_BYTES, bundled, unbundled

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts


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


life: Final = bound_verbs(
    LifeSubject(
        name="profile",
        subjects=(Subject.PROFILE,),
        has_sources=False,
        places={"judiciary": "judiciary"},
        in_force=profile_standing,
        contents=_profile_contents,
        show=_show_profile,
        write=write_bundle,
        written="out",
        out_help="A folder to make; or a file, its name ending in .zip.",
    )
)
