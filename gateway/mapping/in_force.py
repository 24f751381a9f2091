"""The mapping that is in force, compiled: each batch asks anew, and a version is compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.mapping.mapper import Mapper
from gateway.mapping.succession import in_force
from gateway.mapping.version import Activation, MappingVersion
from gateway.notice import sha256


class MappingLedger(Protocol):
    """What a store tells of mappings. Raises `GatewayError` ``store.*``."""

    def mapping_versions(self, name: str | None = None) -> list[MappingVersion]:
        """Every version of a mapping, or of all, by name and number."""
        ...

    def mapping_version(self, name: str, number: int) -> MappingVersion | None: ...

    def activations(self, source: str) -> list[Activation]:
        """Every decision about a source, by number."""
        ...


class InForce:
    """`gateway.mapping.mapper.Mappers` of a store. Where nobody activated anything for a source, ``by_file`` tells what
    its configuration names."""

    def __init__(
        self,
        ledger: MappingLedger,
        clock: Clock,
        compiled: Callable[[MappingVersion], Mapper],
        by_file: Callable[[str], Mapper],
    ) -> None:
        self._ledger, self._clock, self._compiled, self._by_file = ledger, clock, compiled, by_file
        self._last: dict[str, tuple[Activation, Mapper]] = {}

    def present(self, source: str) -> Mapper:
        """See `Mappers`. A version that does not compile any more, or whose octets are not those of its digest, is
        refused: nothing takes its place unasked."""
        return self.of(source, self._ledger.activations(source))

    def of(self, source: str, activations: Sequence[Activation]) -> Mapper:
        """Return the same by decisions that were read already."""
        decision = in_force(activations, self._clock())
        if decision is None:
            return self._by_file(source)
        last = self._last.get(source)
        if last is None or last[0].digest != decision.digest or last[0].label != decision.label:
            last = decision, self._compiled(self._version(decision))
            self._last[source] = last
        return last[1]

    def _version(self, decision: Activation) -> MappingVersion:
        version = self._ledger.mapping_version(decision.mapping, decision.version)
        if version is None or version.digest != decision.digest or sha256(version.octets) != decision.digest:
            raise GatewayError("mapping-life.damaged", where=decision.label, detail=decision.digest)
        return version
