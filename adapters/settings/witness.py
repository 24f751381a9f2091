"""Who keeps the archive's checkpoints outside of the machine, as a configuration names them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from adapters.settings.values import Address, Endpoint, Hours, HoursOrNone, Seconds, Section


class _WitnessSection(Section):
    """It is handed the newest checkpoint, no more often than ``every_hours``; where something has waited for it for
    ``late_after_hours`` more, that is told."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    every_hours: HoursOrNone = timedelta()
    late_after_hours: Hours = timedelta(days=1)

    @property
    def limit(self) -> timedelta:
        """How long a record may wait for it."""
        return self.every_hours + self.late_after_hours


class FolderWitnessSection(_WitnessSection):
    """A folder that others keep: a file share. It must be there already."""

    kind: Literal["folder"]
    folder: str = Field(min_length=1)


class HttpsWitnessSection(_WitnessSection):
    """A service that takes a POST. It knows us by a bearer's token, a certificate, both or neither."""

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
    """A mailbox, over a server that speaks TLS: from the first octet on, or after STARTTLS."""

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
