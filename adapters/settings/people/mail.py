"""Mail to people in the configuration: the server, who gets alarms, and the morning's mail."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters.settings.archive import MAILBOX
from adapters.settings.values import Address, FilePath, Seconds, Section, time_of_day
from gateway.people.permissions import Role
from gateway.people.person import assert_mailbox
from gateway.runtime.errors import GatewayError

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _mailbox(text: str) -> str:
    try:
        assert_mailbox(text)
    except GatewayError:
        raise ValueError("a mailbox such as operators@city.example is wanted") from None
    return text


def _time(value: object) -> Any:
    """Return a time of day from a text such as 07:30."""
    found = time_of_day(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a time such as 07:30 is wanted")
    return found


Mailbox = Annotated[str, AfterValidator(_mailbox)]


class MailSection(Section):
    """Mail to people (`docs/operate/mail.md`).

    The server takes mail over TLS alone: from the first octet on, or after STARTTLS. Alarms go to persons of
    ``alarm_roles`` who have a mailbox, and to ``alarm_mailboxes``; no more often than every ``alarm_pause_minutes``.
    The morning's mail goes to each person who has a mailbox, from ``digest_at`` in Tehran on, on ``digest_days``.
    """

    server: Address
    security: Literal["tls", "starttls"] = "starttls"
    sender: str = Field(pattern=MAILBOX)
    user: str | None = None
    password_file: FilePath | None = None
    anchors: FilePath | None = None
    timeout_seconds: Seconds = timedelta(seconds=20)
    language: Literal["fa", "en"] = "fa"
    alarm_roles: list[Annotated[Role, Field(strict=False)]] = Field(default=[Role.OPERATOR])
    alarm_mailboxes: list[Mailbox] = Field(default=[])
    alarm_pause_minutes: int = Field(default=10, ge=1, le=1440)
    digest: bool = True
    digest_at: Annotated[time, BeforeValidator(_time)] = time(7, 30)
    digest_days: list[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]] = Field(
        default=["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday"], min_length=1
    )

    @model_validator(mode="after")
    def _a_user_has_a_password(self) -> MailSection:
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file come together")
        return self

    @property
    def weekdays(self) -> frozenset[int]:
        """Days of the morning's mail; Monday is 0."""
        return frozenset(DAYS.index(day) for day in self.digest_days)
