"""The verbs of a mapping's life: `mapping list, show, history, import, submit, approve, activate, retire, rollback,
export`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from adapters.acts.versions import version_facts
from adapters.cli.common.account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.versions.mapping import known_source
from adapters.cli.versions.version_view import (
    VersionInForce,
    opened,
    show_steps,
    show_versions,
    shown,
    tell_decided,
    tell_done,
)
from adapters.composition.installation import Installation
from adapters.composition.mappings import case_file, results_file
from adapters.console.console import DEFAULT_CONFIG, ConfigOption, JsonOption, console, point_in_time, print_json
from adapters.contracts.mapping_files import read_mapping
from gateway.runtime.clock import timestamp
from gateway.runtime.plain_words import words_of
from gateway.store.version_subject import Subject
from gateway.versions.succession import in_force, planned

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
        decided = {name: store.versions.activations(name) for name in installation.settings.sources}
        versions = [each for each in store.versions.find() if each.subject is not Subject.PROFILE]
        files = {name: str(case_file(installation, name)) for name in decided}
        results = {name: store.versions.activations(name, Subject.RESULTS) for name in installation.settings.sources}
        of_results = {name: results_file(installation, name) for name in results}
    standing = {
        name: VersionInForce(here=in_force(each, now), planned=planned(each, now), file=files[name])
        for name, each in decided.items()
    }
    told = {
        name: VersionInForce(here=in_force(each, now), planned=planned(each, now), file=str(of_results[name] or ""))
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
    """Show one version: its state and its contents."""
    facts, octets = shown(config, "mapping.show", version)
    if as_json:
        del facts["steps"]
        print_json(facts | {"text": octets.decode()})
        return
    console.print(f"{facts['version']}, {facts['state']}, {facts['digest']}\n", markup=False, soft_wrap=True)
    console.print(octets.decode(), markup=False, soft_wrap=True)


def show_history(version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the history of a version: times, accounts and reasons."""
    facts, _ = shown(config, "mapping.show", version)
    show_steps(facts, as_json)


def import_file(
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
    names = _sources(installation, source)
    facts = perform(installation, "mapping.import", reason, octets=octets, label=str(file), sources=names)
    tell_done(facts, as_json)


def submit(
    version: VersionArgument,
    reason: ReasonOption,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ask another person to approve a version; its columns are looked for once more."""
    installation = installation_of(config)
    names = _sources(installation, source)
    facts = perform(installation, "mapping.submit", reason, version=version, sources=names)
    tell_done(facts, as_json)


def approve(
    version: VersionArgument,
    reason: ReasonOption,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Look for the version's columns in this source once more.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Approve a version that another account submitted."""
    installation = installation_of(config)
    names = _sources(installation, source) if source else []
    facts = perform(installation, "mapping.approve", reason, version=version, sources=names)
    tell_done(facts, as_json)


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
    begins_at = timestamp(point_in_time(begins, "--from")) if begins else None
    installation = installation_of(config)
    names = _sources(installation, source)
    facts = perform(installation, "mapping.activate", reason, version=version, sources=names, begins=begins_at)
    tell_decided(facts, as_json)


def roll_back(
    reason: ReasonOption,
    source: SourcesOption = None,
    results: Annotated[bool, typer.Option("--results", help="Of the mapping of results, not of rows.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put the version before in force again, at once; planned ones are dropped. Earlier notices stay unchanged."""
    subject = Subject.RESULTS if results else Subject.ROWS
    installation = installation_of(config)
    names = _sources(installation, source)
    if len(names) > 1:
        raise typer.BadParameter("one source at a time", param_hint="--source")
    facts = perform(installation, "mapping.rollback", reason, source=names[0], subject=subject.value)
    tell_decided(facts, as_json)


def retire(
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """End a version for good: an unwanted draft, or one that is in force nowhere any more."""
    facts = perform(installation_of(config), "mapping.retire", reason, version=version)
    tell_done(facts, as_json)


def export(
    version: VersionArgument,
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write a version's exact octets into a file, for version control."""
    facts, octets = shown(config, "mapping.show", version)
    try:
        out.write_bytes(octets)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {words_of(error)}", param_hint="--out") from error
    if as_json:
        del facts["steps"]
        print_json(facts | {"file": str(out)})
    else:
        console.print(f"{facts['version']} → {out}, {facts['digest']}", markup=False, soft_wrap=True)


def _sources(installation: Installation, named: Sequence[str] | None) -> list[str]:
    """Return the named sources, or the only one."""
    if not named:
        return [known_source(installation, None)]
    return list(dict.fromkeys(known_source(installation, name) for name in named))
