"""The gateway's own file, `gateway.toml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator
from sqlalchemy.engine import make_url

from adapters.settings.signature import AnswerSignature
from adapters.settings.source import SourceSection
from adapters.settings.values import Address, Days, Endpoint, Seconds, Section, StoreDatabase

IN_DATABASE: Final = "database"
PAYLOAD_FOLDER: Final = "payloads"


class KeyPair(Section):
    """A private key with its certificate (PEM; the certificate first, then those that lead to the anchor)."""

    key: str
    certificate: str
    password_file: str | None = None


def _payloads(place: str) -> str:
    if not place.strip() or "\0" in place or "://" in place or Path(place) == Path():
        raise ValueError('a folder of its own, or "database", is wanted')
    return place


def _usual_payloads(section: dict[str, Any]) -> str:
    """Segment files beside a file; the database where several machines share one."""
    return PAYLOAD_FOLDER if make_url(section["store"]).get_backend_name() == "sqlite" else IN_DATABASE


class GatewaySection(Section):
    """``name`` stands in evidence as the origin of what we send; `adapters.guard` knows what ``environment`` allows;
    ``payloads`` is a folder, or `IN_DATABASE`; ``clock_tolerance_seconds`` is half the judiciary's skew by default."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    environment: Literal["production", "development"] = "production"
    store: StoreDatabase = "sqlite:///gateway.db"
    store_password_file: str | None = None
    store_timeout_seconds: Seconds = timedelta(seconds=20)
    clock_tolerance_seconds: Seconds | None = None
    payloads: Annotated[str, AfterValidator(_payloads)] = Field(default_factory=_usual_payloads)


class JudiciarySection(Section):
    """The other side. All of these times are real; none is ever compressed."""

    destination: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    profile: Literal["eblagh-1"] = "eblagh-1"
    wsdl: str | None = None
    endpoint: Endpoint
    anchors: list[str] = Field(min_length=1)
    certificates: list[str] = Field(min_length=1)
    receipt_certificates: list[str] = Field(min_length=1)
    timeout_seconds: Seconds = timedelta(seconds=60)
    lifetime_seconds: Seconds = timedelta(seconds=300)
    skew_seconds: Seconds = timedelta(seconds=60)
    settle_seconds: Seconds = timedelta(minutes=30)
    ask_again_seconds: Seconds = timedelta(minutes=10)
    requeue: bool = False
    signature: AnswerSignature = AnswerSignature()

    @model_validator(mode="after")
    def _settling_outlives_a_message(self) -> JudiciarySection:
        if self.settle_seconds < self.lifetime_seconds + 2 * self.skew_seconds:
            raise ValueError("settle_seconds must be at least lifetime_seconds + 2 * skew_seconds")
        return self


class DispatchSection(Section):
    """How notices are sent."""

    batch_notices: int = Field(default=50, ge=1, le=500)
    batch_bytes: int = Field(default=8_000_000, ge=1)
    lease_seconds: Seconds = timedelta(minutes=5)
    queue_lifetime_days: Days = timedelta(days=14)


class ReceiptsSection(Section):
    """How receipts are fetched."""

    page: int = Field(default=200, ge=1, le=500)


class TimeSection(Section):
    """``day_seconds`` is how long a day of waiting (back-off) takes. Anything but 86400 is for demonstrations."""

    day_seconds: Seconds = timedelta(days=1)


class ScheduleSection(Section):
    """Seconds between two runs of each pass."""

    collect_seconds: Seconds = timedelta(seconds=60)
    dispatch_seconds: Seconds = timedelta(seconds=10)
    receipts_seconds: Seconds = timedelta(seconds=60)
    rescue_seconds: Seconds = timedelta(seconds=60)
    writeback_seconds: Seconds = timedelta(seconds=30)


class ServiceSection(Section):
    """``listen`` is where health and metrics are served; port 0 takes a free one. ``stop_seconds`` bounds how long a
    stop waits for what is under way; ``alarm_after_seconds`` is how long a pass may fail, or not move."""

    listen: Address = "127.0.0.1:9109"
    stop_seconds: Seconds = timedelta(seconds=75)
    alarm_after_seconds: Seconds = timedelta(minutes=15)


class LogSection(Section):
    """Structured logs, one JSON object a line; never a person's data."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: str | None = None


class BodySection(Section):
    """An issuing body: its Persian title, the kinds of notice that it issues (code → Persian title), and its seal."""

    title: str = Field(min_length=1)
    kinds: dict[str, str] = Field(min_length=1)
    seal: KeyPair


class Settings(Section):
    """The whole file."""

    gateway: GatewaySection
    transport: KeyPair
    judiciary: JudiciarySection
    dispatch: DispatchSection = DispatchSection()
    receipts: ReceiptsSection = ReceiptsSection()
    time: TimeSection = TimeSection()
    schedule: ScheduleSection = ScheduleSection()
    service: ServiceSection = ServiceSection()
    log: LogSection = LogSection()
    bodies: dict[str, BodySection] = Field(min_length=1)
    sources: dict[str, SourceSection] = Field(min_length=1)

    @property
    def clock_tolerance(self) -> timedelta:
        """How far another clock may be from ours. Half the skew, so that two nodes differ by no more than it."""
        return self.gateway.clock_tolerance_seconds or self.judiciary.skew_seconds / 2

    @model_validator(mode="after")
    def _a_clock_that_is_off_is_noticed_before_its_messages_are_refused(self) -> Settings:
        if self.clock_tolerance > self.judiciary.skew_seconds:
            raise ValueError("gateway.clock_tolerance_seconds must be at most judiciary.skew_seconds")
        return self

    @model_validator(mode="after")
    def _lease_outlives_a_call(self) -> Settings:
        if self.dispatch.lease_seconds <= self.judiciary.timeout_seconds:
            raise ValueError("dispatch.lease_seconds must be more than judiciary.timeout_seconds")
        return self

    @model_validator(mode="after")
    def _a_stop_outlives_a_call(self) -> Settings:
        if self.service.stop_seconds <= self.judiciary.timeout_seconds:
            raise ValueError("service.stop_seconds must be more than judiciary.timeout_seconds")
        return self
