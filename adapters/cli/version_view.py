"""What the verbs of a version's life show, whether of a mapping or of a judiciary profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.cli.account import account
from adapters.cli.console import console, moment, print_json, table
from adapters.cli.mapping import tell_mistakes
from adapters.storage.sql_store import SqlStore
from adapters.wiring import Installation
from gateway.act import NOT_AUTHENTICATED
from gateway.clock import timestamp
from gateway.errors import GatewayError
from gateway.mapping import acts
from gateway.mapping.mistake import MappingMistaken
from gateway.mapping.version import Activation, MappingStep, MappingVersion


@contextmanager
def opened(config: Path) -> Iterator[tuple[Installation, SqlStore]]:
    """Give an installation and its store while the block runs."""
    installation = Installation.of(config)
    try:
        yield installation, installation.store()
    finally:
        installation.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds for one source, or for the judiciary: a decision or else a ``file``; and what is planned."""

    here: Activation | None
    planned: Sequence[Activation]
    file: str

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "in_force": activation_facts(self.here) if self.here else None,
            "file": None if self.here else self.file,
            "planned": [activation_facts(each) for each in self.planned],
        }


def show_versions(versions: Sequence[MappingVersion], standing: Mapping[str, Standing], empty: str) -> None:
    """Print a table of versions, and what is in force where; ``standing`` is by what people call the place."""
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


def show_steps(version: MappingVersion, steps: Sequence[MappingStep], as_json: bool) -> None:
    """Print a version's history."""
    if as_json:
        print_json({"version": version.label, "digest": version.digest, "steps": [_step(step) for step in steps]})
        return
    rows = table(f"{version.label}, {version.state}", "at", "event", "state", "account", "reason", "")
    for step in steps:
        rows.add_row(moment(step.at), step.event, step.after.state, step.account, step.reason, step.detail)
    console.print(rows)
    console.print(f"accounts are those of the operating system, {NOT_AUTHENTICATED}", markup=False)


def tell_done(done: acts.Done, as_json: bool, wrong: GatewayError | None = None) -> None:
    """Print what came of an act on a version, and what is ``wrong`` with it."""
    version = done.version
    if as_json:
        who = {"account": account(), "authentication": NOT_AUTHENTICATED}
        codes = [each.code for each in wrong.mistakes] if isinstance(wrong, MappingMistaken) else []
        codes += [wrong.code] if wrong is not None and not codes else []
        print_json(version_facts(version) | {"changed": done.changed, "mistakes": codes, **who})
        return
    if isinstance(wrong, MappingMistaken):
        tell_mistakes(wrong)
    elif wrong is not None:
        console.print(f"[bold red]mistake[/] {wrong.code}", soft_wrap=True)
        console.print(f"  {wrong}\n  {wrong.entry.fa} {wrong.entry.remedy_fa}", markup=False, soft_wrap=True)
    already = "" if done.changed else " already"
    by = f", by {account()} ({NOT_AUTHENTICATED})" if done.changed else ""
    console.print(f"{version.label} is {version.state}{already}{by}", markup=False, soft_wrap=True)


def tell_decided(decided: acts.Decided, as_json: bool) -> None:
    """Print the decisions of an act."""
    if as_json:
        print_json({
            "activated": [activation_facts(each) for each in decided.activations],
            "dropped": [activation_facts(each) for each in decided.dropped],
            "account": account(),
            "authentication": NOT_AUTHENTICATED,
        })  # fmt: skip
        return
    for each in decided.activations:
        back = ", as before" if each.restores is not None else ""
        told = f"{each.label} is in force for {each.source} from {moment(each.begins_at)}{back}"
        console.print(told, markup=False, soft_wrap=True)
    for each in decided.dropped:
        told = f"{each.label} was planned for {each.source} from {moment(each.begins_at)}, and is dropped"
        console.print(told, markup=False, soft_wrap=True)
    console.print(f"decided by {account()} ({NOT_AUTHENTICATED})", markup=False)


def short(digest: str) -> str:
    return f"{digest[:19]}…"


def version_facts(version: MappingVersion) -> dict[str, Any]:
    return {
        "version": version.label,
        "state": version.state,
        "digest": version.digest,
        "imported_at": timestamp(version.imported_at),
    }


def activation_facts(decision: Activation) -> dict[str, Any]:
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
