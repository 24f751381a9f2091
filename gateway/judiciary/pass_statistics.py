"""Statistics of this process's passes, in memory, for logs, alarms, health and metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from gateway.judiciary.courier import CallFailed
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.exhaustion import CODES, KEPT
from gateway.runtime.pass_report import PassReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Statistics of one pass (over one source, if it has one) since this process began.

    ``started_at`` is None between two runs; ``moved_at`` is the time when a current run began its last batch.
    ``failing_since`` is the end of the first of the ``failed_in_a_row`` runs, ``failed_at`` that of the last.
    ``errors`` are those of the last run.
    ``left`` counts skipped runs: another process holds the advisory lock, the pass may not continue, or calls are
    paused.
    """

    name: str
    kind: str
    source: str
    runs: int = 0
    failures: int = 0
    left: int = 0
    seconds: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)
    started_at: datetime | None = None
    moved_at: datetime | None = None
    succeeded_at: datetime | None = None
    failing_since: datetime | None = None
    failed_at: datetime | None = None
    failed_in_a_row: int = 0
    errors: tuple[GatewayError, ...] = ()


AT_ONCE = frozenset({"source.another"})
"""Error codes of runs that never succeed until a person acts."""


def alarm(record: Record, now: datetime, after: timedelta) -> GatewayError | None:
    """Return the error that a person must act on, if any.

    It is a run without progress, or only failed runs, for longer than ``after``. Runs of another process do not count,
    so failures count up to our own last run.
    A failure of the judiciary's endpoint is reported once, by its breaker, and not by each pass that calls it.
    """
    if record.moved_at is not None and now - record.moved_at > after:
        return GatewayError("pass.stuck", where=record.name, detail=f"since {record.moved_at:%Y-%m-%dT%H:%M:%SZ}")
    if at_once := next((error for error in record.errors if error.code in AT_ONCE), None):
        return at_once
    if record.failing_since and record.failed_at and record.failed_at - record.failing_since > after:
        return next((error for error in record.errors if not isinstance(error, CallFailed)), None)
    return None


class PassStats:
    """Counter of runs and errors of passes: the threads that run them write it, any thread reads it."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, Lock()
        self._records: dict[str, Record] = {}
        self._errors: Counter[str] = Counter()
        self._exhausted: tuple[GatewayError | None, datetime | None] = None, None
        self.without_lock: GatewayError | None = None
        """Error that kept the last pass from trying its lock; None if it could try.

        All locks of an installation are in one place.
        """

    def keep(self, wanted: Iterable[tuple[str, str, str]]) -> None:
        """Keep statistics of exactly these passes (name, kind, source); known values remain."""
        with self._lock:
            known = self._records
            self._records = {
                name: known.get(name) or Record(name=name, kind=kind, source=source) for name, kind, source in wanted
            }

    def records(self) -> list[Record]:
        with self._lock:
            return list(self._records.values())

    def record(self, name: str) -> Record:
        """Return the statistics of one pass."""
        with self._lock:
            return self._records[name]

    def errors(self) -> Mapping[str, int]:
        """Return the number of occurrences of each error code."""
        with self._lock:
            return dict(self._errors)

    def alarms(self, after: timedelta) -> dict[str, GatewayError]:
        """Return the errors that a person must act on now, by the name of the pass."""
        now = self._clock()
        found = {record.name: alarm(record, now, after) for record in self.records()}
        return {name: error for name, error in found.items() if error is not None}

    def met(self, error: GatewayError) -> None:
        """Count an error outside of any pass."""
        with self._lock:
            self._count([error])

    def began(self, name: str) -> None:
        now = self._clock()
        self._change(name, started_at=now, moved_at=now)

    def moved(self, name: str) -> None:
        """Record the start of another batch."""
        self._change(name, moved_at=self._clock())

    def left(self, name: str) -> None:
        """Record a skipped run, since another process held the lock: neither a success nor a failure."""
        self._change(name, started_at=None, moved_at=None, left=1)

    @property
    def exhausted(self) -> GatewayError | None:
        """Return the error of a resource of the machine or process that ran out recently."""
        with self._lock:
            error, at = self._exhausted
        return error if at is not None and self._clock() - at < KEPT else None

    def _count(self, errors: Iterable[GatewayError]) -> None:
        for error in errors:
            self._errors[error.code] += 1
            if error.code in CODES:
                self._exhausted = error, self._clock()

    def ended(self, name: str, report: PassReport) -> None:
        """Count a finished run. A run with errors has failed, whatever else it did."""
        now = self._clock()
        with self._lock:
            self._count(report.errors)
            before = self._records[name]
            failed = bool(report.errors)
            self._records[name] = replace(
                before,
                runs=before.runs + 1,
                failures=before.failures + failed,
                seconds=before.seconds + (now - (before.started_at or now)).total_seconds(),
                counts=Counter(before.counts) + report.counts,
                started_at=None,
                moved_at=None,
                succeeded_at=before.succeeded_at if failed else now,
                failing_since=(before.failing_since or now) if failed else None,
                failed_at=now if failed else before.failed_at,
                failed_in_a_row=before.failed_in_a_row + 1 if failed else 0,
                errors=tuple(report.errors),
            )

    def _change(self, name: str, *, left: int = 0, **fields: object) -> None:
        with self._lock:
            before = self._records[name]
            self._records[name] = replace(before, left=before.left + left, **fields)  # type: ignore[arg-type]
