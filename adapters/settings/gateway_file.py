"""The gateway's own file, `gateway.toml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator
from sqlalchemy.engine import make_url

from adapters.settings.archive import ArchiveSection
from adapters.settings.city.courtesy import CourtesySection
from adapters.settings.city.legal_section import LegalSection
from adapters.settings.city.register_section import AssetRegisterSection
from adapters.settings.city.sharing_section import SharingSection
from adapters.settings.judiciary import JudiciarySection
from adapters.settings.people.console import ConsoleSection
from adapters.settings.people.mail import MailSection
from adapters.settings.retention import KIND, RetentionSection
from adapters.settings.source import ByHandSection, PushSection, Sources
from adapters.settings.values import (
    Address,
    CivilDay,
    Days,
    Endpoint,
    FilePath,
    Hours,
    KeyPair,
    Misfit,
    OwnFile,
    Seconds,
    Section,
    StoreDatabase,
)
from gateway.notice.written_date import written_day
from gateway.overview.paper_price import PaperPrice
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Requirement

IN_DATABASE: Final = "database"
PAYLOAD_FOLDER: Final = "payloads"


class RevocationSection(Section):
    """Sources of revocation lists.

    Lists are fetched from ``urls`` alone, and read from ``folder``, in which persons put them. Each source is read
    every ``refresh_seconds``. ``anchors`` are the roots of our own certificates: with them, our own lists are required,
    too. Every list is kept ``keep_days`` after its end.
    """

    urls: list[Endpoint] = Field(default=[])
    folder: FilePath | None = None
    anchors: list[FilePath] = Field(default=[])
    refresh_seconds: Seconds = timedelta(hours=1)
    timeout_seconds: Seconds = timedelta(seconds=30)
    keep_days: Days = timedelta(days=30)

    @property
    def has_source(self) -> bool:
        return bool(self.urls) or self.folder is not None


def _payloads(place: str) -> str:
    if not place.strip() or "\0" in place or "://" in place or Path(place) == Path():
        raise ValueError('a folder of its own, or "database", is wanted')
    return place


def _usual_payloads(section: dict[str, Any]) -> str:
    """Return the default of ``payloads``: segment files for SQLite; the database if several machines may share one."""
    return PAYLOAD_FOLDER if make_url(section["store"]).get_backend_name() == "sqlite" else IN_DATABASE


class GatewaySection(Section):
    """The gateway itself.

    ``name`` is the origin of our messages in evidence. `adapters.composition.guard` enforces ``environment``.
    ``payloads`` is a folder, or `IN_DATABASE`. ``state`` is the file in which this machine keeps the store's
    fingerprint. ``clock_tolerance_seconds`` is half the judiciary's skew by default.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    environment: Literal["production", "development"] = "production"
    store: StoreDatabase = "sqlite:///gateway.db"
    store_password_file: FilePath | None = None
    store_timeout_seconds: Seconds = timedelta(seconds=20)
    clock_tolerance_seconds: Seconds | None = None
    payloads: Annotated[str, AfterValidator(_payloads)] = Field(default_factory=_usual_payloads)
    state: OwnFile = "gateway.state"


class DispatchSection(Section):
    """Sending of notices: batches, leases, and the life of a queued notice."""

    batch_notices: int = Field(default=50, ge=1, le=500)
    batch_bytes: int = Field(default=8_000_000, ge=1)
    lease_seconds: Seconds = timedelta(minutes=5)
    queue_lifetime_days: Days = timedelta(days=14)


class ReceiptsSection(Section):
    """Fetching of receipts.

    If a judiciary returns receipts by notice, a pass polls ``page`` notices. A notice is polled for ``poll_days`` after
    its last step.
    """

    page: int = Field(default=200, ge=1, le=500)
    poll_days: Days = timedelta(days=90)


class TimeSection(Section):
    """Length of a day of waiting (back-off): ``day_seconds``. Anything but 86400 is for demonstrations."""

    day_seconds: Seconds = timedelta(days=1)


class ScheduleSection(Section):
    """Seconds between two runs of each pass."""

    collect_seconds: Seconds = timedelta(seconds=60)
    acts_seconds: Seconds = timedelta(seconds=2)
    dispatch_seconds: Seconds = timedelta(seconds=10)
    receipts_seconds: Seconds = timedelta(seconds=60)
    rescue_seconds: Seconds = timedelta(seconds=60)
    writeback_seconds: Seconds = timedelta(seconds=30)
    courtesy_seconds: Seconds = timedelta(seconds=60)
    archive_seconds: Seconds = timedelta(seconds=10)
    witness_seconds: Seconds = timedelta(seconds=10)
    revocation_seconds: Seconds = timedelta(minutes=5)
    overdue_seconds: Seconds = timedelta(minutes=5)
    mail_seconds: Seconds = timedelta(seconds=30)
    reconcile_seconds: Seconds = timedelta(days=1)


class KindLimits(Section):
    """Limits of one kind of notice; an omitted one is as for all."""

    deliver_hours: Hours | None = None
    doubt_hours: Hours | None = None
    decide_hours: Hours | None = None
    switch_hours: Hours | None = None
    write_hours: Hours | None = None


class LimitsSection(Section):
    """Limits in real time. From the share ``warn_at`` of a limit on, a warning says that its end is near."""

    warn_at: float = Field(default=0.8, gt=0, lt=1)
    deliver_hours: Hours = timedelta(days=5)
    doubt_hours: Hours = timedelta(hours=6)
    decide_hours: Hours = timedelta(days=1)
    switch_hours: Hours = timedelta(days=5)
    write_hours: Hours = timedelta(hours=4)
    kinds: dict[str, KindLimits] = Field(default_factory=dict)


class ReconcileSection(Section):
    """Periods of reconciliation.

    ``days`` is the period that is compared. ``grace_seconds`` is the age below which work is still under way.
    ``confirmed_hours`` is the life of the judiciary's last answer.
    """

    days: Days = timedelta(days=30)
    grace_seconds: Seconds = timedelta(minutes=10)
    confirmed_hours: Hours = timedelta(days=7)


class ServiceSection(Section):
    """The service's own addresses and times.

    ``listen`` is the address of health and metrics; port 0 takes a free one. ``stop_seconds`` bounds the wait of a stop
    for work under way. ``alarm_after_seconds`` is the time that a pass may fail, or not move. Persons' acts arrive by
    the Unix socket ``socket``, by default beside the state file. The members of ``socket_group`` may use it, by default
    those of the service's own group.
    """

    listen: Address = "127.0.0.1:9109"
    socket: FilePath | None = None
    socket_group: str | None = Field(default=None, min_length=1)
    stop_seconds: Seconds = timedelta(seconds=75)
    alarm_after_seconds: Seconds = timedelta(minutes=15)


class MappingSection(Section):
    """Mapping of rows to notices in ``file`` (`docs/connect/mappings.md`); by default the shipped ``case-view-1``."""

    file: FilePath | None = None


class SearchSection(Section):
    """Search of notices by recipient. ``recipient_key`` is the file of its keys; without it there is no such search
    (`docs/operate/search.md`).
    """

    recipient_key: OwnFile = "recipient.key"


class PaperPriceSection(Section):
    """Price of a service on paper in ``rials``, in force from a day in Tehran until that of the next price."""

    begins: CivilDay = Field(alias="from")
    rials: int = Field(ge=1, le=1_000_000_000)


class ReportsSection(Section):
    """Reports for heads. Without a price of a service on paper, no saving is claimed."""

    paper_prices: list[PaperPriceSection] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def _a_day_has_one_price(self) -> ReportsSection:
        days = [each.begins for each in self.paper_prices]
        if twice := sorted({day for day in days if days.count(day) > 1}):
            raise ValueError(f"paper_prices: {written_day(twice[0])} has two prices; one is wanted")
        return self

    @property
    def prices(self) -> list[PaperPrice]:
        return [PaperPrice(begins=each.begins, rials=each.rials) for each in self.paper_prices]


class LogSection(Section):
    """Structured logs, one JSON object a line; never a person's data."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: FilePath | None = None


class BodySection(Section):
    """Issuing body: its Persian title, the kinds of notice that it issues (code → Persian title), and its seal."""

    title: str = Field(min_length=1)
    kinds: dict[str, Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    seal: KeyPair


class Settings(Section):
    """The whole file."""

    gateway: GatewaySection
    transport: KeyPair
    judiciary: JudiciarySection
    revocation: RevocationSection = RevocationSection()
    dispatch: DispatchSection = DispatchSection()
    receipts: ReceiptsSection = ReceiptsSection()
    time: TimeSection = TimeSection()
    schedule: ScheduleSection = ScheduleSection()
    limits: LimitsSection = LimitsSection()
    reconcile: ReconcileSection = ReconcileSection()
    service: ServiceSection = ServiceSection()
    console: ConsoleSection | None = None
    mail: MailSection | None = None
    courtesy: CourtesySection | None = None
    archive: ArchiveSection | None = None
    retention: RetentionSection = RetentionSection()
    search: SearchSection = SearchSection()
    log: LogSection = LogSection()
    legal: LegalSection = LegalSection()
    reports: ReportsSection = ReportsSection()
    mapping: MappingSection = MappingSection()
    bodies: dict[str, BodySection] = Field(min_length=1)
    asset_register: AssetRegisterSection | None = None
    push: PushSection = PushSection()
    sharing: list[SharingSection] = Field(default=[])
    sources: Sources

    @property
    def configured_archive(self) -> ArchiveSection:
        """The archive's section. Raises `GatewayError` ``archive.none-configured`` if there is none."""
        if self.archive is None:
            raise GatewayError("archive.none-configured", where="[archive]")
        return self.archive

    @property
    def configured_console(self) -> ConsoleSection:
        """The console's section. Raises `GatewayError` ``people.no-console`` if there is none."""
        if self.console is None:
            raise GatewayError("people.no-console", where="[console]")
        return self.console

    @property
    def revocation_requirement(self) -> Requirement:
        """Revocation check of the judiciary's certificates.

        A configured source of lists makes it required by default.
        """
        if (told := self.judiciary.revocation) is not None:
            return Requirement(told)
        return Requirement.REQUIRE if self.revocation.has_source else Requirement.IF_KNOWN

    @model_validator(mode="after")
    def _what_is_required_can_come(self) -> Settings:
        if self.judiciary.revocation == "require" and not self.revocation.has_source:
            raise Misfit(
                'judiciary.revocation = "require" needs urls or a folder in [revocation]', "judiciary", "revocation"
            )
        return self

    @property
    def clock_tolerance(self) -> timedelta:
        """Largest difference between another clock and ours.

        Half the skew, so that two nodes differ by no more than the skew.
        """
        return self.gateway.clock_tolerance_seconds or self.judiciary.skew_seconds / 2

    @model_validator(mode="after")
    def _a_clock_that_is_off_is_noticed_before_its_messages_are_refused(self) -> Settings:
        if self.clock_tolerance > self.judiciary.skew_seconds:
            raise Misfit(
                "gateway.clock_tolerance_seconds must be at most judiciary.skew_seconds",
                "gateway",
                "clock_tolerance_seconds",
            )
        return self

    @model_validator(mode="after")
    def _lease_outlives_a_call(self) -> Settings:
        if self.dispatch.lease_seconds <= self.judiciary.timeout_seconds:
            raise Misfit(
                "dispatch.lease_seconds must be more than judiciary.timeout_seconds", "dispatch", "lease_seconds"
            )
        return self

    @model_validator(mode="after")
    def _limits_are_of_kinds_that_exist(self) -> Settings:
        known = {kind for body in self.bodies.values() for kind in body.kinds}
        if unknown := sorted(self.limits.kinds.keys() - known):
            raise Misfit(f"limits.kinds: no body has the kind {', '.join(unknown)}", "limits", "kinds", unknown[0])
        for name, section in self.retention.classes.items():
            if wrong := sorted(kind for kind in section.of_no_body(known) if not KIND.fullmatch(kind)):
                told = f"retention.classes.{name}.notices: no kind of notice is written as {', '.join(wrong)}"
                raise Misfit(told, "retention", "classes", name, "notices")
        return self

    @model_validator(mode="after")
    def _alerts_are_of_bodies_and_kinds_that_exist(self) -> Settings:
        known = {kind for body in self.bodies.values() for kind in body.kinds}
        for index, each in enumerate(self.legal.alerts):
            place = ("legal", "alerts", index)
            if unknown := sorted(set(each.bodies) - set(self.bodies)):
                raise Misfit(f"legal.alerts.bodies: no body has the code {', '.join(unknown)}", *place, "bodies")
            if unknown := sorted(set(each.kinds) - known):
                raise Misfit(f"legal.alerts.kinds: no body has the kind {', '.join(unknown)}", *place, "kinds")
        return self

    @model_validator(mode="after")
    def _shared_is_what_exists(self) -> Settings:
        names = [each.body for each in self.sharing]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Misfit(f"sharing: two agreements have the body {twice[0]}", "sharing", names.index(twice[0]), "body")
        kinds = {kind for body in self.bodies.values() for kind in body.kinds}
        for index, each in enumerate(self.sharing):
            if unknown := sorted({*each.bodies} - {*self.bodies}) + sorted({*each.kinds} - kinds):
                raise Misfit(f"sharing with {each.body}: no body or kind has the code {unknown[0]}", "sharing", index)
        return self

    @model_validator(mode="after")
    def _courtesy_messages_are_of_bodies_that_exist(self) -> Settings:
        told = self.courtesy.bodies if self.courtesy is not None else []
        if unknown := sorted(set(told) - set(self.bodies)):
            raise Misfit(f"courtesy.bodies: no body has the code {', '.join(unknown)}", "courtesy", "bodies")
        return self

    @model_validator(mode="after")
    def _each_body_has_one_place_to_enter_its_notices(self) -> Settings:
        by_hand = {name: each for name, each in self.sources.items() if isinstance(each, ByHandSection)}
        given = [body for each in by_hand.values() for body in each.bodies]
        for name, each in by_hand.items():
            if unknown := sorted(set(each.bodies) - set(self.bodies)):
                told = f"sources.{name}.bodies: no body has the code {', '.join(unknown)}"
                raise Misfit(told, "sources", name, "bodies")
        if twice := sorted({body for body in given if given.count(body) > 1}):
            told = f"sources: notices of {twice[0]} are entered by hand once: name it in one source, one time"
            raise Misfit(told, "sources", max(name for name in by_hand if twice[0] in by_hand[name].bodies), "bodies")
        if by_hand and self.console is None:
            told = f"sources.{min(by_hand)}: notices are entered in the console, so [console] is wanted"
            raise Misfit(told, "sources", min(by_hand))
        return self

    @model_validator(mode="after")
    def _what_leaves_is_asked_for_no_more_every_day(self) -> Settings:
        after = self.archive.leave_after_days if self.archive else None
        if after is not None and after <= self.reconcile.confirmed_hours:
            raise Misfit(
                "archive.leave_after_days must be more than reconcile.confirmed_hours", "archive", "leave_after_days"
            )
        if self.retention.classes and self.archive is None:
            raise Misfit("retention.classes needs an [archive]: deletions are on record there", "retention", "classes")
        return self

    @model_validator(mode="after")
    def _a_stop_outlives_a_call(self) -> Settings:
        if self.service.stop_seconds <= self.judiciary.timeout_seconds:
            raise Misfit("service.stop_seconds must be more than judiciary.timeout_seconds", "service", "stop_seconds")
        return self
