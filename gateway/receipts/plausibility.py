"""Plausibility of a receipt's event time. A signed time is only the signer's claim.

A receipt with an implausible time goes to quarantine under `IMPLAUSIBLE` and is never applied automatically. The date
of service and every deadline would follow from it. A person who has asked the judiciary may release or dismiss it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.written_date import GREGORIAN_YEARS
from gateway.runtime.clock import TEHRAN, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import Quarantined
from gateway.store.waiting_receipt import ARCHIVE_AWAY, CONTRADICTION, IMPLAUSIBLE

TIME_ACCEPTED: Final = "time accepted by a person"
"""Mark in the record of a receipt that a person released although its time is implausible, or could not be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Window of plausible times for a receipt's event, aware UTC; clocks may differ by ``skew``.

    ``sent_at`` is the time before the first sending of the notice, or of its admission if that is unknown; None if
    earlier sendings are forgotten. Then nothing happened before the day on which the paper was issued, ``issued_on``;
    None: that day cannot be read either, so no time is plausible. ``unread`` is the error of an archive that holds the
    day and cannot be read now: then no time can be judged.
    ``signed_at`` is the receipt's own time of signing, ``now`` is by our clock.
    """

    sent_at: datetime | None
    signed_at: datetime
    now: datetime
    skew: timedelta
    issued_on: date | None = None
    unread: GatewayError | None = None

    def check(self, event_time: datetime, reference: str) -> list[str]:
        """Check an event's time and return the name of the check.

        Raises `GatewayError` `IMPLAUSIBLE`, and `ARCHIVE_AWAY` if only the day of issue is left to be compared.
        """
        if event_time.year not in GREGORIAN_YEARS:
            raise _refusal(reference, event_time, "a year beyond all measure")
        if self.unread is None:
            self._assert_begun(event_time, reference)
        if event_time > self.signed_at + self.skew:
            raise _refusal(reference, event_time, f"after the receipt was signed ({timestamp(self.signed_at)})")
        if event_time > self.now + self.skew:
            raise _refusal(reference, event_time, f"in the future (here it is {timestamp(self.now)})")
        if self.unread is not None:
            raise GatewayError(ARCHIVE_AWAY, where=reference, detail=self.unread.code) from self.unread
        return ["plausible time"]

    def _assert_begun(self, event_time: datetime, reference: str) -> None:
        begin, why = self._begin()
        if begin is None or _latest(event_time) < begin - self.skew:
            raise _refusal(reference, event_time, why)

    def _begin(self) -> tuple[datetime | None, str]:
        """Return the first plausible moment, and the reason to refuse an event before it; None: refuse every event."""
        if self.sent_at is not None:
            return self.sent_at, f"before the notice was sent ({timestamp(self.sent_at)})"
        if self.issued_on is not None:
            begin = datetime.combine(self.issued_on, time(), TEHRAN)
            return begin, f"before the day on which the paper was issued ({self.issued_on})"
        return None, "its sending is forgotten, and the day on which the paper was issued cannot be read"


def assert_in_order(
    reference: str, arrival: datetime | None, event: DeliveryEvent, moment: datetime | None, skew: timedelta
) -> None:
    """Raise `GatewayError` `IMPLAUSIBLE` if a notice was viewed, or served by law, before it arrived."""
    if arrival is not None and moment is not None and _latest(moment) < arrival - skew:
        detail = f"{event} {timestamp(moment)}, before the arrival {timestamp(arrival)}"
        raise GatewayError(IMPLAUSIBLE, where=reference, detail=detail)


def _latest(event_time: datetime) -> datetime:
    """Return the last moment that a written time can mean: some contracts truncate times to the minute."""
    if event_time.microsecond:
        return event_time
    return event_time + (timedelta(seconds=1) if event_time.second else timedelta(minutes=1))


def _refusal(reference: str, event_time: datetime, why: str) -> GatewayError:
    return GatewayError(IMPLAUSIBLE, where=reference, detail=f"{timestamp(event_time)}, {why}")


def report_archive_away(report: PassReport, items: Sequence[Quarantined]) -> None:
    """Add an error if receipts wait for the archive: while it is away, each pass says so."""
    if found := [item for item in items if item.code == ARCHIVE_AWAY]:
        more = f"; {len(found)} receipts in all" if len(found) > 1 else ""
        report.errors.append(
            GatewayError(ARCHIVE_AWAY, where=found[0].payload_digest, detail=f"{found[0].notice}{more}")
        )


def alarm_unapplied(report: PassReport, items: Sequence[Quarantined]) -> None:
    """Add an alarm for times that cannot be right, and one for contradictions: a date of service may depend on each."""
    for code in (IMPLAUSIBLE, CONTRADICTION):
        if found := [item for item in items if item.code == code]:
            more = f"; {len(found)} receipts in all" if len(found) > 1 else ""
            report.alarms.append(GatewayError(code, where=found[0].payload_digest, detail=f"{found[0].detail}{more}"))
