"""The sources of health and metrics: facts of this process, and a reading of the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from gateway.intake.push_result import Way
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.judiciary.endpoint_status import EndpointView, views
from gateway.judiciary.pass_statistics import Record
from gateway.operations.recovery import current
from gateway.overview.deadlines.deadline_alerts import NearDays, known_near_days
from gateway.reconciliation.report import Last, last
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.exhaustion import exhausted
from gateway.runtime.timekeeping import Offset
from gateway.store.inbox import Taking
from gateway.store.proof_reach import ProofPolicy, ProofReach
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Backlog, EndpointState, Switch

READ_AGAIN_SECONDS = 1.0
SHARE_OF_TIME = 0.1
"""A slow reading is kept for long: scrapes take no more than this share of a connection's time."""

SHARE_OF_FAILING = 0.5
"""The same share after a failed reading: a returning store shall be seen soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts of this process.

    ``moves`` is true if its scheduler's threads move; ``ending`` if it begins nothing more. ``alarms`` are by the name
    of a record, ``errors`` counts by code. ``reloads`` counts by result (``good``, ``refused``). ``certificates`` are
    the ends of our own ones by name. ``refused`` is the reason if the present configuration file is not in force.
    ``destination`` is the endpoint that this process calls, with this ``endpoint_policy``.

    ``proof`` are the limits of late proof; None without an archive. ``lists`` are the ends of revocation lists by
    authority. ``pushed`` and ``pushes_refused`` count rows and whole messages as `gateway.intake.push_result.PushTally`
    does. ``without_lock`` and ``exhausted`` are those of `gateway.judiciary.pass_statistics.PassStats`. ``silent`` are
    listeners of this process that do not answer, by name.
    """

    version: str
    roles: Sequence[str]
    started_at: datetime
    moves: bool
    ending: bool
    records: Sequence[Record]
    alarms: Mapping[str, GatewayError]
    errors: Mapping[str, int]
    reloads: Mapping[str, int]
    certificates: Mapping[str, datetime]
    refused: GatewayError | None
    offsets: Mapping[str, Offset] = field(default_factory=dict)
    clock_off: GatewayError | None = None
    destination: str = ""
    endpoint_policy: EndpointPolicy = USUAL
    proof: ProofPolicy | None = None
    lists: Mapping[str, datetime] = field(default_factory=dict)
    pushed: Mapping[tuple[str, Way, Taking], int] = field(default_factory=dict)
    pushes_refused: Mapping[tuple[str, Way, str], int] = field(default_factory=dict)
    silent: Mapping[str, GatewayError] = field(default_factory=dict)
    without_lock: GatewayError | None = None
    exhausted: GatewayError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Reading of the store at ``read_at``. With an ``error`` it has nothing else.

    ``waiting_since`` is the start of the next reading, if the store has not answered it yet. ``unwritable`` is the
    error of this process's last write, and of a trial since.
    """

    read_at: datetime
    waiting_since: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    backlog: Sequence[Backlog] = ()
    oldest: Mapping[str, datetime] = field(default_factory=dict)
    switch: Switch | None = None
    last: Last = field(default_factory=Last)
    recovery: Recovery | None = None
    endpoints: Sequence[EndpointState] = ()
    proof: ProofReach = field(default_factory=ProofReach)
    near: NearDays = field(default_factory=NearDays)
    error: GatewayError | None = None
    unwritable: GatewayError | None = None


def endpoints(facts: Facts, reading: Reading, now: datetime) -> list[EndpointView]:
    """Return the state of endpoints, as far as the store answered."""
    return [] if reading.error else views(reading.endpoints, facts.destination, facts.endpoint_policy, now)


class Readings:
    """The last reading, made anew when it is too old. While one thread waits for the store, others get the last one."""

    def __init__(self, store: Callable[[], Store], clock: Clock) -> None:
        """Take the store; ``store`` returns the one that is open now, or raises `GatewayError`."""
        self._store, self._clock, self._lock = store, clock, Lock()
        self._last: Reading | None = None
        self._asked: Store | None = None
        self._began_at: datetime | None = None
        self._keep_until = 0.0

    def last(self) -> Reading:
        # All wait for the very first one.
        if time.monotonic() >= self._keep_until and self._lock.acquire(blocking=self._last is None):
            try:
                if time.monotonic() >= self._keep_until:
                    self._read()
            finally:
                self._began_at = None
                self._lock.release()
        assert self._last is not None
        unwritable = self._asked.trouble if self._asked is not None else None
        return replace(self._last, waiting_since=self._began_at, unwritable=unwritable)

    def _read(self) -> None:
        began = time.monotonic()
        self._began_at = now = self._clock()
        share = SHARE_OF_TIME
        try:
            store = self._asked = self._store()
            store.assert_version()
            self._last = Reading(
                read_at=now,
                counts=store.tallies.counts(),
                backlog=store.tallies.backlog(now=now, ages=()),
                oldest=store.tallies.oldest(),
                switch=store.switch(),
                last=last(store.rows),
                recovery=current(store.recovery),
                endpoints=store.endpoints.states(),
                proof=store.evidence.proof(),
                near=known_near_days(store.rows, now),
            )
        except GatewayError as error:
            self._last, share = Reading(read_at=now, error=error), SHARE_OF_FAILING
        except (MemoryError, OSError) as error:
            if (code := exhausted(error)) is None:
                raise
            self._last, share = Reading(read_at=now, error=GatewayError(code)), SHARE_OF_FAILING
        took = time.monotonic() - began
        self._keep_until = time.monotonic() + max(READ_AGAIN_SECONDS, took / share)
