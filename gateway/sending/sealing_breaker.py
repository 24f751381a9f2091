"""Circuit breaker for each issuing body, for seals that the judiciary refuses.

A refused signature or certificate says nothing about a notice, so it ends none. After several refusals in a row no
notice of that body is sent.
Then one notice probes the seal, at growing intervals or when a person asks for it
(`gateway.operations.intervention.wake`). The breakers are in the store beside that of the endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from gateway.judiciary.called_endpoint import CalledEndpoint
from gateway.judiciary.courier import SEAL_NOT_ACCEPTED, Accepted, Outcome, SealRefused
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.outbox import OutboxEntry
from gateway.runtime.circuit_breaker import CircuitBreaker, Failure, Permit
from gateway.store.ports.endpoint_store import EndpointStore


def line_of(destination: str, body: str) -> str:
    """Return the name of a body's breaker, as `endpoint list` shows it."""
    return f"{destination}/{body}"


@dataclass(frozen=True, slots=True)
class SealingBreakers:
    """Breakers of bodies with refused seals, by the body's code, as they were read."""

    destination: str
    breakers: Mapping[str, CircuitBreaker]

    @classmethod
    def read(cls, store: EndpointStore, destination: str) -> SealingBreakers:
        start = line_of(destination, "")
        found = {
            state.breaker.destination.removeprefix(start): state.breaker
            for state in store.states()
            if state.breaker.destination.startswith(start)
        }
        return cls(destination, {body: breaker for body, breaker in found.items() if breaker.failures})

    def held(self, now: datetime) -> frozenset[str]:
        """Return the bodies that are held, except for a probe."""
        return frozenset(b for b, breaker in self.breakers.items() if breaker.permit(now) is not Permit.CLOSED)

    def to_try(self, now: datetime) -> list[str]:
        """Return the bodies that may be probed with one notice now."""
        return sorted(b for b, breaker in self.breakers.items() if breaker.permit(now) is Permit.PROBE)

    def count(
        self, sent: Sequence[tuple[OutboxEntry, Outcome]], tried: str | None, endpoint: CalledEndpoint
    ) -> frozenset[str]:
        """Count refused seals by body, and reset a body's count after an accepted one.

        Return the references of refused notices whose body is held now. ``tried`` is the body that this batch probed.
        Ordinary runs cost nothing.
        """
        refused = [entry.reference for entry, outcome in sent if isinstance(outcome, SealRefused)]
        if not refused and not self.breakers:
            return frozenset()
        now, body_of = endpoint.clock(), endpoint.store.notices.bodies([entry.reference for entry, _ in sent])
        held: set[str] = set()
        for body in sorted(set(body_of.values())):
            told = [outcome for entry, outcome in sent if body_of[entry.reference] == body]
            if body not in self.breakers and not any(isinstance(each, SealRefused) for each in told):
                continue
            change = partial(_after, told=told, now=now, policy=endpoint.policy, probe=body == tried)
            after = endpoint.change_breaker(line_of(self.destination, body), change)
            if after.permit(now) is not Permit.CLOSED:
                held.add(body)
        return frozenset(reference for reference in refused if body_of[reference] in held)


def _after(
    breaker: CircuitBreaker, told: Sequence[Outcome], now: datetime, policy: EndpointPolicy, probe: bool
) -> CircuitBreaker:
    """Return the breaker after these outcomes; another rejection, or no answer, says nothing about the seal."""
    for outcome in told:
        if isinstance(outcome, Accepted):
            breaker = breaker.succeeded()
        elif isinstance(outcome, SealRefused):
            failure = Failure(code=SEAL_NOT_ACCEPTED)
            breaker = breaker.failed(failure, now, probe=probe, pace=policy.pace, opens_after=policy.refusals)
            probe = False
    return breaker
