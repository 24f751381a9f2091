"""The configuration file: every key, its meaning and its default. `config/gateway.toml` shows them all.

An unknown key, a wrong value or an unreadable file is refused with its line; paths are relative to the file.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from adapters.crypto.profile import (
    ADDRESSING,
    ALGORITHMS,
    ANSWER_PARTS,
    ID_ATTRIBUTES,
    REQUEST_PARTS,
    UNREAD_HEADERS,
    PartnerProfile,
)
from gateway.errors import GatewayError

IN_DATABASE: Final = "database"
PAYLOAD_FOLDER: Final = "payloads"
MAX_PERIOD: Final = {"seconds": 366 * 86_400, "hours": 366 * 24, "days": 36_600}


def _period(unit: str, *, or_zero: bool = False) -> BeforeValidator:
    def convert(value: object) -> timedelta:
        good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_PERIOD[unit]
        if not good or not (value or or_zero):
            raise ValueError(f"a number of {unit} {'from' if or_zero else 'above'} 0 is wanted")
        return timedelta(**{unit: value})

    return BeforeValidator(convert)


def _database(schemes: tuple[str, ...]) -> AfterValidator:
    def check(url: str) -> str:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise ValueError("not an SQLAlchemy URL, such as sqlite:///cases.db") from error
        named = parsed.database or (parsed.query and parsed.get_backend_name() != "sqlite")
        if parsed.get_backend_name() not in schemes or not named:
            raise ValueError(f"a database of {' or '.join(schemes)} is wanted")
        return url

    return AfterValidator(check)


def _without_password(url: str) -> str:
    parsed = make_url(url)
    if parsed.password is not None or "password" in parsed.query:
        raise ValueError("a password stands in a file of its own, never here")
    return url


def _endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("a URL that begins with http:// or https:// is wanted")
    return url


def _one_of(allowed: Iterable[str]) -> AfterValidator:
    wanted = tuple(allowed)

    def check(value: str) -> str:
        if value not in wanted:
            raise ValueError(f"one of {', '.join(wanted)} is wanted")
        return value

    return AfterValidator(check)


def _address(text: str) -> str:
    try:
        parts = urlsplit(f"//{text}")
        good = parts.netloc == text and bool(parts.hostname) and parts.port is not None and "@" not in text
    except ValueError:
        good = False
    if not good:
        raise ValueError("an address and a port are wanted, such as 127.0.0.1:9109")
    return text


Seconds = Annotated[timedelta, _period("seconds")]
Hours = Annotated[timedelta, _period("hours")]
Days = Annotated[timedelta, _period("days")]
Database = Annotated[str, _database(("sqlite",))]
StoreDatabase = Annotated[str, _database(("sqlite", "postgresql")), AfterValidator(_without_password)]
CaseDatabase = Annotated[
    str, _database(("sqlite", "postgresql", "mysql", "mariadb", "mssql", "oracle")), AfterValidator(_without_password)
]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
Address = Annotated[str, AfterValidator(_address)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class KeyPair(_Section):
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


class GatewaySection(_Section):
    """``name`` stands in evidence as the origin of what we send; `adapters.guard` knows what ``environment`` allows;
    ``payloads`` is a folder, or `IN_DATABASE`."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    environment: Literal["production", "development"] = "production"
    store: StoreDatabase = "sqlite:///gateway.db"
    store_password_file: str | None = None
    payloads: Annotated[str, AfterValidator(_payloads)] = Field(default_factory=_usual_payloads)


_PARTS: Final = ("Body", "Timestamp", "BinarySecurityToken", *ADDRESSING)


class SignatureSection(_Section):
    """In what the other side's signed messages may differ from ours; the default is: in nothing.

    `docs/partner-profiles.md` says what each switch gives up. ``acted_on`` must be signed whatever a partner's tool can
    do, since we act on it.
    """

    acted_on: ClassVar[tuple[str, ...]]

    algorithms: list[Annotated[str, _one_of(ALGORITHMS)]] = Field(default=["rsa-sha256", "ecdsa-sha256"], min_length=1)
    signed_parts: list[Annotated[str, _one_of(_PARTS)]] = list(_PARTS)
    id_attributes: list[Annotated[str, _one_of(ID_ATTRIBUTES)]] = Field(default=["wsu:Id"], min_length=1)
    prefix_lists: bool = False
    enveloped_transform: bool = False
    unread_headers: list[Annotated[str, _one_of(sorted(UNREAD_HEADERS))]] = []

    @field_validator("signed_parts")
    @classmethod
    def _what_is_acted_on_is_signed(cls, parts: list[str]) -> list[str]:
        if missing := [part for part in cls.acted_on if part not in parts]:
            raise ValueError(f"{', '.join(missing)} must be signed: the other side's word is taken for it")
        return parts

    @property
    def profile(self) -> PartnerProfile:
        return PartnerProfile(
            signature_algorithms=frozenset(ALGORITHMS[name] for name in self.algorithms),
            signed_parts=frozenset(self.signed_parts),
            id_attributes=frozenset(ID_ATTRIBUTES[name] for name in self.id_attributes),
            prefix_lists=self.prefix_lists,
            enveloped_transform=self.enveloped_transform,
            unread_headers=frozenset(self.unread_headers),
        )

    @property
    def switched(self) -> list[str]:
        """The switches that are not as in the strict profile, each as a line of the configuration."""
        strict, own = type(self)().model_dump(), self.model_dump()
        return [f"{key} = {json.dumps(value)}" for key, value in own.items() if _set(value) != _set(strict[key])]


class AnswerSignature(SignatureSection):
    """How the judiciary signs its answers."""

    acted_on = ANSWER_PARTS


class RequestSignature(SignatureSection):
    """How requests to the sandbox may be signed."""

    acted_on = REQUEST_PARTS


class JudiciarySection(_Section):
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


class DispatchSection(_Section):
    """How notices are sent."""

    batch_notices: int = Field(default=50, ge=1, le=500)
    batch_bytes: int = Field(default=8_000_000, ge=1)
    lease_seconds: Seconds = timedelta(minutes=5)
    queue_lifetime_days: Days = timedelta(days=14)


class ReceiptsSection(_Section):
    """How receipts are fetched."""

    page: int = Field(default=200, ge=1, le=500)


class TimeSection(_Section):
    """``day_seconds`` is how long a day of waiting (back-off) takes. Anything but 86400 is for demonstrations."""

    day_seconds: Seconds = timedelta(days=1)


class ScheduleSection(_Section):
    """Seconds between two runs of each pass."""

    collect_seconds: Seconds = timedelta(seconds=60)
    dispatch_seconds: Seconds = timedelta(seconds=10)
    receipts_seconds: Seconds = timedelta(seconds=60)
    rescue_seconds: Seconds = timedelta(seconds=60)
    writeback_seconds: Seconds = timedelta(seconds=30)


class ServiceSection(_Section):
    """``listen`` is where health and metrics are served; port 0 takes a free one. ``stop_seconds`` bounds how long a
    stop waits for what is under way; ``alarm_after_seconds`` is how long a pass may fail, or not move."""

    listen: Address = "127.0.0.1:9109"
    stop_seconds: Seconds = timedelta(seconds=75)
    alarm_after_seconds: Seconds = timedelta(minutes=15)


class LogSection(_Section):
    """Structured logs, one JSON object a line; never a person's data."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: str | None = None


class BodySection(_Section):
    """An issuing body: its Persian title, the kinds of notice that it issues (code → Persian title), and its seal."""

    title: str = Field(min_length=1)
    kinds: dict[str, str] = Field(min_length=1)
    seal: KeyPair


class ColumnsSection(_Section):
    """Columns of the written table, by what stands in them."""

    reference: str = "eblagh_reference"
    state: str = "eblagh_state"
    seq: str = "eblagh_seq"
    code: str = "eblagh_code"
    reason: str = "eblagh_reason"
    tracking_number: str = "eblagh_tracking"
    delivered_at: str = "delivered_at"
    viewed_at: str = "viewed_at"
    service_date: str = "service_date"
    effect: str = "service_effect"
    updated_at: str = "eblagh_updated_at"


class SourceSection(_Section):
    """A case database. ``view`` (or the SELECT in ``query_file``) is read, ``table`` is written back to, unless there
    are statements in files for that; columns as `docs/case-databases.md` shows them.

    ``overlap`` and ``sweep_overlap`` are change numbers or seconds, whichever the column ``version`` holds.
    """

    url: CaseDatabase
    password_file: str | None = None
    write_url: CaseDatabase | None = None
    write_password_file: str | None = None
    view: str = "eblagh_notices"
    query_file: str | None = None
    key: str = "notice_id"
    version: str = "change_no"
    table: str = "notices"
    columns: ColumnsSection = ColumnsSection()
    write_back_file: str | None = None
    write_refusal_file: str | None = None
    page_rows: int = Field(default=100, ge=1, le=5000)
    overlap: int = Field(default=3600, ge=0, le=10**12)
    sweep_hours: Hours = timedelta(hours=24)
    sweep_overlap: int = Field(default=30 * 86_400, ge=0, le=10**12)
    timeout_seconds: Seconds = timedelta(seconds=60)

    @model_validator(mode="after")
    def _statements_come_together(self) -> SourceSection:
        if (self.write_back_file is None) != (self.write_refusal_file is None):
            raise ValueError("write_back_file and write_refusal_file are given together")
        return self


class Settings(_Section):
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


class ScriptedFault(_Section):
    """The fault of one call: the ``call``-th (from 1) of ``operation``."""

    operation: str
    call: int = Field(ge=1)
    fault: str


class FaultWindow(_Section):
    """A fault that every call meets for a while."""

    after_seconds: Annotated[timedelta, _period("seconds", or_zero=True)]
    for_seconds: Seconds
    fault: str


class FaultsSection(_Section):
    """What goes wrong on demand; `docs/sandbox.md` lists the kinds."""

    seed: int = 0
    rate: float = Field(default=0.0, ge=0, le=1)
    kinds: list[str] = []
    script: list[ScriptedFault] = []
    windows: list[FaultWindow] = []
    late_seconds: Seconds = timedelta(seconds=3)
    hold_seconds: Seconds = timedelta(seconds=15)
    away_seconds: Seconds = timedelta(seconds=1)
    retry_after_seconds: Seconds = timedelta(seconds=2)
    clock_offset_seconds: float = Field(default=0.0, ge=-86_400, le=86_400)


class SandboxSettings(_Section):
    """The sandbox judiciary's own file, `sandbox.toml`."""

    port: int = Field(ge=1, le=65535)
    day_seconds: Seconds = timedelta(seconds=1)
    skew_seconds: Seconds = timedelta(seconds=60)
    ledger: str = "judiciary.db"
    pki: str = "pki"
    signature: RequestSignature = RequestSignature()
    faults: FaultsSection | None = None


Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """Return the settings in ``path``. Raises `GatewayError` ``config.*`` naming file, line and key."""
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise GatewayError("config.unreadable", where=str(path), detail=type(error).__name__) from error
    except tomllib.TOMLDecodeError as error:
        raise GatewayError("config.unreadable", where=str(path), detail=str(error)) from error
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        keys = [str(key) for key in first["loc"]]
        code = "config.unknown-key" if first["type"] == "extra_forbidden" else "config.value"
        where = f"{path}, line {line_of(text, keys)}"
        raise GatewayError(code, where=where, detail=f"{'.'.join(keys) or 'the file'}: {first['msg']}") from error


def assert_changeable(path: Path, old: Settings, new: Settings) -> None:
    """Raise `GatewayError` ``config.restart`` where ``new``, read from ``path``, differs from ``old`` in what cannot
    change while the service runs: who the gateway is, where it keeps what it knows, where it listens."""
    fixed = [("gateway", key) for key in GatewaySection.model_fields] + [("service", "listen")]
    for section, key in fixed:
        if getattr(getattr(old, section), key) != getattr(getattr(new, section), key):
            where = f"{path}, line {line_of(path.read_text(encoding='utf-8'), [section, key])}"
            raise GatewayError("config.restart", where=where, detail=f"{section}.{key}")


def line_of(text: str, keys: list[str]) -> int:
    """Return the line (from 1) of a dotted key in TOML ``text``, or of the nearest table that would hold it."""
    best, depth, table = 1, 0, []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            table = _parts(header[1])
            here = table
        elif assignment := re.match(
            r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""", line
        ):
            here = table + _parts(assignment[1])
        else:
            continue
        if here == keys[: len(here)] and len(here) > depth:
            best, depth = number, len(here)
    return best


def _set(value: object) -> object:
    """A list says which, and not in what order."""
    return frozenset(value) if isinstance(value, list) else value


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
