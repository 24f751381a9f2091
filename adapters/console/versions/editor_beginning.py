"""Mapping from which an editor begins: a version, or the file of the configuration; and the mapping in force."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field, replace
from typing import Final

from adapters.composition.installation import Installation
from adapters.composition.overview.version_standing import mapping_standing
from adapters.contracts.mapping_files import read_mapping
from adapters.settings.mapping_file import case_file
from gateway.mapping.compiler.draft import MAX_FILE
from gateway.notice.notice import sha256
from gateway.record.version_subject import Subject
from gateway.versions.lineage import FROM_FILE

BY_FILE: Final = FROM_FILE
"""Label of the file that the configuration names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Mapping that a form changes: its ``label`` (`name@number`, or `BY_FILE`), its ``file`` in errors, its octets."""

    label: str
    file: str
    octets: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        return sha256(self.octets)

    @property
    def packed(self) -> str:
        """Octets of a file, for the form that changes them; empty for a version, which is kept by its label."""
        return base64.b64encode(zlib.compress(self.octets)).decode() if self.label == BY_FILE else ""

    def as_it_was(self, digest: str, packed: str) -> Beginning | None:
        """Return the mapping from which a form began: a file may have been changed since then.

        ``digest`` and ``packed`` are those of that time. Return None if they do not belong together.
        """
        if digest == self.digest:
            return self
        try:
            octets = zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), MAX_FILE + 1)
        except (ValueError, zlib.error):
            return None
        return replace(self, octets=octets) if self.label == BY_FILE and sha256(octets) == digest else None


def label_in_force(installation: Installation, source: str) -> str:
    """Return the label of the mapping in force for a source's rows. Raises `GatewayError` ``store.*``."""
    decision = mapping_standing(installation)["sources"][source].here
    return BY_FILE if decision is None else decision.label


def labels(installation: Installation) -> list[str]:
    """Return the labels of all versions of mappings of rows, the newest of each name first."""
    found = [each for each in installation.store().versions.find() if each.subject is Subject.ROWS]
    return [each.label for each in sorted(found, key=lambda each: (each.name, -each.number))]


def beginning(installation: Installation, source: str, label: str) -> Beginning | None:
    """Return the mapping of a label; None if there is no such version of a mapping of rows.

    Raises `GatewayError` ``mapping.unreadable`` for a file that cannot be read.
    """
    if label == BY_FILE:
        path = case_file(installation.settings, installation.folder, source)
        return Beginning(label=label, file=path.name, octets=read_mapping(path))
    name, at, number = label.rpartition("@")
    known = at and number.isascii() and number.isdigit() and len(number) < 10
    version = installation.store().versions.get(name, int(number)) if known else None
    if version is None or version.subject is not Subject.ROWS:
        return None
    return Beginning(label=label, file=label, octets=version.octets)
