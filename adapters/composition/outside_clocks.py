"""External clocks, asked for the time while there is nothing to send.

The judiciary is asked about a person who does not exist. A time authority is asked for a time-stamp of nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from adapters.composition.archive_parts import ArchiveParts
from adapters.composition.judiciary_parts import JudiciaryParts
from adapters.composition.policies import Policies
from adapters.composition.profile_parts import ProfileParts
from adapters.settings import Settings
from gateway.archive.timestamping import TimeAuthority
from gateway.judiciary.courier import PROBE_IDENTIFIER, Courier
from gateway.judiciary.endpoint_policy import acquire
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.timekeeping import Timekeeper
from gateway.store.store import Store

_NOTHING = hashlib.sha256(b"").digest()


@dataclass(kw_only=True)
class OutsideClocks:
    """`adapters.schedule.clock_gate.AskTime`, for one thread at a time: a courier keeps its connections."""

    settings: Settings
    profiles: ProfileParts
    policies: Policies
    archiving: Callable[[], ArchiveParts]
    store: Callable[[], Store]
    clock: Clock
    timekeeper: Timekeeper
    _last: tuple[JudiciaryParts, Courier] | None = field(default=None, init=False)

    def __call__(self, report: PassReport) -> Sequence[GatewayError]:
        """Ask one after the other until one answers; the answer need not be trusted for that. Raises ``store.*``."""
        failed: list[GatewayError] = []
        before = self.timekeeper.heard_outside_at
        for ask in (self._ask_judiciary, self._ask_authorities):
            try:
                failed += ask(report)
            except GatewayError as error:
                if error.scope is ErrorScope.SYSTEM:
                    raise
                failed.append(error)
            if self.timekeeper.heard_outside_at != before:
                break
        return failed

    def _ask_judiciary(self, report: PassReport) -> list[GatewayError]:
        judiciary = self.profiles.current()
        if not judiciary.profile.can_be_tried:
            return []
        courier = self._courier(judiciary)
        endpoint_policy = self.policies.endpoint_policy(judiciary.profile)
        with acquire(self.store(), courier.destination, self.clock, endpoint_policy, report) as ours:
            if ours is None:
                return [GatewayError("endpoint.resting", where=courier.destination, detail=str(report.waits))]
            courier.has_account("NATURAL", PROBE_IDENTIFIER)
            ours.heard(None)
        return []

    def _courier(self, judiciary: JudiciaryParts) -> Courier:
        if self._last is None or self._last[0].profile.spoken != judiciary.profile.spoken:
            self._last = judiciary, judiciary.courier()
        return self._last[1]

    def _ask_authorities(self, report: PassReport) -> list[GatewayError]:  # noqa: ARG002 - no breaker has a part in it
        failed: list[GatewayError] = []
        for authority in self._authorities:
            try:
                authority.stamp(_NOTHING)
            except GatewayError as error:
                failed.append(error)
            else:
                break
        return failed

    @cached_property
    def _authorities(self) -> list[TimeAuthority]:
        return [] if self.settings.archive is None else [*self.archiving().time_authorities()]
