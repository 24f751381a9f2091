"""The verbs `profile`: the life of a judiciary profile, from a folder to the making and reading of messages."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Annotated

import typer

from adapters.acts.versions import PROFILE_NAME, version_facts
from adapters.cli.common.account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.versions.version_view import (
    VersionInForce,
    opened,
    show_steps,
    show_versions,
    shown,
    tell_decided,
    tell_done,
)
from adapters.console.console import DEFAULT_CONFIG, ConfigOption, JsonOption, console, point_in_time, print_json, table
from adapters.settings import read_folder, write_files
from adapters.settings.profile import shipped
from adapters.shipped.resources import PROFILES
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.plain_words import words_of
from gateway.store.version_subject import Subject
from gateway.versions.bundle import MAX_BYTES, bundled, unbundled
from gateway.versions.succession import in_force, planned

app = typer.Typer(help="Judiciary profiles: how the judiciary's service is spoken.", no_args_is_help=True)

VersionArgument = Annotated[
    str, typer.Argument(metavar="NAME[@N]", help="A version, as `profile list` shows it; without @N the newest.")
]


@app.callback()
def _group() -> None:
    """Judiciary profiles: the protocol of the judiciary's service.

    Until a version is activated, the configured profile is in force. From then on its folder changes nothing: the
    version that was imported, submitted, approved by another account and activated is in force.
    """


@app.command("list")
def list_versions(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List every version of every profile, and what is in force for the judiciary now and later."""
    with opened(config) as (installation, store):
        now, judiciary = installation.clock(), installation.settings.judiciary
        decided = store.versions.activations(judiciary.destination, Subject.PROFILE)
        versions = [each for each in store.versions.find() if each.subject is Subject.PROFILE]
    standing = VersionInForce(here=in_force(decided, now), planned=planned(decided, now), file=judiciary.profile)
    if as_json:
        told = [version_facts(each) for each in versions]
        print_json({"versions": told, "judiciary": {judiciary.destination: standing.facts}})
        return
    show_versions(versions, {f"judiciary {judiciary.destination}": standing}, "no profile was imported")


@app.command("show")
def show_version(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show one version: its state, its files, its profile.toml, and the guarantees that it gives up."""
    facts, octets = shown(config, "profile.show", version)
    files = unbundled(octets)
    text = files.get("profile.toml", b"").decode(errors="replace")
    if as_json:
        del facts["steps"]
        print_json(facts | {"files": {name: len(files[name]) for name in files}, "text": text})
        return
    console.print(f"{facts['version']}, {facts['state']}, {facts['digest']}\n", markup=False, soft_wrap=True)
    rows = table("", "file", ">octets")
    for name, content in files.items():
        rows.add_row(name, f"{len(content):,}")
    console.print(rows)
    console.print(f"\n{text}", markup=False, soft_wrap=True)
    for code in facts["losses"]:
        console.print(f"{code}: {CATALOGUE[code].en}\n  {CATALOGUE[code].fa}", markup=False, soft_wrap=True)


@app.command("history")
def show_history(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the history of a version: times, accounts and reasons."""
    facts, _ = shown(config, "profile.show", version)
    show_steps(facts, as_json)


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
    """Store a profile's files as its next version; exit 1 if they do not bind its contract.

    Its profile.toml must be supported. It is not in use yet. The same files are stored once.
    """
    octets, usual = _read(profile)
    named, encoded = _named(name or usual), base64.b64encode(octets).decode()
    facts = perform(installation_of(config), "profile.import", reason, octets=encoded, label=profile, name=named)
    tell_done(facts, as_json)


@app.command("submit")
def submit(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ask another person to approve a version; its contract is bound once more."""
    facts = perform(installation_of(config), "profile.submit", reason, version=version)
    tell_done(facts, as_json)


@app.command("approve")
def approve(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Approve a version that another account submitted."""
    facts = perform(installation_of(config), "profile.approve", reason, version=version)
    tell_done(facts, as_json)


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
    begins_at = timestamp(point_in_time(begins, "--from")) if begins else None
    facts = perform(installation_of(config), "profile.activate", reason, version=version, begins=begins_at)
    tell_decided(facts, as_json)


@app.command("rollback")
def roll_back(reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Put the version before in force again, at once; planned ones are dropped. Earlier messages stay unchanged."""
    facts = perform(installation_of(config), "profile.rollback", reason, subject=Subject.PROFILE.value)
    tell_decided(facts, as_json)


@app.command("retire")
def retire(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """End a version for good: an unwanted draft, or one of whose format no receipts are expected any more."""
    facts = perform(installation_of(config), "profile.retire", reason, version=version)
    tell_done(facts, as_json)


@app.command("export")
def export(
    version: VersionArgument,
    out: Annotated[Path, typer.Option("-o", "--out", help="A folder to make; or a file, its name ending in .zip.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write a version's files into a new folder, or its exact octets into a file, for version control."""
    facts, octets = shown(config, "profile.show", version)
    try:
        if out.suffix == ".zip":
            out.write_bytes(octets)
        else:
            write_files(unbundled(octets), out)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {words_of(error)}", param_hint="--out") from error
    if as_json:
        del facts["steps"], facts["losses"]
        print_json(facts | {"out": str(out)})
    else:
        console.print(f"{facts['version']} → {out}, {facts['digest']}", markup=False, soft_wrap=True)


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
    if not re.fullmatch(PROFILE_NAME, name):
        raise typer.BadParameter(f"{name}: small letters, digits, - and . are wanted", param_hint="--name")
    return name
