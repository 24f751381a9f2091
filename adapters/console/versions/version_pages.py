"""Contents of the pages of versions: places, and one version or file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from adapters.composition.installation import Installation
from adapters.composition.judiciary.bound_profile import bundle_profile
from adapters.composition.overview.version_standing import (
    VersionStanding,
    law_standing,
    mapping_standing,
    profile_standing,
)
from adapters.contracts.mapping_files import read_mapping
from adapters.settings import JudiciaryProfile, read_folder
from adapters.settings.legal_folder import folder_of, legal_files
from adapters.settings.mapping_file import file_of
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.program.program import Program
from gateway.notice.notice import sha256
from gateway.overview.versions.mapping_rules import RuleLine, TableLines, elements_of, rules_of, tables_of
from gateway.overview.versions.version_words import capability_words, place_words
from gateway.record.version_subject import EVERY_NOTICE, Subject
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, CatalogueEntry, GatewayError
from gateway.store.version import MappingStep, MappingVersion
from gateway.versions.bundle import bundled, unbundled
from gateway.versions.laws import bundle_of, read_law

MAX_TEXT: Final = 64 * 1024
"""Most octets of a file that a page shows as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Source, the judiciary, or the one place of rules and calendar, with what is in force there."""

    group: str
    name: str
    standing: VersionStanding

    @property
    def title(self) -> Words:
        """Name of the place, for an element of its own."""
        return place_words(self.name) if self.name == EVERY_NOTICE else Words(en=self.name, fa=self.name)


def places(installation: Installation) -> list[Place]:
    """Return every place that has a version or a file in force. Raises `GatewayError` ``store.*``."""
    groups = {**mapping_standing(installation), **profile_standing(installation)}
    for subject in (Subject.RULES, Subject.CALENDAR):
        groups |= law_standing(installation, subject)
    return [Place(group=g, name=name, standing=each) for g, found in groups.items() for name, each in found.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """File of a bundle; ``text`` is None for one that is too large or no text."""

    name: str
    size: int
    digest: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Mapping, profile, rules or calendar for a page: a ``version``, or what the configuration's file says.

    ``rules`` and ``tables`` are a mapping's; ``files`` those of a bundle; ``can`` and ``losses`` a profile's.
    ``mistaken`` has the mistakes of a mapping that this program does not accept, ``error`` any other defect.
    """

    label: str
    subject: Subject
    octets: bytes = field(repr=False)
    version: MappingVersion | None = None
    steps: Sequence[MappingStep] = ()
    program: Program | None = None
    files: Sequence[ShownFile] = ()
    profile: JudiciaryProfile | None = None
    mistaken: MappingMistaken | None = None
    error: GatewayError | None = None

    @property
    def digest(self) -> str:
        return sha256(self.octets)

    @property
    def text(self) -> str:
        return self.octets.decode("utf-8", "replace")

    @property
    def rules(self) -> list[RuleLine]:
        return [] if self.program is None else rules_of(self.program)

    @property
    def tables(self) -> Mapping[str, TableLines]:
        return {} if self.program is None else tables_of(self.program)

    @property
    def can(self) -> list[Words]:
        return [] if self.profile is None else capability_words(self.profile.capabilities)

    @property
    def losses(self) -> list[CatalogueEntry]:
        return [] if self.profile is None else [CATALOGUE[code] for code in self.profile.losses]


def shown_version(version: MappingVersion, steps: Sequence[MappingStep]) -> Shown:
    """Return a version for a page. Its defects are part of it, and are not raised."""
    return _shown(version.octets, version.label, version.subject, version, steps)


def shown_file(installation: Installation, place: Place) -> Shown:
    """Return what the configuration names for a place. Raises `GatewayError` if it cannot be read."""
    subject = place.standing.subject
    if subject is Subject.PROFILE:
        profile = installation.configured_judiciary.profile
        octets = bundled(read_folder(profile.folder))
        return _shown(octets, profile.name, subject, None, ())
    if subject.is_legal:
        folder = folder_of(subject, installation.settings.legal, installation.folder)
        return _shown(bundle_of(legal_files(folder)), folder.name, subject, None, ())
    path: Path | None
    path = file_of(subject, installation.settings, installation.folder, place.name)
    if path is None:
        raise GatewayError("mapping-life.no-version", where=place.name, detail="no file is named")
    return _shown(read_mapping(path), path.name, subject, None, ())


def _shown(
    octets: bytes, label: str, subject: Subject, version: MappingVersion | None, steps: Sequence[MappingStep]
) -> Shown:
    found: dict[str, Any] = {}
    try:
        if subject is Subject.PROFILE:
            found["files"] = _files(octets)
            found["profile"] = bundle_profile(octets, label)
        elif subject.is_legal:
            found["files"] = _files(octets)
            read_law(subject, octets, label)
        else:
            found["program"] = compile_mapping(octets, label)
    except MappingMistaken as mistaken:
        found["mistaken"] = mistaken
    except GatewayError as error:
        found["error"] = error
    return Shown(label=label, subject=subject, octets=octets, version=version, steps=steps, **found)


def _files(octets: bytes) -> list[ShownFile]:
    files = []
    for name, content in unbundled(octets).items():
        try:
            text = content.decode("utf-8") if len(content) <= MAX_TEXT else None
        except UnicodeDecodeError:
            text = None
        files.append(ShownFile(name=name, size=len(content), digest=sha256(content), text=text))
    return sorted(files, key=lambda each: (each.name != "profile.toml", each.name))


def submitted_elements(installation: Installation) -> Mapping[str, Sequence[str]]:
    """Return the elements of the judiciary's message that each field of a notice fills, by the profile in force.

    Nothing for a profile that cannot be read: a mapping is shown all the same.
    """
    try:
        profile = installation.judiciary.profile
        operations = profile.file.operations
        if operations is None or operations.submit.request is None:
            return {}
        return elements_of(read_mapping(profile.mappings / str(operations.submit.request)))
    except GatewayError:
        return {}
