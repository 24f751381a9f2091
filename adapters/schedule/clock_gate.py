"""The gate of the passes whose times are signed or counted: closed until an outside clock answered, and while this
node's clock is off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

from gateway.judiciary.courier import CREDENTIALS
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport, Wait
from gateway.runtime.timekeeping import STORE, Timekeeper
from gateway.store.store import Store

LOOK_SECONDS = 30.0
"""Oldest usable comparison with the store's clock, in seconds."""

LONGEST_WAIT = 60.0
"""Longest wait between two questions that returned no time, in seconds; the first ones follow sooner."""

TOLD_AFTER = 60.0
"""Seconds of failed questions after which health reports it.

If nobody can be asked, or our credentials are refused, it is reported at once.
"""

NOBODY = "the service is asked about notices alone, and no time authority is configured"

AskTime = Callable[[PassReport], Sequence[GatewayError]]
"""Asks an outside clock for the time, and returns the errors; the report takes changes that the calls made."""


def nobody(report: PassReport) -> Sequence[GatewayError]:  # noqa: ARG001 - nothing to tell
    return ()


class ClockGate:
    """Gate (`adapters.schedule.gates.Gate`) for any number of threads. Raises ``clock.unheard`` and ``clock.off``."""

    def __init__(
        self,
        store: Callable[[], Store],
        timekeeper: Timekeeper,
        ask: AskTime = nobody,
        new_lock: Callable[[], AbstractContextManager[Any]] = Lock,
    ) -> None:
        """Take the clocks; ``store`` returns the store that is open now."""
        self._store, self._timekeeper, self._ask = store, timekeeper, ask
        self._lock, self._asking = new_lock(), new_lock()
        self._looked_at = -LOOK_SECONDS
        self._ask_at = self._failing_since = timekeeper.steady()
        self._in_vain, self._why = 0, "none was asked yet"
        self._refused: GatewayError | None = None
        self._untold = PassReport("clock")
        self.waits: Wait | None = None
        """Reason for which the judiciary was not called at the last attempt."""

    def begin(self, report: PassReport) -> bool:
        """Ask an outside clock if none has answered. A pass that would call the judiciary waits with that call."""
        asked, self._untold = self._untold, PassReport("clock")
        asked.add(self.hear())
        report.alarms += asked.alarms  # each is reported once
        report.over += asked.over
        calls_the_judiciary = report.name != "collect"
        if self.unheard and (self.waits is Wait.MAINTENANCE or (self.waits and calls_the_judiciary)):
            report.waits = self.waits
            return False
        return self.open()

    def assert_trusted(self) -> None:
        """Ask an outside clock if none has answered. Raises ``clock.unheard`` and ``clock.off`` as `open`."""
        self._untold.add(self.hear())
        self.open()

    @property
    def is_trusted(self) -> bool:
        """True if an outside clock was heard, and no clock says that ours is off; nothing is asked for it."""
        return self._timekeeper.off() is None and self._timekeeper.heard_outside_at is not None

    def open(self) -> bool:
        self.compare()
        if (closed := self._timekeeper.off() or self.unheard) is not None:
            raise closed
        return True

    @property
    def unheard(self) -> GatewayError | None:
        """Error ``clock.unheard`` until an outside clock answered: times that are signed before may be wrong.

        If the judiciary refuses our credentials, that is the cause, and the error is ``courier.credentials``.
        """
        if self._timekeeper.heard_outside_at is not None:
            return None
        return self._refused or GatewayError("clock.unheard", where="this machine's clock", detail=self._why or NOBODY)

    def trouble(self) -> GatewayError | None:
        """Return the error that a person must act on; nothing is asked for it."""
        if (off := self._timekeeper.off()) is not None:
            return off
        if self.waits is Wait.MAINTENANCE:
            return None  # it is announced, and nothing could be sent
        waited = self._timekeeper.steady() - self._failing_since
        at_once = not self._why or self._refused is not None
        return self.unheard if self._in_vain and (at_once or waited >= TOLD_AFTER) else None

    def compare(self) -> None:
        """Read the store's clock, if it has one of its own and was not read just now. Raises `GatewayError`."""
        with self._lock:
            began = self._timekeeper.steady()
            if began - self._looked_at < LOOK_SECONDS:
                return
            theirs = self._store().now()
            if theirs is not None:
                self._timekeeper.heard(STORE, theirs, began)
            self._looked_at = began

    def hear(self) -> PassReport:
        """Ask an outside clock if none has answered yet, or if a corrected clock must be confirmed.

        Failed questions follow more and more slowly. Returns the changes that the calls made. Raises `GatewayError`
        ``store.*``.
        """
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
            self._refused = next((error for error in failed if error.code == CREDENTIALS), None)
            self._why = ", ".join(f"{error.where}: {error.code}" if error.where else error.code for error in failed)
        return report
