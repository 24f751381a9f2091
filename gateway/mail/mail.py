"""A mail to one mailbox, and the table of its back-off. It holds numbers, codes and links, and no personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from gateway.runtime.errors import GatewayError

_MINUTE: Final = timedelta(minutes=1)

BACKOFF: Final = (_MINUTE, 5 * _MINUTE, 15 * _MINUTE, 60 * _MINUTE)
"""Waits after the first failures; the last one holds from then on."""

LONGEST_WAIT: Final = 2 * BACKOFF[-1]
"""Upper bound of the wait. Only a clock that was ahead can have set a later time: such a mail is due at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Mail to one mailbox.

    Its ``id`` is derived from its subject matter and its ``recipient``, so that no two processes make it twice. It is
    tried at ``due_at``, and no more after ``until``; without ``due_at`` it has been sent, or given up with ``code``.
    """

    id: str
    recipient: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    made_at: datetime
    until: datetime
    due_at: datetime | None
    attempts: int = 0
    code: str | None = None

    def sent(self) -> Mail:
        """Return the mail after it was sent: only its id is kept, so that it is not made again."""
        return replace(self, recipient="", subject="", text="", due_at=None, attempts=self.attempts + 1, code=None)

    def put_off(self, error: GatewayError, now: datetime) -> Mail:
        """Return the mail after a failure: it is tried later, or given up if that would be too late."""
        due = now + BACKOFF[min(self.attempts, len(BACKOFF) - 1)]
        if due > self.until:
            return self.given_up(error)
        return replace(self, due_at=due, attempts=self.attempts + 1, code=error.code)

    def given_up(self, error: GatewayError) -> Mail:
        """Return the mail after a failure that no later attempt can mend."""
        return replace(self.sent(), code=error.code)


def nothing_to_tell(id: str, now: datetime) -> Mail:
    """Return the mark of a mail that had nothing to tell, so that it is not made later on the same day."""
    return Mail(id=id, recipient="", subject="", text="", made_at=now, until=now, due_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailStanding:
    """Standing of mail: ``waiting`` ones, the ``oldest`` of them, the ``code`` of the last failure of one of them, and
    the number that was ``given_up`` in the last days.
    """

    waiting: int = 0
    oldest: datetime | None = None
    code: str | None = None
    given_up: int = 0


class MailServer(Protocol):
    """Server that takes mail."""

    def send(self, mails: Sequence[Mail]) -> list[GatewayError | None]:
        """Send mails over one connection; return the error of each, or None if the server took it.

        Raises `GatewayError` ``mail.unreachable``, ``mail.credentials``, ``config.endpoint`` if none could be tried.
        """
        ...
