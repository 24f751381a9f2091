"""Difference of a version from what is in force, and the changes that it may undo, before an act on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from adapters.composition.installation import Installation
from adapters.console.versions.version_differences import Differences, differences
from adapters.console.versions.version_pages import Place, Shown, shown_file, shown_version
from gateway.overview.versions.lineage_words import begun_words, difference_words, misses_words, undoes_words
from gateway.record.version_subject import Subject
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.ports.version_store import VersionStore
from gateway.store.version import MappingVersion
from gateway.versions.lineage import FROM_FILE, ancestors, approved_last, begun_from, checked_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Difference of a version from the one in force at a place.

    ``label`` is that one's, or `FROM_FILE`; ``against`` names it in the address of a page of differences. The
    differences are None if it cannot be read.
    """

    place: Place
    label: str
    against: str
    differences: Differences | None

    @property
    def words(self) -> Words:
        number = None if self.differences is None else self.differences.number
        return difference_words(self.place.name, self.label, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Beginning of a version, its ``compared`` places, and ``warnings`` of changes that it may undo."""

    begun: Words | None
    compared: Sequence[Compared]
    warnings: Sequence[Words]

    @property
    def notes(self) -> list[Words]:
        return [*([self.begun] if self.begun else []), *(each.words for each in self.compared)]


def lineage_of(
    installation: Installation, version: MappingVersion, places: Sequence[Place], names: Collection[str]
) -> Lineage:
    """Compare a version with what is in force at the places with these ``names``.

    Without a name they are those for which it was checked last, or else all of its subject.
    """
    store, shown = installation.store().versions, shown_version(version, ())
    steps = store.history(version.name, version.number)
    here = [each for each in places if each.standing.subject is version.subject]
    wanted = names or checked_sources(steps)
    here = [each for each in here if each.name in wanted] or here
    compared = [found for each in here if (found := _compared(installation, each, shown)) is not None]
    begun = begun_from(steps)
    lines = ancestors(store, version)
    warnings = [
        undoes_words(version.label, begun, each.label, each.place.name)
        for each in compared
        if begun and each.label not in lines and (each.differences is None or each.differences.number)
    ]
    newest = _missed(store, shown, {*lines, *(each.label for each in compared)})
    if newest is not None:
        warnings.append(misses_words(version.label, newest.label))
    return Lineage(
        begun=begun_words(begun) if version.subject is Subject.ROWS else None, compared=compared, warnings=warnings
    )


def _compared(installation: Installation, place: Place, shown: Shown) -> Compared | None:
    """Return None for a place at which nothing is in force, or this very version."""
    here = place.standing.here
    if here is None and not place.standing.file:
        return None
    label = FROM_FILE if here is None else here.label
    if label == shown.label:
        return None
    try:
        there = _in_force(installation, place)
    except GatewayError:
        there = None
    return Compared(
        place=place,
        label=label,
        against=place_address(place) if here is None else label,
        differences=None if there is None else differences(there, shown),
    )


def _in_force(installation: Installation, place: Place) -> Shown | None:
    here = place.standing.here
    if here is None:
        return shown_file(installation, place)
    version = installation.store().versions.get(here.mapping, here.version)
    return None if version is None else shown_version(version, ())


def _missed(store: VersionStore, shown: Shown, known: Collection[str]) -> MappingVersion | None:
    """Return the version that was approved last, if this one was not begun from it and differs from it."""
    assert shown.version is not None
    newest = approved_last(store, shown.version)
    if newest is None or newest.label in known or not differences(shown_version(newest, ()), shown).number:
        return None
    return newest


def place_address(place: Place) -> str:
    """Return the name of a place's file in the address of a page of differences."""
    return f"{place.group}/{place.name}"
