"""The port to the versions of mappings and judiciary profiles. `Store.commit` writes them."""

from __future__ import annotations

from typing import Protocol

from gateway.record.version_subject import Subject
from gateway.store.version import Activation, MappingStep, MappingVersion


class VersionStore(Protocol):
    """Read versions, their steps, and decisions. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def find(self, name: str | None = None) -> list[MappingVersion]:
        """Return every version of a mapping or profile, or of all, by name and number."""
        ...

    def get(self, name: str, number: int) -> MappingVersion | None: ...

    def history(self, name: str, number: int) -> list[MappingStep]:
        """Return the steps of a version, oldest first."""
        ...

    def activations(self, source: str, subject: Subject = Subject.ROWS) -> list[Activation]:
        """Return every decision about which mapping is in force for a source, or which profile for a destination, by
        number."""
        ...
