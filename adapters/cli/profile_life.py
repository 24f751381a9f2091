"""`profile …`: the life of a judiciary profile, from a folder to what every message is made and read by."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.account import ReasonOption, act
from adapters.cli.console import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    point_in_time,
    print_json,
    table,
)
from adapters.cli.version_view import (
    Standing,
    opened,
    show_steps,
    show_versions,
    tell_decided,
    tell_done,
    version_facts,
)
from adapters.resources import PROFILES
from adapters.settings import read_folder, write_files
from adapters.settings.profile import shipped
from adapters.storage.sql_store import SqlStore
from gateway.errors import CATALOGUE, GatewayError
from gateway.mapping import acts
from gateway.mapping.bundle import MAX_BYTES, bundled, unbundled
from gateway.mapping.subject import Subject
from gateway.mapping.succession import in_force, planned
from gateway.mapping.version import MappingVersion
from gateway.plain_words import words_of

app = typer.Typer(help="Judiciary profiles: how the judiciary's service is spoken.", no_args_is_help=True)

VersionArgument = Annotated[
    str, typer.Argument(metavar="NAME[@N]", help="A version, as `profile list` shows it; without @N the newest.")
]
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


@app.callback()
def _group() -> None:
    """Judiciary profiles: how the judiciary's service is spoken.

    Until a version is activated, the profile that the configuration names is spoken. From then on its folder changes
    nothing: what was imported, submitted, approved by another account and activated is.
    """


@app.command("list")
def list_versions(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List every version of every profile, and what is in force for the judiciary now and later."""
    with opened(config) as (installation, store):
        now, judiciary = installation.clock(), installation.settings.judiciary
        decided = store.activations(judiciary.destination, Subject.PROFILE)
        versions = [each for each in store.mapping_versions() if each.subject is Subject.PROFILE]
    standing = Standing(here=in_force(decided, now), planned=planned(decided, now), file=judiciary.profile)
    if as_json:
        told = [version_facts(each) for each in versions]
        print_json({"versions": told, "judiciary": {judiciary.destination: standing.facts}})
        return
    show_versions(versions, {f"judiciary {judiciary.destination}": standing}, "no profile was imported")


@app.command("show")
def show_version(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show one version: where it stands, which files it has, its profile.toml, and what is lost or not protected."""
    with opened(config) as (installation, store):
        found = _found(store, version)
        lost = installation.profiles.losses(found.octets, found.label)
    files = unbundled(found.octets)
    text = files.get("profile.toml", b"").decode(errors="replace")
    if as_json:
        print_json(
            version_facts(found) | {"files": {name: len(files[name]) for name in files}, "text": text, "losses": lost}
        )
        return
    console.print(f"{found.label}, {found.state}, {found.digest}\n", markup=False, soft_wrap=True)
    rows = table("", "file", ">octets")
    for name, octets in files.items():
        rows.add_row(name, f"{len(octets):,}")
    console.print(rows)
    console.print(f"\n{text}", markup=False, soft_wrap=True)
    for code in lost:
        console.print(f"{code}: {CATALOGUE[code].en}\n  {CATALOGUE[code].fa}", markup=False, soft_wrap=True)


@app.command("history")
def show_history(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what happened to a version: when, by which account, and why."""
    with opened(config) as (_, store):
        found = _found(store, version)
        steps = store.mapping_history(found.name, found.number)
    show_steps(found, steps, as_json)


@app.command("import")
def import_folder(
    profile: Annotated[
        str, typer.Argument(metavar="PROFILE", help="A folder, a bundle that was exported, or a shipped profile.")
    ],
    reason: ReasonOption,
    name: Annotated[str | None, typer.Option(help="Its name; by default the folder's.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep a profile's files as its next version; exit 1 if they do not bind its contract.

    Its profile.toml must be served. Nothing is said by it yet. The same files are kept once.
    """
    octets, usual = _read(profile)
    named = _named(name or usual)
    with opened(config) as (installation, store):
        installation.profiles.assert_readable(octets, profile)
        wrong: GatewayError | None = None
        checked = ""
        try:
            checked = installation.profiles.assert_speakable(octets, profile)
        except GatewayError as found:
            wrong = found
        deed = act("profile.import", reason, installation.clock)
        origin = installation.settings.gateway.name
        done = acts.import_version(store, octets, named, checked, deed, origin, Subject.PROFILE)
    tell_done(done, as_json, wrong)
    if wrong is not None:
        raise typer.Exit(FINDING)


@app.command("submit")
def submit(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ask another person to approve a version; its contract is bound once more."""
    with opened(config) as (installation, store):
        found = _found(store, version)
        checked = installation.profiles.assert_speakable(found.octets, found.label)
        deed = act("profile.submit", reason, installation.clock)
        done = acts.submit(store, found, checked, deed, installation.settings.gateway.name)
    tell_done(done, as_json)


@app.command("approve")
def approve(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Approve a version that another account submitted."""
    with opened(config) as (installation, store):
        deed = act("profile.approve", reason, installation.clock)
        done = acts.approve(store, _found(store, version), deed, installation.settings.gateway.name)
    tell_done(done, as_json)


@app.command("activate")
def activate(
    version: VersionArgument,
    reason: ReasonOption,
    begins: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="A day (1404-11-14, 2026-02-03) or a time; by default now."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put an approved version in force from a date on. Services take it over between two batches, without a reload."""
    with opened(config) as (installation, store):
        found = _found(store, version)
        installation.profiles.assert_speakable(found.octets, found.label)
        deed = act("profile.activate", reason, installation.clock)
        begins_at = point_in_time(begins, "--from") if begins else deed.at
        here, origin = [installation.settings.judiciary.destination], installation.settings.gateway.name
        decided = acts.activate(store, found, here, begins_at, deed, origin)
    tell_decided(decided, as_json)


@app.command("rollback")
def roll_back(reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Put in force again, at once, what was so before; what was planned is dropped. What was sent stays as it is."""
    with opened(config) as (installation, store):
        deed = act("profile.rollback", reason, installation.clock)
        here, origin = installation.settings.judiciary.destination, installation.settings.gateway.name
        decided = acts.roll_back(store, here, deed, origin, Subject.PROFILE)
    tell_decided(decided, as_json)


@app.command("retire")
def retire(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """End a version for good: nobody wants the draft, or receipts of its format come no more."""
    with opened(config) as (installation, store):
        deed = act("profile.retire", reason, installation.clock)
        here, origin = [installation.settings.judiciary.destination], installation.settings.gateway.name
        done = acts.retire(store, _found(store, version), here, deed, origin)
    tell_done(done, as_json)


@app.command("export")
def export(
    version: VersionArgument,
    out: Annotated[Path, typer.Option("-o", "--out", help="A folder to make; or a file, its name ending in .zip.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write a version's files into a new folder, or its exact octets into a file, for version control."""
    with opened(config) as (_, store):
        found = _found(store, version)
    try:
        if out.suffix == ".zip":
            out.write_bytes(found.octets)
        else:
            write_files(unbundled(found.octets), out)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {words_of(error)}", param_hint="--out") from error
    if as_json:
        print_json(version_facts(found) | {"out": str(out)})
    else:
        console.print(f"{found.label} → {out}, {found.digest}", markup=False, soft_wrap=True)


def _found(store: SqlStore, version: str) -> MappingVersion:
    return acts.find(store, version, Subject.PROFILE)


def _read(profile: str) -> tuple[bytes, str]:
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
        return bundled(read_folder(PROFILES / profile)), profile
    raise GatewayError("profile.unknown", where=profile, detail=f"shipped: {', '.join(shipped())}")


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise typer.BadParameter(f"{name}: small letters, digits, - and . are wanted", param_hint="--name")
    return name
