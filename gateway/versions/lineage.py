"""Lineage of versions: from which version a person began each, and which change was approved last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.store.ports.version_store import VersionStore
from gateway.store.version import MappingStep, MappingVersion
from gateway.store.version_state import MappingEvent, MappingState

BEGUN_FROM: Final = "begun from "
"""Beginning of the detail of an import that names the version, or the file, that a person changed."""

COLUMNS_OF: Final = "columns of "
"""Beginning of the detail of a check that names the sources whose columns were found."""

FROM_FILE: Final = "file"
"""Name of the configuration's file in such a detail."""

_APPROVED: Final = (MappingState.APPROVED, MappingState.ACTIVE)


def begun_from(steps: Sequence[MappingStep]) -> str:
    """Return the label of the version from which one was begun, or `FROM_FILE`; empty if that is not on record."""
    details = [step.detail for step in steps if step.event is MappingEvent.IMPORT]
    return next((each.removeprefix(BEGUN_FROM) for each in details if each.startswith(BEGUN_FROM)), "")


def checked_sources(steps: Sequence[MappingStep]) -> list[str]:
    """Return the sources for which a mapping was checked last; empty if none was."""
    details = [step.detail for step in steps if step.event is MappingEvent.CHECK]
    last = next((each for each in reversed(details) if each.startswith(COLUMNS_OF)), "")
    return last.removeprefix(COLUMNS_OF).split(", ") if last else []


def ancestors(store: VersionStore, version: MappingVersion) -> list[str]:
    """Return the version's own label, that from which it was begun, and so on; `FROM_FILE` may be the last."""
    found: list[str] = []
    label = version.label
    while label and label not in found:
        found.append(label)
        name, _, number = label.rpartition("@")
        label = begun_from(store.history(name, int(number))) if number.isdecimal() else ""
    return found


def approved_last(store: VersionStore, version: MappingVersion) -> MappingVersion | None:
    """Return the version of the same name whose approval is the newest one; None if none is approved."""
    approvals = [
        (max(step.at for step in steps if step.event is MappingEvent.APPROVAL), each.number, each)
        for each in store.find(version.name)
        if each.state in _APPROVED
        and (steps := store.history(each.name, each.number))
        and any(step.event is MappingEvent.APPROVAL for step in steps)
    ]
    return max(approvals, key=lambda each: each[:2])[2] if approvals else None
