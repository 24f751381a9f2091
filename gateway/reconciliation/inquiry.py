"""Inquiries for reconciliation: ask the judiciary for standings without changing a notice.

Messages and answers are evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice

from gateway.judiciary.called_endpoint import CalledEndpoint
from gateway.judiciary.courier import INQUIRY_BATCH, Courier, Standing, Unknown
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.quarantine.quarantine import bounded
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport
from gateway.sending.exchange import answered, sent
from gateway.store.store import Store
from gateway.store.stored import Changes

Pause = Callable[[timedelta], None]
"""Function that waits for a period, or less."""


def at_once(period: timedelta) -> None:
    """Continue without waiting."""


@dataclass(slots=True)
class Inquiry:
    """Inquiries of one reconciliation; without a ``courier`` none is made.

    After a call without an answer, or while calls to the endpoint are paused, no other is made: more questions would
    not help. One call covers ``batch`` notices; at the rate limit, ``pause`` waits.
    ``asked`` counts references. ``unanswered`` counts those without an answer, including those no longer asked about.
    ``report`` gets alarms.
    """

    store: Store
    courier: Courier | None
    clock: Clock
    origin: str
    may_continue: MayContinue
    endpoint_policy: EndpointPolicy = USUAL
    batch: int = INQUIRY_BATCH
    pause: Pause = at_once
    report: PassReport = field(default_factory=lambda: PassReport("reconcile"))
    asked: int = 0
    unanswered: int = 0
    errors: list[GatewayError] = field(default_factory=list)
    _silent: bool = False

    def standings(self, references: Sequence[str], *, ours: bool = True) -> dict[str, Standing]:
        """Return the judiciary's standing of each reference that it answered.

        References that are not ``ours`` are no notices of the store, so that no message can be filed under them.
        """
        told: dict[str, Standing] = {}
        for some in _batches(references, self.batch):
            if self._silent:
                self.unanswered += len(some)
            elif self.courier is not None and self.may_continue():
                told |= self._ask_all(self.courier, some, ours=ours)
        return told

    def _ask_all(self, courier: Courier, references: Sequence[str], *, ours: bool) -> dict[str, Standing]:
        """Inquire within the rate limit, which inquiries share with sending."""
        told: dict[str, Standing] = {}
        left = list(references)
        while left and self.courier is not None and not self._silent and self.may_continue():
            allowed = self._allowed(courier, len(left))
            if not allowed:
                break
            told |= self._ask_fitting(courier, left[:allowed], ours=ours)
            left = left[allowed:]
        if left and self.courier is not None and self.may_continue():
            self._silent = True
            self.unanswered += len(left)
        return told

    def _allowed(self, courier: Courier, wanted: int) -> int:
        endpoint = self._endpoint(courier)
        allowed = endpoint.grant(wanted)
        if not allowed and (rate_limit := self.endpoint_policy.rate_limit) is not None:
            self.pause(rate_limit.interval * min(wanted, rate_limit.burst))
            allowed = endpoint.grant(wanted)
        return allowed

    def _endpoint(self, courier: Courier) -> CalledEndpoint:
        return CalledEndpoint(
            destination=courier.destination,
            store=self.store,
            clock=self.clock,
            policy=self.endpoint_policy,
            report=self.report,
        )

    def _ask_fitting(self, courier: Courier, references: Sequence[str], *, ours: bool) -> dict[str, Standing]:
        """Inquire; a reference for which no question can be made keeps no other from being asked about."""
        try:
            return self._ask(courier, references, ours=ours)
        except GatewayError as error:
            if error.scope is not ErrorScope.ROW:
                raise
            if len(references) == 1:
                self.errors.append(error)
                self.unanswered += 1
                return {}
        told: dict[str, Standing] = {}
        for reference in references:
            told |= self._ask_fitting(courier, [reference], ours=ours)
        return told

    def _ask(self, courier: Courier, references: Sequence[str], *, ours: bool) -> dict[str, Standing]:
        try:
            courier.assert_ready(self.clock())
        except GatewayError as error:
            self.errors.append(error)
            self.courier = None
            return {}
        with self._endpoint(courier).acquire() as mine:
            if mine is None:
                self._silent = True
                self.unanswered += len(references)
                return {}
            message = courier.prepare_inquiry(references, self.clock())
            self.store.commit(_filed(sent(message, self.origin, courier.destination), ours=ours))
            answer, left_out = bounded(self.store, courier.inquire(message))
            mine.heard(answer.failure)
        self.store.commit(_filed(answered(message, answer, (), self.origin, courier.destination), ours=ours))
        self.errors += [left_out] if left_out else []
        told: dict[str, Standing] = {
            reference: standing
            for reference, standing in answer.by_reference.items()
            if not isinstance(standing, Unknown)
        }
        self.asked += len(references)
        self.unanswered += len(references) - len(told)
        # An answer that leaves a notice open is an answer: the next notice may fare better.
        self._silent = answer.raw is None or answer.refused is not None or answer.failure is not None
        return told


def _filed(changes: Changes, *, ours: bool) -> Changes:
    return changes if ours else replace(changes, message_notices={})


def _batches(references: Sequence[str], size: int) -> Iterator[list[str]]:
    left = iter(references)
    while some := list(islice(left, size)):
        yield some
