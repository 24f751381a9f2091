"""Asks the judiciary where notices stand, and changes nothing by what it says. Messages and answers are evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice

from gateway.judiciary.courier import INQUIRY_BATCH, Courier, Standing, Unknown
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy, acquire, take_from_rate_limit
from gateway.quarantine.quarantine import bounded
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport
from gateway.sending.exchange import answered, sent
from gateway.store.store import Store
from gateway.store.stored import Changes

Pause = Callable[[timedelta], None]
"""Waits for a while, or less."""


def at_once(period: timedelta) -> None:
    """Wait for nothing."""


@dataclass(slots=True)
class Inquiry:
    """``courier`` is None where nobody is to be asked. After a call without an answer, or where the endpoint is left in
    peace, no other is made: whoever does not answer now is not helped by more questions. One call asks about ``batch``
    of them; where the rate limit is reached, ``pause`` waits. ``asked`` counts references; ``unanswered`` those without
    a word, those too that were not asked about any more. ``report`` is told of alarms."""

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
        """Return what the judiciary says of each of these that it spoke about. Those that are not ``ours`` are no
        notices of the store, so that no message can be filed under them."""
        told: dict[str, Standing] = {}
        for some in _batches(references, self.batch):
            if self._silent:
                self.unanswered += len(some)
            elif self.courier is not None and self.may_continue():
                told |= self._ask_all(self.courier, some, ours=ours)
        return told

    def _ask_all(self, courier: Courier, references: Sequence[str], *, ours: bool) -> dict[str, Standing]:
        """Ask as the rate limit lets us, which inquiries share with sending."""
        told: dict[str, Standing] = {}
        left = list(references)
        while left and self.courier is not None and not self._silent and self.may_continue():
            allowed = self._allowed(courier, len(left))
            if not allowed:
                break
            told |= self._ask(courier, left[:allowed], ours=ours)
            left = left[allowed:]
        if left and self.courier is not None and self.may_continue():
            self._silent = True
            self.unanswered += len(left)
        return told

    def _allowed(self, courier: Courier, wanted: int) -> int:
        allowed = take_from_rate_limit(
            self.store.endpoints, courier.destination, self.clock, self.endpoint_policy, wanted
        )
        if not allowed and (rate_limit := self.endpoint_policy.rate_limit) is not None:
            self.pause(rate_limit.interval * min(wanted, rate_limit.burst))
            allowed = take_from_rate_limit(
                self.store.endpoints, courier.destination, self.clock, self.endpoint_policy, wanted
            )
        return allowed

    def _ask(self, courier: Courier, references: Sequence[str], *, ours: bool) -> dict[str, Standing]:
        try:
            courier.assert_ready(self.clock())
        except GatewayError as error:
            self.errors.append(error)
            self.courier = None
            return {}
        with acquire(self.store, courier.destination, self.clock, self.endpoint_policy, self.report) as mine:
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
        self._silent = not told
        return told


def _filed(changes: Changes, *, ours: bool) -> Changes:
    return changes if ours else replace(changes, message_notices={})


def _batches(references: Sequence[str], size: int) -> Iterator[list[str]]:
    left = iter(references)
    while some := list(islice(left, size)):
        yield some
