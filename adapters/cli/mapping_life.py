"""`mapping list, show, history, import, submit, approve, activate, retire, rollback, export`: the life of a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.account import ReasonOption, account, act
from adapters.cli.console import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    moment,
    point_in_time,
    print_json,
    table,
)
from adapters.cli.mapping import known_source, tell_mistakes
from adapters.mapping_files import case_program, read_mapping
from adapters.storage.sql_store import SqlStore
from adapters.wiring import Installation
from gateway.act import NOT_AUTHENTICATED
from gateway.clock import timestamp
from gateway.mapping import acts
from gateway.mapping.mistake import MappingMistaken
from gateway.mapping.succession import in_force, planned
from gateway.mapping.version import Activation, MappingStep, MappingVersion

VersionArgument = Annotated[
    str, typer.Argument(metavar="NAME[@N]", help="A version, as `mapping list` shows it; without @N the newest.")
]
SourcesOption = Annotated[
    list[str] | None, typer.Option("--source", help="A source of the configuration; needed where there are several.")
]


def list_versions(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List every version of every mapping, and what is in force for each source now and later."""
    with _opened(config) as (installation, store):
        now = installation.clock()
        decided = {name: store.activations(name) for name in installation.settings.sources}
        versions = store.mapping_versions()
        files = {name: installation.mappings.file(name) for name in decided}
    standing = {name: _standing(each, now) for name, each in decided.items()}
    if as_json:
        print_json({
            "versions": [_version(each) for each in versions],
            "sources": {
                name: {
                    "in_force": _activation(here) if here else None,
                    "file": None if here else str(files[name]),
                    "planned": [_activation(each) for each in later],
                }
                for name, (here, later) in standing.items()
            },
        })  # fmt: skip
        return
    rows = table("", "version", "state", "imported", "digest", "in force for")
    for version in versions:
        where = [name for name, (here, _) in standing.items() if here and here.label == version.label]
        rows.add_row(
            version.label,
            version.state,
            moment(version.imported_at),
            _short(version.digest),
            ", ".join(where) or "–",
        )
    console.print(rows if versions else "no mapping was imported")
    console.print()
    for name, (here, later) in standing.items():
        told = f"{here.label} since {moment(here.begins_at)}" if here else f"{files[name]} (of the configuration)"
        console.print(f"source {name}: {told}", markup=False, soft_wrap=True)
        for each in later:
            console.print(f"  {each.label} from {moment(each.begins_at)}", markup=False, soft_wrap=True)


def show_version(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show one version: where it stands, and what it says."""
    with _opened(config) as (_, store):
        found = acts.find(store, version)
    if as_json:
        print_json(_version(found) | {"text": found.octets.decode()})
        return
    console.print(f"{found.label}, {found.state}, {found.digest}\n", markup=False, soft_wrap=True)
    console.print(found.octets.decode(), markup=False, soft_wrap=True)


def show_history(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what happened to a version: when, by which account, and why."""
    with _opened(config) as (_, store):
        found = acts.find(store, version)
        steps = store.mapping_history(found.name, found.number)
    if as_json:
        print_json({"version": found.label, "digest": found.digest, "steps": [_step(step) for step in steps]})
        return
    rows = table(f"{found.label}, {found.state}", "at", "event", "state", "account", "reason", "")
    for step in steps:
        rows.add_row(moment(step.at), step.event, step.after.state, step.account, step.reason, step.detail)
    console.print(rows)
    console.print(f"accounts are those of the operating system, {NOT_AUTHENTICATED}", markup=False)


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mapping file (TOML) of rows.")],
    reason: ReasonOption,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep a file as the next version of its mapping; exit 1 if the case database has not the columns that it reads.

    It must compile. Nothing is made by it yet. The same octets are kept once.
    """
    program, octets = case_program(file), read_mapping(file)
    with _opened(config) as (installation, store):
        mistaken: MappingMistaken | None = None
        checked = ""
        try:
            checked = _checked(installation, _sources(installation, source), octets, str(file))
        except MappingMistaken as found:
            mistaken = found
        deed = act("mapping.import", reason, installation.clock)
        done = acts.import_version(store, octets, program.name, checked, deed, installation.settings.gateway.name)
    _tell_done(done, as_json, mistaken)
    if mistaken is not None:
        raise typer.Exit(FINDING)


def submit(
    version: VersionArgument,
    reason: ReasonOption,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ask another person to approve a version; its columns are looked for once more."""
    with _opened(config) as (installation, store):
        found = acts.find(store, version)
        checked = _checked(installation, _sources(installation, source), found.octets, found.label)
        deed = act("mapping.submit", reason, installation.clock)
        done = acts.submit(store, found, checked, deed, installation.settings.gateway.name)
    _tell_done(done, as_json)


def approve(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Approve a version that another account submitted."""
    with _opened(config) as (installation, store):
        deed = act("mapping.approve", reason, installation.clock)
        done = acts.approve(store, acts.find(store, version), deed, installation.settings.gateway.name)
    _tell_done(done, as_json)


def activate(
    version: VersionArgument,
    reason: ReasonOption,
    begins: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="A day (2026-02-03) or a time, UTC; by default now.")
    ] = None,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put an approved version in force from a date on. Services take it over between two batches, without a reload."""
    with _opened(config) as (installation, store):
        found, names = acts.find(store, version), _sources(installation, source)
        _checked(installation, names, found.octets, found.label)
        deed = act("mapping.activate", reason, installation.clock)
        begins_at = point_in_time(begins, "--from") if begins else deed.at
        decided = acts.activate(store, found, names, begins_at, deed, installation.settings.gateway.name)
    _tell_decided(decided, as_json)


def roll_back(
    reason: ReasonOption,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put in force again, at once, what was so before; what was planned is dropped. Notices that were made stay."""
    with _opened(config) as (installation, store):
        names = _sources(installation, source)
        if len(names) > 1:
            raise typer.BadParameter("one source at a time", param_hint="--source")
        deed = act("mapping.rollback", reason, installation.clock)
        decided = acts.roll_back(store, names[0], deed, installation.settings.gateway.name)
    _tell_decided(decided, as_json)


def retire(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """End a version for good: a draft that nobody wants, or one that is in force nowhere any more."""
    with _opened(config) as (installation, store):
        deed = act("mapping.retire", reason, installation.clock)
        found, names = acts.find(store, version), list(installation.settings.sources)
        done = acts.retire(store, found, names, deed, installation.settings.gateway.name)
    _tell_done(done, as_json)


def export(
    version: VersionArgument,
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write a version's exact octets into a file, for version control."""
    with _opened(config) as (_, store):
        found = acts.find(store, version)
    try:
        out.write_bytes(found.octets)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {type(error).__name__}", param_hint="--out") from error
    if as_json:
        print_json(_version(found) | {"file": str(out)})
    else:
        console.print(f"{found.label} → {out}, {found.digest}", markup=False, soft_wrap=True)


@contextmanager
def _opened(config: Path) -> Iterator[tuple[Installation, SqlStore]]:
    installation = Installation.of(config)
    try:
        yield installation, installation.store()
    finally:
        installation.close()


def _sources(installation: Installation, named: Sequence[str] | None) -> list[str]:
    """The sources that are meant: those that are named, or the only one."""
    if not named:
        return [known_source(installation, None)]
    return list(dict.fromkeys(known_source(installation, name) for name in named))


def _checked(installation: Installation, sources: Sequence[str], octets: bytes, label: str) -> str:
    """Look for a mapping's columns in the sources; return what is to be recorded. Raises `MappingMistaken`."""
    for name in sources:
        installation.mappings.assert_mappable(name, octets, label)
    return f"columns of {', '.join(sources)}"


def _standing(decided: Sequence[Activation], now: datetime) -> tuple[Activation | None, list[Activation]]:
    return in_force(decided, now), planned(decided, now)


def _tell_done(done: acts.Done, as_json: bool, mistaken: MappingMistaken | None = None) -> None:
    version = done.version
    if as_json:
        who = {"account": account(), "authentication": NOT_AUTHENTICATED}
        mistakes = [each.code for each in mistaken.mistakes] if mistaken else []
        print_json(_version(version) | {"changed": done.changed, "mistakes": mistakes, **who})
        return
    if mistaken is not None:
        tell_mistakes(mistaken)
    already = "" if done.changed else " already"
    by = f", by {account()} ({NOT_AUTHENTICATED})" if done.changed else ""
    console.print(f"{version.label} is {version.state}{already}{by}", markup=False, soft_wrap=True)


def _tell_decided(decided: acts.Decided, as_json: bool) -> None:
    if as_json:
        print_json({
            "activated": [_activation(each) for each in decided.activations],
            "dropped": [_activation(each) for each in decided.dropped],
            "account": account(),
            "authentication": NOT_AUTHENTICATED,
        })  # fmt: skip
        return
    for each in decided.activations:
        back = ", as before" if each.restores else ""
        console.print(
            f"{each.label} is in force for {each.source} from {moment(each.begins_at)}{back}",
            markup=False,
            soft_wrap=True,
        )
    for each in decided.dropped:
        console.print(
            f"{each.label} was planned for {each.source} from {moment(each.begins_at)}, and is dropped",
            markup=False,
            soft_wrap=True,
        )
    console.print(f"decided by {account()} ({NOT_AUTHENTICATED})", markup=False)


def _short(digest: str) -> str:
    return f"{digest[:19]}…"


def _version(version: MappingVersion) -> dict[str, Any]:
    return {
        "version": version.label,
        "state": version.state,
        "digest": version.digest,
        "imported_at": timestamp(version.imported_at),
    }


def _activation(decision: Activation) -> dict[str, Any]:
    return {
        "source": decision.source,
        "version": decision.label,
        "digest": decision.digest,
        "from": timestamp(decision.begins_at),
        "decided_at": timestamp(decision.decided_at),
        "restores": decision.restores,
    }


def _step(step: MappingStep) -> dict[str, Any]:
    return {
        "at": timestamp(step.at),
        "event": step.event,
        "state": step.after.state,
        "account": step.account,
        "reason": step.reason,
        "detail": step.detail,
        "evidence": step.evidence_id,
    }
