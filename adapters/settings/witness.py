"""Witnesses, which keep the archive's checkpoints outside of the machine, as a configuration names them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from adapters.settings.values import Address, Endpoint, Hours, HoursOrNone, Seconds, Section


class _WitnessSection(Section):
    """Settings of every witness.

    It receives the newest checkpoint, no more often than ``every_hours``. A record that waits ``late_after_hours``
    longer than that is reported.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    every_hours: HoursOrNone = timedelta()
    late_after_hours: Hours = timedelta(days=1)

    @property
    def limit(self) -> timedelta:
        """Longest time that a record may wait for this witness."""
        return self.every_hours + self.late_after_hours


class FolderWitnessSection(_WitnessSection):
    """Folder that others keep, such as a file share. It must exist already."""

    kind: Literal["folder"]
    folder: str = Field(min_length=1)


class HttpsWitnessSection(_WitnessSection):
    """Service that takes a POST. It recognizes us by a bearer token, a certificate, both or neither."""

    kind: Literal["https"]
    url: Endpoint
    anchors: str | None = None
    certificate: str | None = None
    key: str | None = None
    password_file: str | None = None
    token_file: str | None = None
    timeout_seconds: Seconds = timedelta(seconds=10)

    @model_validator(mode="after")
    def _a_certificate_has_its_key(self) -> HttpsWitnessSection:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together")
        if self.password_file is not None and self.key is None:
            raise ValueError("password_file says nothing without key")
        return self


MAILBOX = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"


class EmailWitnessSection(_WitnessSection):
    """Mailbox, reached by a server with TLS: from the first octet on, or after STARTTLS."""

    kind: Literal["email"]
    every_hours: HoursOrNone = timedelta(days=1)
    server: Address
    security: Literal["tls", "starttls"] = "starttls"
    sender: str = Field(pattern=MAILBOX)
    recipient: str = Field(pattern=MAILBOX)
    user: str | None = None
    password_file: str | None = None
    anchors: str | None = None
    timeout_seconds: Seconds = timedelta(seconds=20)

    @model_validator(mode="after")
    def _a_user_has_a_password(self) -> EmailWitnessSection:
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file come together")
        return self


WitnessSection = Annotated[
    FolderWitnessSection | HttpsWitnessSection | EmailWitnessSection, Field(discriminator="kind")
]
