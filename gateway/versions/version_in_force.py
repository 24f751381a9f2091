"""Version in force, ready for use: each batch asks again, and a version is prepared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.notice.notice import sha256
from gateway.record.version_subject import Subject
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.ports.version_store import VersionStore
from gateway.store.version import Activation, MappingVersion
from gateway.versions.succession import in_force

Ready = TypeVar("Ready")
"""Prepared form of a version: a mapper, or the interface to a judiciary."""


class InForce(Generic[Ready]):
    """Versions in force by a store's decisions; for mappings, `gateway.mapping.model.mapper.Mappers`.

    Without any activation for a source, ``by_file`` returns the one that its configuration names.
    """

    def __init__(
        self,
        versions: VersionStore,
        clock: Clock,
        compiled: Callable[[MappingVersion], Ready],
        by_file: Callable[[str], Ready],
        subject: Subject = Subject.ROWS,
    ) -> None:
        self._versions, self._clock, self._compiled, self._by_file = versions, clock, compiled, by_file
        self._subject = subject
        self._ready: dict[tuple[str, str], Ready] = {}

    def current(self, source: str) -> Ready:
        """Return the version in force for a source (`Mappers`).

        A version that no longer compiles, or whose octets do not match its digest, is refused: no other one replaces it
        silently.
        """
        return self.of(source, in_force(self._versions.activations(source, self._subject), self._clock()))

    def of(self, source: str, decision: Activation | None) -> Ready:
        """Return the version of a decision about a source; None: the one that its configuration names."""
        if decision is None:
            return self._by_file(source)
        known = decision.label, decision.digest
        if known not in self._ready:
            self._ready[known] = self._compiled(decided(self._versions, decision))
        return self._ready[known]


def decided(versions: VersionStore, decision: Activation) -> MappingVersion:
    """Return the version of a decision.

    Raises `GatewayError` ``mapping-life.damaged`` if the store's octets are not those of the decision.
    """
    version = versions.get(decision.mapping, decision.version)
    whole = version is not None and version.subject is decision.subject and sha256(version.octets) == decision.digest
    if version is None or not whole or version.digest != decision.digest:
        raise GatewayError("mapping-life.damaged", where=decision.label, detail=decision.digest)
    return version
