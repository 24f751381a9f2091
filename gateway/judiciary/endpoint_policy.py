"""Endpoint policy: each call needs a permit.

No permit is given in maintenance, while the circuit breaker is open, or while the maximum number of calls is in
progress.
The caller reports the call's result to its permit. The breaker is in the store, shared by all processes: one opens it,
one probes it, and one closes it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.judiciary.courier import CREDENTIALS, SEAL_NOT_ACCEPTED, CallFailed
from gateway.judiciary.maintenance_window import Window, end_of
from gateway.runtime.advisory_lock import UNLIMITED, Calls
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, CircuitBreaker, Failure, Permit
from gateway.runtime.clock import REAL, Clock, Pace, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport, Wait
from gateway.runtime.rate_limit import RateLimit
from gateway.store.ports.endpoint_store import EndpointStore
from gateway.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPolicy:
    """Limits for calls to an endpoint.

    ``probe`` is the time for which one probing call keeps others from probing: a call's time-out. ``rate_limit`` counts
    notices; None means no limit. ``pace`` compresses our own waits.
    After ``refusals`` refusals of our credentials in a row, the endpoint's breaker opens; for refusals of a body's
    seal, that body's.
    """

    probe: timedelta = timedelta(minutes=1)
    pace: Pace = REAL
    rate_limit: RateLimit | None = None
    refusals: int = FAILURES_THAT_OPEN
    maintenance: Sequence[Window] = ()
    calls: Calls = field(default=UNLIMITED, compare=False)


USUAL = EndpointPolicy()
"""Default policy: a circuit breaker, and no limit."""


@dataclass(slots=True)
class CallPermit:
    """Permit for one call. A ``probe`` tests if the endpoint is back, at the least possible risk."""

    probe: bool
    _slot: ExitStack
    _store: Store
    _before: CircuitBreaker
    _breaker: CircuitBreaker
    _clock: Clock
    _policy: EndpointPolicy
    _report: PassReport
    _told: bool = False

    def heard(self, failure: Failure | None) -> None:
        """Report the call's result: its failure, or None if it was answered."""
        now, self._told = self._clock(), True
        if failure is None and self._breaker == self._breaker.succeeded():
            return

        def change(breaker: CircuitBreaker) -> CircuitBreaker:
            if failure is None:
                return breaker.succeeded()
            opens_after = self._policy.refusals if failure.code == CREDENTIALS else FAILURES_THAT_OPEN
            return breaker.failed(failure, now, probe=self.probe, pace=self._policy.pace, opens_after=opens_after)

        before, after = self._store.endpoints.update_breaker(self._breaker.destination, change, now)
        self._breaker, self.probe = after, False
        report_change(before, after, self._report)

    def end(self) -> None:
        """Let others make a call; release the probe if no call was made."""
        self._slot.close()
        if self.probe and not self._told:
            before, mine = self._before, self._breaker
            # Otherwise other processes wait until the probe's time is over.
            with suppress(GatewayError):
                self._store.endpoints.update_breaker(
                    before.destination, lambda breaker: before if breaker == mine else breaker, self._clock()
                )


@contextmanager
def acquire(
    store: Store, destination: str, clock: Clock, endpoint_policy: EndpointPolicy, report: PassReport
) -> Iterator[CallPermit | None]:
    """Yield a permit for one call, or None; the report then names the cause of waiting.

    A `CallFailed` that leaves the block counts as the call's failure.
    """
    try:
        given, waits = permits(store, destination, clock, endpoint_policy, report, most=1)
        if not given:
            report.waits = waits
            yield None
            return
        [permit] = given
        try:
            yield permit
        except CallFailed as error:
            permit.heard(error.failure)
            raise
        finally:
            permit.end()
    finally:
        endpoint_policy.calls.rest()  # no pass of many calls follows, which would free the slot at its end


def permits(
    store: Store,
    destination: str,
    clock: Clock,
    endpoint_policy: EndpointPolicy,
    report: PassReport,
    *,
    most: int,
    further: bool = False,
) -> tuple[list[CallPermit], Wait | None]:
    """Return up to ``most`` permits, each for one call, and the cause of waiting if there is none.

    An endpoint that may be back gets one call only. ``further``: calls of the same pass are under way. Each permit must
    be ended.
    """
    if end_of(endpoint_policy.maintenance, clock()) is not None:
        return [], Wait.MAINTENANCE
    with ExitStack() as unused:
        slots: list[ExitStack] = []
        while len(slots) < most:
            slot = ExitStack()
            unused.enter_context(slot)
            if not slot.enter_context(endpoint_policy.calls.take(further=further or bool(slots))):
                break
            slots.append(slot)
        if not slots:
            return [], Wait.NO_CALL_FREE
        now = clock()
        before = after = store.endpoints.breaker(destination)
        if before.permit(now) is Permit.PROBE:
            before, after = take_probe(store.endpoints, destination, now, endpoint_policy)
        permit = before.permit(now)
        if permit is Permit.OPEN:
            return [], Wait.RESTING
        is_probe = permit is Permit.PROBE
        return [
            CallPermit(is_probe, slot.pop_all(), store, before, after, clock, endpoint_policy, report)
            for slot in (slots[:1] if is_probe else slots)
        ], None


def take_from_rate_limit(
    store: EndpointStore, destination: str, clock: Clock, endpoint_policy: EndpointPolicy, wanted: int
) -> int:
    """Take up to ``wanted`` notices from the rate limit, as sending does; return the number granted."""
    if endpoint_policy.rate_limit is None:
        return wanted
    return store.take_from_rate_limit(destination, endpoint_policy.rate_limit, wanted, clock())


def take_probe(
    store: EndpointStore, destination: str, now: datetime, endpoint_policy: EndpointPolicy
) -> tuple[CircuitBreaker, CircuitBreaker]:
    """Take the right to probe an open circuit breaker, if it is due; return the breaker before and after.

    One transaction checks and takes it: of all processes one succeeds.
    """

    def change(breaker: CircuitBreaker) -> CircuitBreaker:
        return breaker.probed(now + endpoint_policy.probe) if breaker.permit(now) is Permit.PROBE else breaker

    return store.update_breaker(destination, change, now)


def report_change(before: CircuitBreaker, after: CircuitBreaker, report: PassReport) -> None:
    """Report once that a circuit breaker opened, and once that it closed."""
    if after.alarmed and not before.alarmed:
        report.alarms.append(resting(after))
    if before.alarmed and not after.alarmed:
        report.over.append(resting(before))


def resting(breaker: CircuitBreaker) -> GatewayError:
    """Return the error for an open breaker of an endpoint, or of a body whose seal is refused.

    Refused credentials have a code of their own, since we must correct them.
    """
    since = f" since {timestamp(breaker.since)}" if breaker.since else ""
    code = breaker.code if breaker.code in (CREDENTIALS, SEAL_NOT_ACCEPTED) else "endpoint.resting"
    return GatewayError(code, where=breaker.destination, detail=f"{breaker.code}{since}")
