"""Output of the verbs of a version's life."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from adapters.acts.upkeep_facts import activation_facts
from adapters.cli.common.acting_account import by, look
from adapters.cli.common.installation import installation_of
from adapters.composition.overview.version_standing import VersionStanding
from adapters.terminal.mapping_mistakes import tell_mistakes
from adapters.terminal.printing import FINDING, console, moment, print_json, table
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.runtime.errors import GatewayError
from gateway.store.version import MappingVersion

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts


def standing_facts(standing: VersionStanding) -> dict[str, Any]:
    """Return the state of a place as JSON can hold it."""
    here = standing.here
    return {
        "in_force": activation_facts(here) if here else None,
        "file": None if here else standing.file,
        "planned": [activation_facts(each) for each in standing.planned],
    }


def show_versions(versions: Sequence[MappingVersion], standing: Mapping[str, VersionStanding], empty: str) -> None:
    """Print a table of versions, and the ones in force; ``standing`` is by the place's name for people."""
    rows = table("", "version", "state", "imported", "digest", "in force for")
    for version in versions:
        where = [name for name, each in standing.items() if each.here and each.here.label == version.label]
        rows.add_row(
            version.label, version.state, moment(version.imported_at), short(version.digest), ", ".join(where) or "–"
        )
    console.print(rows if versions else empty)
    console.print()
    for name, each in standing.items():
        here = each.here
        told = f"{here.label} since {moment(here.begins_at)}" if here else f"{each.file} (of the configuration)"
        console.print(f"{name}: {told}", markup=False, soft_wrap=True)
        for later in each.planned:
            console.print(f"  {later.label} from {moment(later.begins_at)}", markup=False, soft_wrap=True)


def shown(config: Path, subject: str, version: str) -> tuple[Facts, bytes]:
    """Return the facts of a version (``mapping.show`` and others), and its octets."""
    facts = look(installation_of(config), f"{subject}.show", version=version)
    return facts, base64.b64decode(facts.pop("octets"))


def show_steps(facts: Facts, as_json: bool) -> None:
    """Print a version's history."""
    if as_json:
        print_json({"version": facts["version"], "digest": facts["digest"], "steps": facts["steps"]})
        return
    rows = table(f"{facts['version']}, {facts['state']}", "at", "event", "state", "account", "reason", "")
    for step in facts["steps"]:
        told = (step[name] for name in ("event", "state", "account", "reason", "detail"))
        rows.add_row(moment(step["at"]), *told)
    console.print(rows)
    console.print("accounts are those of the operating system", markup=False)


def tell_done(facts: Facts, as_json: bool) -> None:
    """Print the results of an act on a version, and the version's mistakes; exit 1 if there are any."""
    mistakes = facts["mistakes"]
    if as_json:
        print_json(facts | {"mistakes": [each["code"] for each in mistakes]})
    else:
        if "mistaken" in facts:
            tell_mistakes(MappingMistaken(facts["mistaken"], [Mistake.of(each) for each in mistakes]))
        else:
            for each in mistakes:
                wrong = GatewayError(each["code"], where=each["where"], detail=each["detail"])
                console.print(f"[bold red]mistake[/] {wrong.code}", soft_wrap=True)
                console.print(f"  {wrong}\n  {wrong.entry.fa} {wrong.entry.remedy_fa}", markup=False, soft_wrap=True)
        done = f", by {by(facts)}" if facts["changed"] else " already"
        console.print(f"{facts['version']} is {facts['state']}{done}", markup=False, soft_wrap=True)
    if mistakes:
        raise typer.Exit(FINDING)


def tell_decided(facts: Facts, as_json: bool) -> None:
    """Print the decisions of an act."""
    if as_json:
        print_json(facts)
        return
    for each in facts["activated"]:
        back = ", as before" if each["restores"] is not None else ""
        told = f"{each['version']} is in force for {each['source']} from {moment(each['from'])}{back}"
        console.print(told, markup=False, soft_wrap=True)
    for each in facts["dropped"]:
        told = f"{each['version']} was planned for {each['source']} from {moment(each['from'])}, and is dropped"
        console.print(told, markup=False, soft_wrap=True)
    if (deadlines := facts.get("deadlines")) is not None:
        moved, notices = deadlines["moved"], deadlines["notices"]
        console.print(f"last days that change: {len(moved)} (served notices: {notices})", markup=False)
        for each in moved:
            reasons = " ".join(why["en"] for why in each["reasons"])
            told = f"  {each['reference']} {each['starts']}: {each['before']} → {each['after']}. {reasons}"
            console.print(told, markup=False, soft_wrap=True)
    console.print(f"decided by {by(facts)}", markup=False)


def short(digest: str) -> str:
    return f"{digest[:19]}…"
