"""The version that is in force, ready for use: each batch asks anew, and a version is made ready once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from gateway.notice.notice import sha256
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.ports.version_store import VersionStore
from gateway.store.version import Activation, MappingVersion
from gateway.store.version_subject import Subject
from gateway.versions.succession import in_force

Ready = TypeVar("Ready")
"""What a version is made into: a mapper, or what speaks with a judiciary."""


class InForce(Generic[Ready]):
    """What is in force by a store's decisions: of mappings, `gateway.mapping.model.mapper.Mappers`. Where nobody
    activated anything for a source, ``by_file`` tells what its configuration names."""

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
        self._last: dict[str, tuple[Activation, Ready]] = {}

    def current(self, source: str) -> Ready:
        """See `Mappers`. A version that does not compile any more, or whose octets are not those of its digest, is
        refused: nothing takes its place unasked."""
        return self.of(source, self._versions.activations(source, self._subject))

    def of(self, source: str, activations: Sequence[Activation]) -> Ready:
        """Return the same by decisions that were read already."""
        decision = in_force(activations, self._clock())
        if decision is None:
            return self._by_file(source)
        last = self._last.get(source)
        if last is None or last[0].digest != decision.digest or last[0].label != decision.label:
            last = decision, self._compiled(decided(self._versions, decision))
            self._last[source] = last
        return last[1]


def decided(versions: VersionStore, decision: Activation) -> MappingVersion:
    """Return the version that a decision is about. Raises `GatewayError` ``mapping-life.damaged`` where the store's
    octets are not those that were decided on."""
    version = versions.get(decision.mapping, decision.version)
    whole = version is not None and version.subject is decision.subject and sha256(version.octets) == decision.digest
    if version is None or not whole or version.digest != decision.digest:
        raise GatewayError("mapping-life.damaged", where=decision.label, detail=decision.digest)
    return version
