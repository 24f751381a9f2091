"""The verbs of a version's life: list, show, history, submit, approve, activate, rollback, retire and export.

They are the same for every subject but for what its `LifeSubject` has.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import typer

from adapters.acts.upkeep_facts import version_facts
from adapters.cli.common.acting_account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.versions.life_subject import LifeSubject, SourcesOption, sources_of
from adapters.cli.versions.version_view import (
    show_steps,
    show_versions,
    shown,
    standing_facts,
    tell_decided,
    tell_done,
)
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption, console, point_in_time, print_json
from gateway.record.version_subject import Subject
from gateway.runtime.clock import timestamp
from gateway.runtime.plain_words import words_of

VersionArgument = Annotated[
    str, typer.Argument(metavar="NAME[@N]", help="A version, as `list` shows it; without @N the newest.")
]


def list_versions(of: LifeSubject, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    installation = installation_of(config)
    versions = [each for each in installation.store().versions.find() if each.subject in of.subjects]
    groups = of.in_force(installation)
    if as_json:
        facts = {
            group: {place: standing_facts(each) for place, each in found.items()} for group, found in groups.items()
        }
        print_json({"versions": [version_facts(each) for each in versions], **facts})
        return
    standing = {f"{of.places[g]} {place}": each for g, found in groups.items() for place, each in found.items()}
    show_versions(versions, standing, f"no {of.name} {'were' if of.name.endswith('s') else 'was'} imported")


def show_version(
    of: LifeSubject, version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    facts, octets = shown(config, of.name, version)
    if as_json:
        del facts["steps"]
        print_json(facts | of.contents(octets))
        return
    console.print(f"{facts['version']}, {facts['state']}, {facts['digest']}\n", markup=False, soft_wrap=True)
    of.show(facts, octets)


def show_history(
    of: LifeSubject, version: VersionArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    facts, _ = shown(config, of.name, version)
    show_steps(facts, as_json)


def submit(
    of: LifeSubject,
    version: VersionArgument,
    reason: ReasonOption,
    source: SourcesOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    installation = installation_of(config)
    where = of.where(installation, source)
    tell_done(perform(installation, f"{of.name}.submit", reason, version=version, **where), as_json)


def approve(
    of: LifeSubject,
    version: VersionArgument,
    reason: ReasonOption,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Look for the version's columns in this source once more.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    installation = installation_of(config)
    where = of.where(installation, source) if source else {}
    tell_done(perform(installation, f"{of.name}.approve", reason, version=version, **where), as_json)


def activate(
    of: LifeSubject,
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
    begins_at = timestamp(point_in_time(begins, "--from")) if begins else None
    installation = installation_of(config)
    where = of.where(installation, source)
    facts = perform(installation, f"{of.name}.activate", reason, version=version, begins=begins_at, **where)
    tell_decided(facts, as_json)


def roll_back(
    of: LifeSubject,
    reason: ReasonOption,
    source: SourcesOption = None,
    results: Annotated[bool, typer.Option("--results", help="Of the mapping of results, not of rows.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    installation = installation_of(config)
    names = sources_of(installation, source) if of.has_sources else [None]
    if len(names) > 1:
        raise typer.BadParameter("one source at a time", param_hint="--source")
    subject = Subject.RESULTS if results else of.subjects[0]
    facts = perform(installation, f"{of.name}.rollback", reason, source=names[0], subject=subject.value)
    tell_decided(facts, as_json)


def retire(
    of: LifeSubject,
    version: VersionArgument,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    tell_done(perform(installation_of(config), f"{of.name}.retire", reason, version=version), as_json)


def export(
    of: LifeSubject,
    version: VersionArgument,
    out: Path,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    facts, octets = shown(config, of.name, version)
    try:
        of.write(octets, out)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {words_of(error)}", param_hint="--out") from error
    if as_json:
        kept = {name: value for name, value in facts.items() if name not in ("steps", "losses")}
        print_json(kept | {of.written: str(out)})
    else:
        console.print(f"{facts['version']} → {out}, {facts['digest']}", markup=False, soft_wrap=True)


def bound_verbs(of: LifeSubject) -> SimpleNamespace:
    """Return the verbs of a subject by their names; their helps stand in the table of verbs (`life_verbs`)."""
    return SimpleNamespace(
        list=_bound(list_versions, of),
        show=_bound(show_version, of),
        history=_bound(show_history, of),
        submit=_bound(submit, of),
        approve=_bound(approve, of),
        activate=_bound(activate, of),
        rollback=_bound(roll_back, of),
        retire=_bound(retire, of),
        export=_bound(export, of),
    )


def _bound(verb: Callable[..., None], of: LifeSubject) -> Callable[..., None]:
    """Return the verb of one subject. Typer reads the signature: it has only the options that the subject has."""

    def bound(**given: Any) -> None:
        verb(of, **given)

    known = inspect.signature(verb, eval_str=True).parameters.values()
    options = {"source": of.has_sources, "results": of.has_sources, "of": False}
    shown = [each for each in known if options.get(each.name, True)]
    out = Annotated[Path, typer.Option("-o", "--out", help=of.out_help)]
    shown = [each.replace(annotation=out) if each.name == "out" else each for each in shown]
    bound.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return bound
