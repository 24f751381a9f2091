"""Gates of the passes, and the external clocks that one of them asks while there is nothing to send.

The judiciary is asked about a person who does not exist. A time authority is asked for a time-stamp of nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from adapters.composition.archive import compare_with_outside, time_authorities
from adapters.composition.judiciary.bound_profile import BoundProfile
from adapters.composition.judiciary.couriers import judiciary_courier
from adapters.composition.passes.shared_policies import endpoint_policy, proof_policy
from adapters.composition.revocation_checks import revocation_gate
from adapters.schedule.clock_gate import ClockGate
from adapters.schedule.gates import Gate, Run, behind
from adapters.schedule.proof_gate import ProofGate
from adapters.schedule.revocation_gate import RevocationGate
from gateway.archive.timestamping import TimeAuthority
from gateway.judiciary.called_endpoint import CalledEndpoint
from gateway.judiciary.courier import PROBE_IDENTIFIER, Courier
from gateway.judiciary.endpoint_policy import resting
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport, Wait
from gateway.trust.revocation_status import Requirement

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_NOTHING = hashlib.sha256(b"").digest()


BELIEVING = frozenset({"dispatch", "rescue", "receipts"})
"""Passes that trust the judiciary's answers. A process that runs one of them fetches revocation lists, too."""

SIGNING = frozenset({"collect", "dispatch", "rescue"})
"""Passes whose times are signed or counted."""


class Gates:
    """Gates that the passes of a process share, and whose alarms it reports. Nothing is asked before its first pass."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.clock = clock_gate(installation)
        policy = proof_policy(installation.settings)
        self.proof = ProofGate(
            installation.store,
            installation.clock,
            policy,
            lambda: compare_with_outside(installation),
            installation.steady,
            installation.new_lock,
        )

    def of(self, kind: str) -> list[Gate]:
        """Return the gates of a pass, in the order in which they are asked.

        1. The clock: times that are signed or counted are right.
        2. Revocation lists: answers of the judiciary can be believed.
        3. Proof: a notice that is sent can be proven.

        The profile in force (`adapters.composition.tasks`) and the service's own gate
        (`adapters.schedule.service_gate`) come after them.
        """
        gates = list[Gate]()
        if kind in SIGNING:
            gates.append(self.clock)
        if kind in BELIEVING and self._installation.settings.revocation_requirement is not Requirement.OFF:
            gates.append(self._revocation)
        if kind == "dispatch":
            gates.append(self.proof)
        return gates

    def gated(self, kind: str, run: Run) -> Run:
        """Return ``run`` behind the gates of its pass. One that signs or counts times records the configuration then:
        the time of the record is right."""
        return behind(kind, self.of(kind), self._recording(run) if kind in SIGNING else run)

    def recorded(self, kind: str, run: Run, *, others_hear: bool) -> Run:
        """Return ``run`` after the configuration was recorded, unless `gated` does it.

        ``others_hear``: passes of this process ask an outside clock. The record then waits for its answer, so that it
        has no wrong time; the pass does not.
        """
        recording = self._recording(run)

        def ordinary(may_continue: MayContinue) -> PassReport:
            return (recording if self.clock.is_trusted or not others_hear else run)(may_continue)

        return run if kind in SIGNING else ordinary

    def _recording(self, run: Run) -> Run:
        def recorded(may_continue: MayContinue) -> PassReport:
            self._installation.record_configuration()
            return run(may_continue)

        return recorded

    @cached_property
    def _revocation(self) -> RevocationGate:
        """Made when a pass needs it: the others run without the judiciary's certificates."""
        return revocation_gate(self._installation)


def clock_gate(installation: Installation) -> ClockGate:
    """Return the gate of passes whose times are signed or counted."""
    return ClockGate(installation.store, installation.timekeeper, OutsideClocks(installation), installation.new_lock)


class OutsideClocks:
    """`adapters.schedule.clock_gate.AskTime`, for one thread at a time: a courier keeps its connections."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._last: tuple[BoundProfile, Courier] | None = None

    def __call__(self, report: PassReport) -> Sequence[GatewayError]:
        """Ask one after the other until one answers; the answer need not be trusted for that. Raises ``store.*``."""
        failed: list[GatewayError] = []
        timekeeper = self._installation.timekeeper
        before = timekeeper.heard_outside_at
        for ask in (self._ask_judiciary, self._ask_authorities):
            try:
                failed += ask(report)
            except GatewayError as error:
                if error.scope is ErrorScope.SYSTEM:
                    raise
                failed.append(error)
            if timekeeper.heard_outside_at != before:
                break
        return failed

    def _ask_judiciary(self, report: PassReport) -> list[GatewayError]:
        installation = self._installation
        judiciary = installation.judiciary
        if not judiciary.profile.can_be_tried:
            return []
        courier, policy = self._courier(judiciary), endpoint_policy(installation, judiciary.profile)
        endpoint = CalledEndpoint(
            destination=courier.destination,
            store=installation.store(),
            clock=installation.clock,
            policy=policy,
            report=report,
            asks_time=True,
        )
        with endpoint.acquire() as ours:
            if ours is None:
                if report.waits is Wait.RESTING:  # the cause of the rest is the one to act on
                    return [resting(installation.store().endpoints.breaker(courier.destination))]
                return [GatewayError("endpoint.resting", where=courier.destination, detail=str(report.waits))]
            courier.has_account("NATURAL", PROBE_IDENTIFIER)
            ours.heard(None)
        return []

    def _courier(self, judiciary: BoundProfile) -> Courier:
        if self._last is None or self._last[0].profile.spoken != judiciary.profile.spoken:
            self._last = judiciary, judiciary_courier(self._installation, judiciary)
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
        return [] if self._installation.settings.archive is None else time_authorities(self._installation)
