"""Values of a configuration: periods, URLs, addresses and choices, with their limits and refusals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gateway.notice.written_date import parse_day
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError


class Unfit(ValueError):
    """A value that is refused, in words of both languages; ``key`` leads to the line that is told, from its section."""

    literal_name = "Unfit"

    def __init__(self, en: str, fa: str, *key: str) -> None:
        super().__init__(en)
        self.words, self.key = Words(en=en, fa=fa), key


_UNITS: Final = {"seconds": "ثانیه", "hours": "ساعت", "days": "روز"}
MAX_PERIOD: Final = {"seconds": 366 * 86_400, "hours": 366 * 24, "days": 36_600}


def period(unit: str, *, or_zero: bool = False) -> BeforeValidator:
    def convert(value: object) -> timedelta:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 <= value <= MAX_PERIOD[unit]
            or not (value or or_zero)
        ):
            bound = Words("from 0", "از 0 به بالا") if or_zero else Words("above 0", "بزرگ‌تر از 0")
            said = Words(
                en=f"a number of {unit} {bound.en} is wanted", fa=f"عددی {bound.fa} بر حسب {_UNITS[unit]} لازم است"
            )
            raise Unfit(said.en, said.fa)
        return timedelta(**{unit: value})

    return BeforeValidator(convert)


def database(schemes: tuple[str, ...]) -> AfterValidator:
    def check(url: str) -> str:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise Unfit(
                "not an SQLAlchemy URL, such as sqlite:///cases.db",
                "این نشانی به قالب SQLAlchemy نیست؛ نمونه: \u2066sqlite:///cases.db\u2069",
            ) from error
        named = parsed.database or (parsed.query and parsed.get_backend_name() != "sqlite")
        if parsed.get_backend_name() not in schemes or not named:
            raise Unfit(
                f"a database of {' or '.join(schemes)} is wanted", f"پایگاه داده {' یا '.join(schemes)} لازم است"
            )
        return url

    return AfterValidator(check)


SECRET_WORDS: Final = re.compile(r"passw|pwd|passphrase|secret|token|credential|odbc_connect", re.IGNORECASE)
"""Names of parameters whose value may be a password; ``odbc_connect`` is a whole connection string, which holds one."""


def without_password(url: str) -> str:
    parsed = make_url(url)
    if parsed.password is not None or any(map(SECRET_WORDS.search, parsed.query)):
        raise Unfit("a password stands in a file of its own, never here", "گذرواژه در فایل جداگانه خود می‌آید، نه اینجا")
    return url


def endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Unfit(
            "a URL that begins with http:// or https:// is wanted",
            "نشانی‌ای لازم است که با \u2066http://\u2069 یا \u2066https://\u2069 آغاز می‌شود",
        )
    if "@" in parts.netloc:
        raise Unfit(
            "a URL without a user or a password is wanted: it stands in messages, evidence and logs",
            "نشانی باید بدون نام کاربری و گذرواژه باشد، زیرا در پیام‌ها، اسناد و فایل رویدادها می‌آید",
        )
    if secret := _secrets(parts.query):
        raise Unfit(
            f"a URL without the parameter {secret[0]} is wanted: a secret stands in a file of its own",
            f"نشانی باید بدون پارامتر {secret[0]} باشد؛ رمز در فایل جداگانه خود می‌آید",
        )
    return url


def _secrets(query: str) -> list[str]:
    """Return the names of parameters that may hold a secret."""
    return [name for name, _ in parse_qsl(query, keep_blank_values=True) if SECRET_WORDS.search(name)]


def one_of(allowed: Iterable[str]) -> AfterValidator:
    wanted = tuple(allowed)

    def check(value: str) -> str:
        if value not in wanted:
            raise Unfit(f"one of {', '.join(wanted)} is wanted", f"یکی از این‌ها لازم است: {'، '.join(wanted)}")
        return value

    return AfterValidator(check)


def host_and_port(text: str) -> tuple[str, int]:
    """Return the two parts of an `Address`; the port is 0 if it has none."""
    parts = urlsplit(f"//{text}")
    return parts.hostname or "", parts.port or 0


def address(text: str) -> str:
    try:
        parts = urlsplit(f"//{text}")
        good = parts.netloc == text and bool(parts.hostname) and parts.port is not None and "@" not in text
    except ValueError:
        good = False
    if not good:
        raise Unfit(
            "an address and a port are wanted, such as 127.0.0.1:9109",
            "نشانی و شماره درگاه لازم است، مانند \u2066127.0.0.1:9109\u2069",
        )
    return text


def civil_day(value: object) -> date:
    """Return a day of either calendar. Without quotes TOML takes 1405-01-01 for a Gregorian day, and it is Jalali."""
    try:
        return parse_day(value.isoformat() if isinstance(value, date) else value if isinstance(value, str) else "")
    except GatewayError as error:
        raise Unfit(
            'a day such as "1405-01-01" or "2026-03-21" is wanted',
            'روزی مانند \u2066"1405-01-01"\u2069 یا \u2066"2026-03-21"\u2069 لازم است',
        ) from error


_TIME_OF_DAY: Final = re.compile(r"[0-2][0-9]:[0-5][0-9]", re.ASCII)


def time_of_day(text: str) -> time | None:
    """Return a time of day in Tehran from a text such as 07:30; None if it is none. An offset has no place in it."""
    try:
        return time.fromisoformat(text) if _TIME_OF_DAY.fullmatch(text) else None
    except ValueError:
        return None


def file_path(name: str) -> str:
    """Return the name of a file or folder. An empty one is no way to leave a key out: the default is another file."""
    if not name.strip() or "\0" in name:
        raise Unfit(
            "the name of a file or folder is wanted; without the key there is none, or the default",
            "نام فایل یا پوشه لازم است؛ بدون این کلید، هیچ یا پیش‌فرض به کار می‌رود",
        )
    return name


def own_file(name: str) -> str:
    """Return the name of a file that nothing else has."""
    if not name.strip() or not Path(name).name or "\0" in name or "://" in name:
        raise Unfit("a file of its own is wanted", "فایلی جداگانه لازم است")
    return name


FilePath = Annotated[str, AfterValidator(file_path)]
OwnFile = Annotated[str, AfterValidator(own_file)]
Seconds = Annotated[timedelta, period("seconds")]
Hours = Annotated[timedelta, period("hours")]
HoursOrNone = Annotated[timedelta, period("hours", or_zero=True)]
Days = Annotated[timedelta, period("days")]
CivilDay = Annotated[date, BeforeValidator(civil_day)]
StoreDatabase = Annotated[str, database(("sqlite", "postgresql")), AfterValidator(without_password)]
CaseDatabase = Annotated[
    str, database(("sqlite", "postgresql", "mysql", "mariadb", "mssql", "oracle")), AfterValidator(without_password)
]
Endpoint = Annotated[str, AfterValidator(endpoint)]
Address = Annotated[str, AfterValidator(address)]


class Misfit(ValueError):
    """Values of two keys that do not go together; ``key`` leads to the one whose line is told."""

    literal_name = "Misfit"

    def __init__(self, told: str, *key: str | int) -> None:
        super().__init__(told)
        self.key = key


class Section(BaseModel):
    """Table of a file: no unknown key, no value of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class KeyPair(Section):
    """Private key with its certificate (PEM; the certificate first, then those that lead to the anchor)."""

    key: FilePath
    certificate: FilePath
    password_file: FilePath | None = None


class KnownServiceSection(Section):
    """Service over https. It recognizes us by a bearer token, a certificate, both or neither."""

    url: Endpoint
    anchors: FilePath | None = None
    certificate: FilePath | None = None
    key: FilePath | None = None
    password_file: FilePath | None = None
    token_file: FilePath | None = None
    timeout_seconds: Seconds = timedelta(seconds=10)

    @model_validator(mode="after")
    def _a_certificate_has_its_key(self) -> KnownServiceSection:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together")
        if self.password_file is not None and self.key is None:
            raise ValueError("password_file says nothing without key")
        return self
