"""`mapping list, show, history, import, submit, approve, activate, retire, rollback, export`: the life of a mapping."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
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
)
from adapters.cli.mapping import known_source
from adapters.cli.version_view import (
    Standing,
    opened,
    show_steps,
    show_versions,
    tell_decided,
    tell_done,
    version_facts,
)
from adapters.mapping_files import kind_of, read_mapping
from adapters.storage.sql_store import SqlStore
from adapters.wiring import Installation
from gateway.mapping import acts
from gateway.mapping.compiler import compile_mapping
from gateway.mapping.kinds.catalogue import RESULT_TO_ROW, ROW_TO_NOTICE
from gateway.mapping.mistake import MappingMistaken
from gateway.mapping.subject import Subject
from gateway.mapping.succession import in_force, planned
from gateway.mapping.version import MappingVersion
from gateway.plain_words import words_of

VersionArgument = Annotated[
    str, typer.Argument(metavar="NAME[@N]", help="A version, as `mapping list` shows it; without @N the newest.")
]
SourcesOption = Annotated[
    list[str] | None, typer.Option("--source", help="A source of the configuration; needed where there are several.")
]


def list_versions(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List every version of every mapping, and what is in force for each source now and later."""
    with opened(config) as (installation, store):
        now = installation.clock()
        decided = {name: store.activations(name) for name in installation.settings.sources}
        versions = [each for each in store.mapping_versions() if each.subject is not Subject.PROFILE]
        files = {name: str(installation.mappings.file(name)) for name in decided}
        results = {name: store.activations(name, Subject.RESULTS) for name in installation.settings.sources}
        of_results = {name: installation.mappings.results_file(name) for name in results}
    standing = {
        name: Standing(here=in_force(each, now), planned=planned(each, now), file=files[name])
        for name, each in decided.items()
    }
    told = {
        name: Standing(here=in_force(each, now), planned=planned(each, now), file=str(of_results[name] or ""))
        for name, each in results.items()
        if each or of_results[name] is not None
    }
    if as_json:
        print_json({
            "versions": [version_facts(each) for each in versions],
            "sources": {name: each.facts for name, each in standing.items()},
            "results": {name: each.facts for name, each in told.items()},
        })  # fmt: skip
        return
    by_source = {f"source {name}": each for name, each in standing.items()}
    by_source |= {f"results of {name}": each for name, each in told.items()}
    show_versions(versions, by_source, "no mapping was imported")


def show_version(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show one version: where it stands, and what it says."""
    with opened(config) as (_, store):
        found = _found(store, version)
    if as_json:
        print_json(version_facts(found) | {"text": found.octets.decode()})
        return
    console.print(f"{found.label}, {found.state}, {found.digest}\n", markup=False, soft_wrap=True)
    console.print(found.octets.decode(), markup=False, soft_wrap=True)


def show_history(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what happened to a version: when, by which account, and why."""
    with opened(config) as (_, store):
        found = _found(store, version)
        steps = store.mapping_history(found.name, found.number)
    show_steps(found, steps, as_json)


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mapping file (TOML) of rows, or of results.")],
    reason: ReasonOption,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep a file as the next version of its mapping; exit 1 if the case database has not the columns that it reads, or
    writes.

    It must compile. Nothing is made by it yet. The same octets are kept once.
    """
    octets = read_mapping(file)
    subject = Subject.RESULTS if kind_of(octets) == RESULT_TO_ROW.name else Subject.ROWS
    kind = RESULT_TO_ROW if subject is Subject.RESULTS else ROW_TO_NOTICE
    program = compile_mapping(octets, str(file), kind=kind.name)
    with opened(config) as (installation, store):
        mistaken: MappingMistaken | None = None
        checked = ""
        try:
            checked = _checked(installation, _sources(installation, source), octets, str(file), subject)
        except MappingMistaken as found:
            mistaken = found
        deed = act("mapping.import", reason, installation.clock)
        origin = installation.settings.gateway.name
        done = acts.import_version(store, octets, program.name, checked, deed, origin, subject)
    tell_done(done, as_json, mistaken)
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
    with opened(config) as (installation, store):
        found = _found(store, version)
        checked = _checked(installation, _sources(installation, source), found.octets, found.label, found.subject)
        deed = act("mapping.submit", reason, installation.clock)
        done = acts.submit(store, found, checked, deed, installation.settings.gateway.name)
    tell_done(done, as_json)


def approve(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Approve a version that another account submitted."""
    with opened(config) as (installation, store):
        deed = act("mapping.approve", reason, installation.clock)
        done = acts.approve(store, _found(store, version), deed, installation.settings.gateway.name)
    tell_done(done, as_json)


def activate(
    version: VersionArgument,
    reason: ReasonOption,
    begins: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="A day (1404-11-14, 2026-02-03) or a time; by default now."),
    ] = None,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put an approved version in force from a date on. Services take it over between two batches, without a reload."""
    with opened(config) as (installation, store):
        found, names = _found(store, version), _sources(installation, source)
        _checked(installation, names, found.octets, found.label, found.subject)
        deed = act("mapping.activate", reason, installation.clock)
        begins_at = point_in_time(begins, "--from") if begins else deed.at
        decided = acts.activate(store, found, names, begins_at, deed, installation.settings.gateway.name)
    tell_decided(decided, as_json)


def roll_back(
    reason: ReasonOption,
    source: SourcesOption = None,
    results: Annotated[bool, typer.Option("--results", help="Of the mapping of results, not of rows.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put in force again, at once, what was so before; what was planned is dropped. Notices that were made stay."""
    with opened(config) as (installation, store):
        names = _sources(installation, source)
        if len(names) > 1:
            raise typer.BadParameter("one source at a time", param_hint="--source")
        deed = act("mapping.rollback", reason, installation.clock)
        subject = Subject.RESULTS if results else Subject.ROWS
        named = partial(installation.mappings.named, names[0], subject)
        decided = acts.roll_back(store, names[0], deed, installation.settings.gateway.name, subject, named)
    tell_decided(decided, as_json)


def retire(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """End a version for good: a draft that nobody wants, or one that is in force nowhere any more."""
    with opened(config) as (installation, store):
        deed = act("mapping.retire", reason, installation.clock)
        found, names = _found(store, version), list(installation.settings.sources)
        done = acts.retire(store, found, names, deed, installation.settings.gateway.name)
    tell_done(done, as_json)


def export(
    version: VersionArgument,
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write a version's exact octets into a file, for version control."""
    with opened(config) as (_, store):
        found = _found(store, version)
    try:
        out.write_bytes(found.octets)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {words_of(error)}", param_hint="--out") from error
    if as_json:
        print_json(version_facts(found) | {"file": str(out)})
    else:
        console.print(f"{found.label} → {out}, {found.digest}", markup=False, soft_wrap=True)


def _sources(installation: Installation, named: Sequence[str] | None) -> list[str]:
    """The sources that are meant: those that are named, or the only one."""
    if not named:
        return [known_source(installation, None)]
    return list(dict.fromkeys(known_source(installation, name) for name in named))


def _found(store: SqlStore, label: str) -> MappingVersion:
    """Return a version of a mapping, of rows or of results: a name is of one of the two."""
    versions = store.mapping_versions(label.partition("@")[0])
    of_results = any(each.subject is Subject.RESULTS for each in versions)
    return acts.find(store, label, Subject.RESULTS if of_results else Subject.ROWS)


def _checked(installation: Installation, sources: Sequence[str], octets: bytes, label: str, subject: Subject) -> str:
    """Look for a mapping's columns in the sources; return what is to be recorded. Raises `MappingMistaken`."""
    for name in sources:
        if subject is Subject.RESULTS:
            installation.mappings.assert_results(name, octets, label)
        else:
            installation.mappings.assert_mappable(name, octets, label)
    return f"columns of {', '.join(sources)}"
