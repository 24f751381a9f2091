"""Calls of a pass to one endpoint overlap, so that the answers' latency costs no throughput.

One thread, the pass's own, finds work, begins calls, and judges and records answers; only the calls themselves overlap.
So lease, rate limit, circuit breaker, doubt and the order of evidence have the guarantees of one call after another.
Answers that have come together are recorded together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from gateway.judiciary.call_count import CallCount
from gateway.judiciary.call_pool import CallPool
from gateway.judiciary.called_endpoint import CalledEndpoint, CallPermit
from gateway.judiciary.courier import CallFailed, Courier
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.may_continue import MayContinue

S = TypeVar("S")
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Came(Generic[S, T]):
    """Call about ``subject`` that has ended: ``take`` returns its answer, or raises.

    ``seconds`` is the time of one answer. A call that asked several times one after another brings several ``answers``.
    """

    subject: S
    permit: CallPermit
    take: Callable[[], T]
    seconds: float
    failed: bool | None = None
    answers: int = 1

    def heard(self, failure: Failure | None) -> None:
        """Report the call's result: its failure, or None if it was answered."""
        self.permit.heard(failure)
        self.failed = failure is not None


class Work(Protocol[S, T]):
    """Work of a pass that calls an endpoint."""

    def find(self) -> bool:
        """Return False if there is nothing to call for now: then the pass ends after the last answer."""
        ...

    def begin(self, free: list[CallPermit]) -> bool:
        """Begin calls by `Overlap.call`, each with a permit out of ``free``; return False if none is possible now."""
        ...

    def record(self, came: Sequence[Came[S, T]]) -> None:
        """Record the answers that have come; report each to its permit by `Came.heard`."""
        ...


class Overlap(Generic[S, T]):
    """Calls of one pass that are under way, by their subjects. ``count`` limits them."""

    def __init__(self, endpoint: CalledEndpoint, courier: Courier, pool: CallPool, count: CallCount) -> None:
        self._endpoint, self._courier, self._pool, self._count = endpoint, courier, pool, count
        self._under_way: dict[int, tuple[S, CallPermit]] = {}
        self._begun = 0

    @property
    def subjects(self) -> list[S]:
        """Subjects of the calls that are under way."""
        return [subject for subject, _ in self._under_way.values()]

    @property
    def calls_grow(self) -> bool:
        """Return True if the next answers may let more calls be under way."""
        return self._count.grows

    def call(self, subject: S, permit: CallPermit, call: Callable[[Courier], T]) -> None:
        """Begin a call. It has ``permit`` until its answer is recorded; `Work.record` may use it for another call."""
        self._begun += 1
        try:
            self._pool.begin(self._begun, call)
        except BaseException:
            permit.end()
            raise
        self._under_way[self._begun] = subject, permit

    def run(self, work: Work[S, T], may_continue: MayContinue) -> None:
        """Make all calls of ``work``; no new one begins once the pass may not continue."""
        try:
            while True:
                if self._has_room() and may_continue() and work.find() and self._begin(work):
                    continue
                if not self._under_way:
                    return
                self._hear(work)
        except BaseException:
            # Their answers have come, or will: what can be recorded need not become a doubt. The first error is raised.
            while self._under_way:
                with suppress(Exception):
                    self._hear(work)
            raise
        finally:
            self._pool.rest()
            self._endpoint.policy.calls.rest()

    def _has_room(self) -> bool:
        return len(self._under_way) < self._count.now

    def _begin(self, work: Work[S, T]) -> bool:
        under_way = len(self._under_way)
        self._courier.assert_ready(self._endpoint.clock())
        self._pool.make_ready(self._count.now)
        free, waits = self._endpoint.permits(most=self._count.now - under_way, further=under_way > 0)
        if not free:
            if not under_way:
                self._endpoint.report.waits = waits
            return False
        first = free[0]
        try:
            return work.begin(free)
        except CallFailed as error:
            first.heard(error.failure)
            raise
        finally:
            for permit in free:
                permit.end()

    def _hear(self, work: Work[S, T]) -> None:
        """Record the answers that have come, at least one."""
        came: list[Came[S, T]] = []
        for ended in self._pool.ended():
            subject, permit = self._under_way.pop(ended.number)
            came.append(Came(subject=subject, permit=permit, take=ended.take, seconds=ended.seconds))
        try:
            work.record(came)
        finally:
            used = [id(permit) for _, permit in self._under_way.values()]
            for each in came:
                if id(each.permit) not in used:
                    each.permit.end()
        for each in came:
            if each.failed is not None:
                count = self._count
                self._count = count.failed() if each.failed else count.answered(each.seconds, each.answers)
