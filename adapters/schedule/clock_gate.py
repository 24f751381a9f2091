"""The gate of the passes whose times are signed or counted: closed until an outside clock was heard, and while this
node's clock is off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport, Wait
from gateway.runtime.timekeeping import STORE, Timekeeper
from gateway.store.store import Store

LOOK_SECONDS = 30.0
"""How old a comparison with the store's clock may be."""

LONGEST_WAIT = 60.0
"""Seconds between two questions that told no time; the first ones follow sooner."""

TOLD_AFTER = 60.0
"""Seconds of asking in vain after which health tells it. Where nobody can be asked it is told at once."""

NOBODY = "the service is asked about notices alone, and no time authority is configured"

AskTime = Callable[[PassReport], Sequence[GatewayError]]
"""Asks an outside clock for the time, and returns why none answered; the report takes what the calls changed."""


def nobody(report: PassReport) -> Sequence[GatewayError]:  # noqa: ARG001 - nothing to tell
    return ()


class ClockGate:
    """`adapters.schedule.gates.Gate` for any number of threads. Raises ``clock.unheard`` and ``clock.off``."""

    def __init__(self, store: Callable[[], Store], timekeeper: Timekeeper, ask: AskTime = nobody) -> None:
        """``store`` returns the store that is open now."""
        self._store, self._timekeeper, self._ask = store, timekeeper, ask
        self._lock, self._asking = Lock(), Lock()
        self._looked_at = -LOOK_SECONDS
        self._ask_at = self._failing_since = timekeeper.steady()
        self._in_vain, self._why = 0, "none was asked yet"
        self.waits: Wait | None = None
        """Why the judiciary was left in peace when it was to be asked last."""

    def begin(self, report: PassReport) -> bool:
        """Have an outside clock asked if none was heard. A pass that would call the judiciary waits with that call."""
        asked = self.hear()
        report.alarms += asked.alarms  # each is told once
        report.over += asked.over
        calls_the_judiciary = report.name != "collect"
        if self.unheard and (self.waits is Wait.MAINTENANCE or (self.waits and calls_the_judiciary)):
            report.waits = self.waits
            return False
        return self.open()

    def open(self) -> bool:
        self.compare()
        if (closed := self._timekeeper.off() or self.unheard) is not None:
            raise closed
        return True

    @property
    def unheard(self) -> GatewayError | None:
        """``clock.unheard`` until an outside clock was heard: what is signed before may have any time."""
        if self._timekeeper.heard_outside_at is not None:
            return None
        return GatewayError("clock.unheard", where="this machine's clock", detail=self._why or NOBODY)

    def trouble(self) -> GatewayError | None:
        """Return the error that somebody must act on; nothing is asked for it."""
        if (off := self._timekeeper.off()) is not None:
            return off
        if self.waits is Wait.MAINTENANCE:
            return None  # it is announced, and nothing could be sent
        waited = self._timekeeper.steady() - self._failing_since
        return self.unheard if self._in_vain and (not self._why or waited >= TOLD_AFTER) else None

    def compare(self) -> None:
        """Hear the store's clock, if it has one of its own and was not heard just now. Raises `GatewayError`."""
        with self._lock:
            began = self._timekeeper.steady()
            if began - self._looked_at < LOOK_SECONDS:
                return
            theirs = self._store().now()
            if theirs is not None:
                self._timekeeper.heard(STORE, theirs, began)
            self._looked_at = began

    def hear(self) -> PassReport:
        """Have an outside clock asked, where none was heard yet or it tells whether a clock was set right; ever more
        seldom, where that is in vain. Return what the calls changed. Raises `GatewayError` ``store.*``."""
        report = PassReport("clock")
        with self._asking:
            if not self._timekeeper.must_ask or self._timekeeper.steady() < self._ask_at:
                return report
            before = self._timekeeper.heard_outside_at
            failed = self._ask(report)
            self.waits = report.waits
            now = self._timekeeper.steady()
            if self._timekeeper.heard_outside_at != before:
                self._in_vain, self._ask_at = 0, now
                return report
            if not self._in_vain:
                self._failing_since = now
            self._in_vain += 1
            self._ask_at = now + min(2.0 ** min(self._in_vain - 1, 10), LONGEST_WAIT)
            self._why = ", ".join(f"{error.where}: {error.code}" if error.where else error.code for error in failed)
        return report
