"""Endpoint as one pass calls it: each call needs a permit.

No permit is given in maintenance, while the circuit breaker is open, or while the maximum number of calls is in
progress.
The caller reports the call's result to its permit. The breaker is in the store, shared by all processes: one opens it,
one probes it, and one closes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from gateway.judiciary.courier import CREDENTIALS, CallFailed
from gateway.judiciary.endpoint_policy import EndpointPolicy, resting
from gateway.judiciary.maintenance_window import end_of
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, CircuitBreaker, Failure, Permit
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport, Wait
from gateway.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledEndpoint:
    """Endpoint ``destination`` for one pass. ``report`` names breakers that open or close, and what the pass waits for.

    Breakers have names: ``destination`` itself, and those of `gateway.sending.sealing_breaker`.
    ``asks_time``: the calls find out if our clock is right again, so they may probe while it is off.
    """

    destination: str
    store: Store
    clock: Clock
    policy: EndpointPolicy
    report: PassReport
    asks_time: bool = False

    @contextmanager
    def acquire(self) -> Iterator[CallPermit | None]:
        """Yield a permit for one call, or None; the report then names the cause of waiting.

        A `CallFailed` that leaves the block counts as the call's failure.
        """
        try:
            given, waits = self.permits(most=1)
            if not given:
                self.report.waits = waits
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
            self.policy.calls.rest()  # no pass of many calls follows, which would free the slot at its end

    def permits(self, *, most: int, further: bool = False) -> tuple[list[CallPermit], Wait | None]:
        """Return up to ``most`` permits, each for one call, and the cause of waiting if there is none.

        An endpoint that may be back gets one call only. ``further``: calls of the same pass are under way. Each permit
        must be ended.
        """
        if end_of(self.policy.maintenance, self.clock()) is not None:
            return [], Wait.MAINTENANCE
        with ExitStack() as unused:
            slots: list[ExitStack] = []
            while len(slots) < most:
                slot = ExitStack()
                unused.enter_context(slot)
                if not slot.enter_context(self.policy.calls.take(further=further or bool(slots))):
                    break
                slots.append(slot)
            if not slots:
                return [], Wait.NO_CALL_FREE
            now = self.clock()
            before = after = self.store.endpoints.breaker(self.destination)
            if self._ends_calls(before.permit(now)):
                return [], Wait.RESTING
            if before.permit(now) is Permit.PROBE:
                before, after = self.take_probe(self.destination, now)
            permit = before.permit(now)
            if permit is Permit.OPEN:
                return [], Wait.RESTING
            is_probe = permit is Permit.PROBE
            return [
                CallPermit(is_probe, slot.pop_all(), self, before, after) for slot in (slots[:1] if is_probe else slots)
            ], None

    def grant(self, wanted: int) -> int:
        """Take up to ``wanted`` notices from the rate limit, as sending does; return the number granted."""
        limit = self.policy.rate_limit
        if limit is None:
            return wanted
        if self.policy.clock_is_off():
            return 0
        return self.store.endpoints.take_from_rate_limit(self.destination, limit, wanted, self.clock())

    def _ends_calls(self, permit: Permit) -> bool:
        """Return True while our clock is off if a call would probe, or if one of this pass failed uncounted."""
        if self.asks_time or not self.policy.clock_is_off():
            return False
        return permit is Permit.PROBE or self.report.waits is Wait.RESTING

    def take_probe(self, name: str, now: datetime) -> tuple[CircuitBreaker, CircuitBreaker]:
        """Take the right to probe an open breaker, if it is due; return the breaker before and after.

        One transaction checks and takes it: of all processes one succeeds, for which the breaker before permits a
        probe.
        """

        def change(breaker: CircuitBreaker) -> CircuitBreaker:
            return breaker.probed(now + self.policy.probe) if breaker.permit(now) is Permit.PROBE else breaker

        return self.store.endpoints.update_breaker(name, change, now)

    def release_probe(self, before: CircuitBreaker, mine: CircuitBreaker) -> None:
        """Release a probe that was taken and not made. Otherwise others wait until its time is over."""

        def change(breaker: CircuitBreaker) -> CircuitBreaker:
            return before if breaker == mine else breaker

        self.store.endpoints.update_breaker(before.destination, change, self.clock())

    def change_breaker(self, name: str, change: Callable[[CircuitBreaker], CircuitBreaker]) -> CircuitBreaker:
        """Change a breaker and return it. Report once that it opened, and once that it closed."""
        before, after = self.store.endpoints.update_breaker(name, change, self.clock())
        if after.alarmed and not before.alarmed:
            self.report.alarms.append(resting(after))
        if before.alarmed and not after.alarmed:
            self.report.over.append(resting(before))
        return after


@dataclass(slots=True)
class CallPermit:
    """Permit for one call. A ``probe`` tests if the endpoint is back, at the least possible risk."""

    probe: bool
    _slot: ExitStack
    _endpoint: CalledEndpoint
    _before: CircuitBreaker
    _breaker: CircuitBreaker
    _is_reported: bool = False

    def heard(self, failure: Failure | None) -> None:
        """Report the call's result: its failure, or None if it was answered."""
        if failure is not None and self._endpoint.policy.clock_is_off():
            if not self._endpoint.asks_time:
                self._endpoint.report.waits = Wait.RESTING
            return
        self._is_reported = True
        if failure is None and self._breaker == self._breaker.succeeded():
            return
        endpoint, now = self._endpoint, self._endpoint.clock()

        def change(breaker: CircuitBreaker) -> CircuitBreaker:
            if failure is None:
                return breaker.succeeded()
            opens_after = endpoint.policy.refusals if failure.code == CREDENTIALS else FAILURES_THAT_OPEN
            return breaker.failed(failure, now, probe=self.probe, pace=endpoint.policy.pace, opens_after=opens_after)

        self._breaker, self.probe = endpoint.change_breaker(self._breaker.destination, change), False

    def end(self) -> None:
        """Let others make a call; release the probe if no call was made."""
        self._slot.close()
        if self.probe and not self._is_reported:
            with suppress(GatewayError):
                self._endpoint.release_probe(self._before, self._breaker)
