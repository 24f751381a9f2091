"""Manners towards an endpoint: each call needs a turn, and no turn is given in maintenance, while the endpoint rests,
or while as many calls are under way as it bears.

What became of the call is told to the turn. The breaker stands in the store, so that all processes know: one of them
opens it, one probes it, and one says that it is closed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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
    """``probe`` is how long one call that tries an endpoint keeps others from trying it too: a call's time-out.
    ``rate_limit`` is of notices; without one there is no limit. ``pace`` compresses our own waits.
    After so many ``refusals`` of our credentials in a row, the endpoint rests; of a body's seal, the body does."""

    probe: timedelta = timedelta(minutes=1)
    pace: Pace = REAL
    rate_limit: RateLimit | None = None
    refusals: int = FAILURES_THAT_OPEN
    maintenance: Sequence[Window] = ()
    calls: Calls = field(default=UNLIMITED, compare=False)


USUAL = EndpointPolicy()
"""A breaker, and no limit."""


@dataclass(slots=True)
class CallPermit:
    """One call may be made now. A ``probe`` tries whether the endpoint is back: it risks as little as it can."""

    probe: bool
    _store: Store
    _before: CircuitBreaker
    _breaker: CircuitBreaker
    _clock: Clock
    _manners: EndpointPolicy
    _report: PassReport
    _told: bool = False

    def heard(self, failure: Failure | None) -> None:
        """Tell what became of the call: its failure, or None where it was answered."""
        now, self._told = self._clock(), True
        if failure is None and self._breaker == self._breaker.succeeded():
            return

        def change(breaker: CircuitBreaker) -> CircuitBreaker:
            if failure is None:
                return breaker.succeeded()
            opens_after = self._manners.refusals if failure.code == CREDENTIALS else FAILURES_THAT_OPEN
            return breaker.failed(failure, now, probe=self.probe, pace=self._manners.pace, opens_after=opens_after)

        before, after = self._store.endpoints.update_breaker(self._breaker.destination, change)
        self._breaker, self.probe = after, False
        report_change(before, after, self._report)

    def end(self) -> None:
        """Give the right to try the endpoint back if no call was made."""
        if self.probe and not self._told:
            before, mine = self._before, self._breaker
            # Else others have to wait until the time for the probe is over.
            with suppress(GatewayError):
                self._store.endpoints.update_breaker(
                    before.destination, lambda breaker: before if breaker == mine else breaker
                )


@contextmanager
def acquire(
    store: Store, destination: str, clock: Clock, endpoint_policy: EndpointPolicy, report: PassReport
) -> Iterator[CallPermit | None]:
    """Give a turn for one call, or None; then the report says what is waited for. A `CallFailed` that leaves the block
    counts as the call's failure."""
    if end_of(endpoint_policy.maintenance, clock()) is not None:
        report.waits = Wait.MAINTENANCE
        yield None
        return
    with endpoint_policy.calls.take() as free:
        given = _given(store, destination, clock, endpoint_policy, report) if free else None
        if given is None:
            report.waits = Wait.RESTING if free else Wait.NO_CALL_FREE
            yield None
            return
        try:
            yield given
        except CallFailed as error:
            given.heard(error.failure)
            raise
        finally:
            given.end()


def take_from_rate_limit(
    store: EndpointStore, destination: str, clock: Clock, endpoint_policy: EndpointPolicy, wanted: int
) -> int:
    """Return about how many of ``wanted`` notices may be asked now, and take them from the ration, as sending does."""
    if endpoint_policy.rate_limit is None:
        return wanted
    return store.take_from_rate_limit(destination, endpoint_policy.rate_limit, wanted, clock())


def _given(
    store: Store, destination: str, clock: Clock, endpoint_policy: EndpointPolicy, report: PassReport
) -> CallPermit | None:
    now = clock()
    before = after = store.endpoints.breaker(destination)
    if before.permit(now) is Permit.PROBE:
        before, after = take_probe(store.endpoints, destination, now, endpoint_policy)
    permit = before.permit(now)
    if permit is Permit.OPEN:
        return None
    return CallPermit(permit is Permit.PROBE, store, before, after, clock, endpoint_policy, report)


def take_probe(
    store: EndpointStore, destination: str, now: datetime, endpoint_policy: EndpointPolicy
) -> tuple[CircuitBreaker, CircuitBreaker]:
    """Take the right to try what rests, where it may be tried; return its breaker before and after.

    Asked and answered in one transaction: of all processes one gets through.
    """

    def change(breaker: CircuitBreaker) -> CircuitBreaker:
        return breaker.probed(now + endpoint_policy.probe) if breaker.permit(now) is Permit.PROBE else breaker

    return store.update_breaker(destination, change)


def report_change(before: CircuitBreaker, after: CircuitBreaker, report: PassReport) -> None:
    """Have the report tell that something rests, or that this is over: each once."""
    if after.alarmed and not before.alarmed:
        report.alarms.append(resting(after))
    if before.alarmed and not after.alarmed:
        report.over.append(resting(before))


def resting(breaker: CircuitBreaker) -> GatewayError:
    """Return the error that tells of a rest: of an endpoint, or of a body whose seal is not accepted. Refused
    credentials have a code of their own, since they are for us to mend."""
    since = f" since {timestamp(breaker.since)}" if breaker.since else ""
    code = breaker.code if breaker.code in (CREDENTIALS, SEAL_NOT_ACCEPTED) else "endpoint.resting"
    return GatewayError(code, where=breaker.destination, detail=f"{breaker.code}{since}")
