"""The archive in the configuration: its keys, folder and limits, time authorities, and witnesses of its checkpoints."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from adapters.settings.values import (
    Address,
    Days,
    Endpoint,
    FilePath,
    Hours,
    HoursOrNone,
    KeyPair,
    KnownServiceSection,
    Seconds,
    Section,
)
from gateway.merkle.checkpoint import is_name


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
    folder: FilePath


class HttpsWitnessSection(_WitnessSection, KnownServiceSection):
    """Service that takes a POST."""

    kind: Literal["https"]


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
    password_file: FilePath | None = None
    anchors: FilePath | None = None
    timeout_seconds: Seconds = timedelta(seconds=20)

    @model_validator(mode="after")
    def _a_user_has_a_password(self) -> EmailWitnessSection:
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file come together")
        return self


WitnessSection = Annotated[
    FolderWitnessSection | HttpsWitnessSection | EmailWitnessSection, Field(discriminator="kind")
]


def _origin(name: str) -> str:
    if not is_name(name):
        raise ValueError("a name without space and plus is wanted, such as eblagh.city.example/archive")
    return name


class TimeAuthoritySection(Section):
    """RFC 3161 authority. ``between`` are certificates that its tokens may omit; ``policy`` is a dotted OID."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    url: Endpoint
    anchors: list[FilePath] = Field(min_length=1)
    between: list[FilePath] = Field(default=[])
    policy: str | None = Field(default=None, pattern=r"^[0-9]+(\.[0-9]+)+$")
    timeout_seconds: Seconds = timedelta(seconds=10)
    tolerance_seconds: Seconds = timedelta(minutes=1)


class ArchiveSection(Section):
    """The archive: its name, keys, folder and limits.

    ``origin`` names the archive for ever. ``key`` signs its checkpoints (PEM, Ed25519). ``folder`` holds its segments.
    A checkpoint or a segment is made for so many records, and for fewer after so long. Records are removed from the
    database ``leave_after_days`` after they were recorded, or not at all.

    A record that waits ``late_after_hours`` for its place, its checkpoint or its time-stamp is reported. After
    ``stop_sending_after_hours`` nothing more is sent. A person may override this for ``override_max_hours`` at most.

    ``signing`` signs evidence files: RSA or EC, with a certificate.
    """

    origin: Annotated[str, AfterValidator(_origin)]
    key: FilePath
    password_file: FilePath | None = None
    folder: FilePath = "archive"
    checkpoint_seconds: Seconds = timedelta(minutes=1)
    checkpoint_records: int = Field(default=5_000, ge=1)
    segment_hours: Hours = timedelta(days=1)
    segment_records: int = Field(default=20_000, ge=1, le=100_000)
    leave_after_days: Days | None = None
    time_authorities: list[TimeAuthoritySection] = Field(default=[])
    late_after_hours: Hours = timedelta(hours=1)
    stop_sending_after_hours: Hours = timedelta(days=1)
    override_max_hours: Hours = timedelta(days=3)
    witnesses: list[WitnessSection] = Field(default=[])
    signing: KeyPair | None = None

    @model_validator(mode="after")
    def _what_is_late_is_told_before_sending_stops(self) -> ArchiveSection:
        if self.late_after_hours >= self.stop_sending_after_hours:
            raise ValueError("late_after_hours must be less than stop_sending_after_hours")
        return self

    @model_validator(mode="after")
    def _each_has_a_name_of_its_own(self) -> ArchiveSection:
        for key in ("witnesses", "time_authorities"):
            names = [each.name for each in getattr(self, key)]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{key}: two have the name {', '.join(twice)}")
        return self
