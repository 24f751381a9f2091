"""The port to alarms and mails. Neither is evidence: no part of `gateway.store.store.Store` has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.mail.alarm import Alarm
from gateway.mail.mail import Mail, MailStanding


class MailStore(Protocol):
    """Keep alarms and mails. Each method is one transaction, and may be repeated. Raises
    `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def affirm(self, alarms: Mapping[str, str], at: datetime) -> None:
        """Record that a process sees these alarms: codes by the name of the task."""
        ...

    def close_quiet(self, now: datetime, quiet: timedelta) -> None:
        """Record that alarms that nobody has affirmed for ``quiet`` are over, since they were seen last.

        An alarm that was seen more than ``quiet`` after ``now``, by a clock that was ahead, counts as seen now.
        """
        ...

    def present(self, since: datetime) -> list[Alarm]:
        """Return the alarms that a process has affirmed since then, by their name."""
        ...

    def untold(self) -> list[Alarm]:
        """Return the alarms of whose beginning or end no mail tells yet, by the time of their beginning."""
        ...

    def leave_untold(self, before: datetime) -> None:
        """Record that alarms of which no mail told, and that nobody has seen since then, are over and remain untold."""
        ...

    def told_at(self, before: datetime) -> datetime | None:
        """Return the last time before then at which mails about alarms were queued."""
        ...

    def known(self, ids: Collection[str]) -> set[str]:
        """Return those of these ids that a mail has, sent or not."""
        ...

    def queue(self, mails: Sequence[Mail], *, told: Sequence[Alarm] = (), at: datetime) -> None:
        """Queue the mails whose id is new, and record that alarms are told as they stand in ``told``."""
        ...

    def due(self, now: datetime, limit: int) -> list[Mail]:
        """Return mails that are to be tried now, the earliest due first.

        They are those that are due, and those that are due later than `gateway.mail.mail.LONGEST_WAIT` from now.
        """
        ...

    def put(self, mails: Sequence[Mail]) -> None:
        """Write the present standing of known mails."""
        ...

    def standing(self) -> MailStanding: ...

    def forget(self, before: datetime) -> None:
        """Delete mails that were made before then and wait no more, and alarms that were told and over before then."""
        ...
