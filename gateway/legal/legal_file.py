"""Strict reader of the TOML files of rules and calendars. Each error names file, line and key."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar

from gateway.legal.origin import Mark, Origin
from gateway.notice.notice import sha256
from gateway.notice.written_date import parse_day
from gateway.runtime.bilingual import Words, listed
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import told
from gateway.runtime.toml_file import Key, Malformed, Misencoded, TomlFile, blanks, dotted

Choice = TypeVar("Choice", bound=StrEnum)

_MISSING: Final = Words("the key {key} is missing", "کلید {key} نیامده است")
_TEXT: Final = Words("a text in quotes is wanted", "متنی در گیومه لازم است")
_DAY: Final = Words("a day such as 1404-11-14 is wanted: {why}", "روزی مانند \u20661404-11-14\u2069 لازم است: {why}")
_ONE_OF: Final = Words("one of these is wanted: {names}", "یکی از این‌ها لازم است: {names}")
_TRUTH: Final = Words("true or false is wanted", "true یا false لازم است")
_NUMBER: Final = Words(
    "a whole number from {smallest} to {largest} is wanted", "عددی صحیح از {smallest} تا {largest} لازم است"
)
_TABLES: Final = Words("a list of tables is wanted: [[{key}]]", "فهرستی از جدول‌ها لازم است: \u2066[[{key}]]\u2069")
_NAMED_TABLES: Final = Words("tables are wanted: [{key}.NAME]", "جدول‌هایی لازم است: \u2066[{key}.NAME]\u2069")
_TABLE: Final = Words("a table is wanted: [{key}]", "جدول لازم است: \u2066[{key}]\u2069")
_NO_KEY: Final = Words("there is no such key", "چنین کلیدی نیست")
_MEANT: Final = Words("there is no such key; did you mean {meant}?", "چنین کلیدی نیست؛ آیا منظورتان {meant} است؟")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalFile:
    """File of a folder of rules or of a calendar; ``name`` is its path for messages, ``octets`` its contents."""

    name: str
    octets: bytes

    @property
    def base(self) -> str:
        """Return the name without its folders."""
        return self.name.replace("\\", "/").rpartition("/")[2]


def version_of(files: Iterable[LegalFile]) -> str:
    """Return the digest of a set of files, ``sha256:…``.

    Anybody can compute it: it is the SHA-256 of the lines that ``LC_ALL=C; sha256sum *.toml`` prints.
    """
    ordered = sorted(files, key=lambda file: file.base.encode())
    lines = (f"{hashlib.sha256(file.octets).hexdigest()}  {file.base}\n" for file in ordered)
    return sha256("".join(lines).encode())


@contextmanager
def collecting(mistakes: list[GatewayError]) -> Iterator[None]:
    """Keep the mistake that ends the block, so that the entries behind it are read, too."""
    try:
        yield
    except GatewayError as error:
        mistakes.append(error)


class LegalTable:
    """One table of a file. Every key must be read before `end`; a key that nobody read is unknown."""

    def __init__(self, name: str, file: TomlFile, key: Key, table: dict[str, Any]) -> None:
        self._name, self._file, self._key, self._table = name, file, key, table
        self._read: set[str] = set()

    @classmethod
    def of(cls, file: LegalFile) -> LegalTable:
        """Parse a file. Raises `GatewayError` ``legal.file`` or ``legal.blank``."""
        try:
            toml = TomlFile(file.octets)
        except Misencoded as error:
            raise GatewayError("legal.file", where=f"{file.name}, line {error.line}", detail=error.found) from error
        except Malformed as error:
            where = f"{file.name}, line {error.line}, column {error.column}"
            raise GatewayError("legal.file", where=where, detail=error.found) from error
        except (ValueError, RecursionError) as error:
            raise GatewayError("legal.file", where=file.name, detail=told(error)) from error
        for key in blanks(toml.table):
            raise GatewayError("legal.blank", where=f"{file.name}, line {toml.line_of(*key)}", detail=dotted(key))
        return cls(file.name, toml, (), toml.table)

    def place(self, *key: str | int) -> str:
        """Return file, line and key, for messages."""
        path = (*self._key, *key)
        return f"{self._name}, line {self._file.line_of(*path)}" + (f", {dotted(path)}" if path else "")

    def has(self, key: str) -> bool:
        return key in self._table

    def wrong(self, key: str, found: str | Words, code: str = "legal.key") -> GatewayError:
        return GatewayError(code, where=self.place(key), detail=found)

    def text(self, key: str) -> str:
        """Return a text that is not empty. Raises ``legal.key``."""
        value = self._value(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, _TEXT)
        return value.strip()

    def words(self, key: str) -> Words:
        """Return the Persian text of ``key`` with the English one of ``key_en``."""
        return Words(fa=self.text(key), en=self.text(f"{key}_en"))

    def day(self, key: str) -> date:
        """Return a day that is written as a text, ``1404-11-14``. Raises ``legal.key``."""
        text = self.text(key)
        try:
            return parse_day(text)
        except GatewayError as error:
            raise self.wrong(key, _DAY.filled(why=Words(en=error.entry.en, fa=error.entry.fa))) from error

    def day_or_none(self, key: str) -> date | None:
        return self.day(key) if self.has(key) else None

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        text = self.text(key)
        if text not in list(kind):
            raise self.wrong(key, _ONE_OF.filled(names=listed(kind)))
        return kind(text)

    def flag(self, key: str, default: bool | None = None) -> bool:
        if default is not None and not self.has(key):
            return default
        value = self._value(key)
        if not isinstance(value, bool):
            raise self.wrong(key, _TRUTH)
        return value

    def number(self, key: str, smallest: int, largest: int) -> int:
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
            raise self.wrong(key, _NUMBER.filled(smallest=smallest, largest=largest))
        return value

    def origin(self) -> Origin:
        """Return source and mark. ``source_en`` may be left out. Raises ``legal.source``."""
        for key in ("source", "mark"):
            if not self.has(key) or not str(self._table[key]).strip():
                raise GatewayError("legal.source", where=self.place(), detail=_MISSING.filled(key=key))
        source = self.text("source")
        english = self.text("source_en") if self.has("source_en") else source
        return Origin(source=Words(fa=source, en=english), mark=self.choice("mark", Mark))

    def tables(self, key: str) -> Iterator[LegalTable]:
        """Yield the tables of a list; none if the key is absent."""
        if not self.has(key):
            return
        value = self._value(key)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.wrong(key, _TABLES.filled(key=key))
        for number, table in enumerate(value):
            yield LegalTable(self._name, self._file, (*self._key, key, number), table)

    def named_tables(self, key: str) -> Iterator[tuple[str, LegalTable]]:
        """Yield name and table of each table below ``key``; none if the key is absent."""
        if not self.has(key):
            return
        value = self._value(key)
        if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
            raise self.wrong(key, _NAMED_TABLES.filled(key=key))
        for name, table in value.items():
            yield name, LegalTable(self._name, self._file, (*self._key, key, name), table)

    def table(self, key: str) -> LegalTable:
        value = self._value(key)
        if not isinstance(value, dict):
            raise self.wrong(key, _TABLE.filled(key=key))
        return LegalTable(self._name, self._file, (*self._key, key), value)

    def end(self, *possible: str) -> None:
        """Refuse a key that was not read. ``possible`` are further keys to compare a typing error with."""
        for key in self._table:
            if key not in self._read:
                known = {*self._read, *possible} - {key}
                near = difflib.get_close_matches(key, sorted(known), 1)
                raise self.wrong(key, _MEANT.filled(meant=near[0]) if near else _NO_KEY)

    def _value(self, key: str) -> Any:
        self._read.add(key)
        if key not in self._table:
            raise GatewayError("legal.key", where=self.place(), detail=_MISSING.filled(key=key))
        return self._table[key]
