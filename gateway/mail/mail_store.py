"""The port to alarms and mails. Neither is evidence: no part of `gateway.store.store.Store` has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.mail.alarm import Alarm
from gateway.mail.mail import Mail, MailStanding


class MailStore(Protocol):
    """Keep alarms and mails. Each method is one transaction, and may be repeated. Raises
    `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def affirm(self, alarms: Mapping[str, str], at: datetime) -> None:
        """Record that a process sees these alarms: codes by the name of the task."""
        ...

    def close_quiet(self, before: datetime) -> None:
        """Record that alarms that nobody has affirmed since ``before`` are over, since they were seen last."""
        ...

    def untold(self) -> list[Alarm]:
        """Return the alarms of whose beginning or end no mail tells yet, by the time of their beginning."""
        ...

    def told_at(self) -> datetime | None:
        """Return the last time at which mails about alarms were queued."""
        ...

    def known(self, ids: Collection[str]) -> set[str]:
        """Return those of these ids that a mail has, sent or not."""
        ...

    def queue(self, mails: Sequence[Mail], *, told: Sequence[Alarm] = (), at: datetime) -> None:
        """Queue the mails whose id is new, and record that alarms are told as they stand in ``told``."""
        ...

    def due(self, now: datetime, limit: int) -> list[Mail]:
        """Return mails that are to be tried now, the earliest due first."""
        ...

    def put(self, mails: Sequence[Mail]) -> None:
        """Write the present standing of known mails."""
        ...

    def standing(self) -> MailStanding: ...

    def forget(self, before: datetime) -> None:
        """Delete mails that were made before then and wait no more, and alarms that were told and over before then."""
        ...
