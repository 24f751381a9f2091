"""A case source over the REST interface of a case system: docs/connect/pull.md.

A case has parties, and each of them is a row: one notice for each recipient. A row's key is that of its case, a slash,
and that of its party. Its version is the case's, a whole number that grows with each change of the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from adapters.municipal.documents import NotBase64, decoded
from adapters.municipal.rest.case_api import CaseApi, Object
from gateway.notice.source_row import (
    COMPARED,
    KEY_TWICE,
    CaseRow,
    Own,
    Position,
    Refusal,
    Result,
    RowDefect,
    RowMark,
    Rows,
    RowsUnreadable,
    Shown,
    Value,
    is_key,
    named_keys,
)
from gateway.runtime.clock import Clock, system_clock, timestamp
from gateway.runtime.errors import GatewayError

MAX_VERSION = 10**18 - 1
MAX_ASKED = 500
"""Most rows in one question about what they show."""

MOST_SILENT = 10
"""Cases in a row without an answer, after which the system counts as away: each may cost three time-outs."""

_NAMED = 10
"""Most unreadable cases that an error names."""

_OF_CASE = ("source.unavailable", "source.schema", "source.version")
"""Errors that may concern one case alone."""

_VERSION = re.compile(r"\d{1,20}", re.ASCII)
_OF_RESULT = ("reference", "replaces", "seq", "state", "code", "reason", "tracking_number", "service_date", "effect")
_TIMES = ("delivered_at", "viewed_at", "legal_service_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNames:
    """Names of a case's members in its JSON.

    ``parties`` is the list of its parties; their members have ``party_prefix`` before their names for mappings.
    ``documents`` are members in base64.
    """

    case: str = "case_id"
    version: str = "version"
    parties: str = "parties"
    party: str = "party_id"
    party_prefix: str = "party_"
    documents: Sequence[str] = ()


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """Key of a row: of its case, and of the party in it."""

    case: str
    party: str

    def __str__(self) -> str:
        return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in (self.case, self.party))

    @classmethod
    def of(cls, text: str) -> _Key | None:
        parts = [part.replace("%2F", "/").replace("%25", "%") for part in text.split("/")]
        return cls(*parts) if len(parts) == 2 else None

    @property
    def told(self) -> dict[str, str]:
        return {"case": self.case, "party": self.party}


@dataclass(frozen=True, slots=True, kw_only=True)
class _CaseMark:
    """Mark of a case: its place in the order of version and case, and the keys of its rows."""

    place: tuple[int, str]
    keys: Sequence[_Key]
    unusable: int


class PulledCases:
    """Case source (`gateway.notice.source_row.CaseSource`) that asks a case system for its cases."""

    def __init__(self, name: str, api: CaseApi, names: CaseNames, clock: Clock = system_clock) -> None:
        self._name, self._api, self._names, self._clock = name, api, names, clock
        self._unlisted = 0

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_brought(self) -> bool:
        return False

    def close(self) -> None:
        """Close the connection."""
        self._api.close()

    def marks(self, position: Position | None, limit: int) -> Sequence[RowMark]:
        version = 0 if position is None else int(position.version)
        last = None if position is None or position.key is None else _Key.of(position.key)
        start = (version, "" if last is None else last.case)
        while True:
            # One more: the first case may be the one whose parties were all listed.
            found = self._listed(start, limit + 1)
            self._unlisted += sum(each.unusable for each in found if each.place > start)
            marks = [
                RowMark(source=self._name, key=str(key), version=_text(each.place[0]))
                for each in found
                for key in each.keys
                if last is None or (each.place[0], key) > (version, last)
            ]
            # A page of cases without parties hides none behind it.
            if marks or not found or found[-1].place <= start:
                return marks[:limit]
            start = found[-1].place

    def before(self, version: str, distance: int) -> str | None:
        return _text(max(0, int(version) - distance)) if _VERSION.fullmatch(version) else None

    def rows(
        self,
        keys: Sequence[str],
        columns: Sequence[str] | None = None,  # noqa: ARG002 - a case comes whole
    ) -> Iterator[CaseRow]:
        wanted: dict[str, set[str]] = {}
        for key in filter(None, map(_Key.of, keys)):
            wanted.setdefault(key.case, set()).add(key.party)
        unread: dict[str, GatewayError] = {}
        left: set[str] = set()
        silent = 0
        for case, parties in wanted.items():
            try:
                found = self._api.case(case)
                if found is not None:
                    there = self._parties(case, found)
                    twice = sorted(party for party in parties if len(there.get(party, ())) > 1)
                    once = parties.difference(twice)
                    yield from self._rows_of(case, found, [there[party][0] for party in there if party in once])
                    if twice:
                        unread[case] = self._named_twice(twice)
                        left |= {str(_Key(case, party)) for party in twice}
            except GatewayError as error:
                if error.code not in _OF_CASE:
                    raise
                unread[case] = error
                left |= {str(_Key(case, party)) for party in parties}
                silent = silent + 1 if error.code == "source.unavailable" else 0
                if silent == MOST_SILENT:
                    raise
                if silent:
                    self._assert_there()
            else:
                silent = 0
        if unread:
            raise RowsUnreadable(self._name, left, _reasons(unread))

    def shown(self, keys: Sequence[str]) -> Mapping[str, Shown | None]:
        asked = {text: key for text in keys if (key := _Key.of(text)) is not None}
        there: dict[str, Shown | None] = {}
        for start in range(0, len(asked), MAX_ASKED):
            some = list(asked.items())[start : start + MAX_ASKED]
            answers = self._api.shown([key.told for _, key in some])
            there |= {text: _shown(each) for (text, _), each in zip(some, answers, strict=True) if each is not None}
        return there

    def unlisted(self) -> int:
        counted, self._unlisted = self._unlisted, 0
        return counted

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        keyed = [(key, result) for result in results if (key := _Key.of(result.row_key)) is not None]
        absent = [result.row_key for result in results if _Key.of(result.row_key) is None]
        if keyed:
            now = timestamp(self._clock())
            told = [{**key.told, **_result(result), "updated_at": now} for key, result in keyed]
            absent += [keyed[place][1].row_key for place in self._api.results(told)]
        return absent

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        told = [
            {
                **key.told,
                "version": int(refusal.row_version),
                "code": refusal.code,
                "field": refusal.field,
                "reason": refusal.reason,
                "refused_at": timestamp(refusal.refused_at),
                **_own(refusal.own),
            }
            for refusal in refusals
            if (key := _Key.of(refusal.row_key)) is not None and refusal.row_version.isdecimal()
        ]
        if told:
            self._api.refusals(told)

    def _assert_there(self) -> None:
        """Raise ``source.unavailable`` if the system does not answer at all, and not only about one case."""
        self._api.marks(0, None, 1)

    def _listed(self, start: tuple[int, str], limit: int) -> list[_CaseMark]:
        """Return marks of cases. Raises ``source.schema`` for another order: a case would be passed over for ever."""
        found = [self._mark(each) for each in self._api.marks(start[0], start[1] or None, limit)]
        if any(one.place > other.place for one, other in pairwise(found)):
            order = f"{self._names.version}, {self._names.case} by code point"
            raise GatewayError("source.schema", where=self._name, detail=f"not in the order of {order}")
        return found

    def _version(self, case: Object) -> int:
        version = case.get(self._names.version)
        if type(version) is not int or not 0 <= version <= MAX_VERSION:
            raise GatewayError("source.version", where=self._name, detail=self._names.version)
        return version

    def _mark(self, mark: Object) -> _CaseMark:
        case, parties = mark.get(self._names.case), mark.get(self._names.parties)
        listed = parties if isinstance(parties, list) else []
        keys = [_Key(case, party) for party in listed if isinstance(case, str) and isinstance(party, str)]
        usable = [key for key in keys if key.case and key.party and is_key(str(key))]
        unusable = max(1, len(listed)) - len(usable)
        return _CaseMark(place=(self._version(mark), str(case)), keys=sorted({*usable}), unusable=unusable)

    def _parties(self, case: str, found: Object) -> dict[str, list[Object]]:
        """Return the parties of a case by their keys, in the order of the case.

        Raises ``source.schema`` for an answer in another form, and for a key that is a list or an object.
        """
        names = self._names
        listed = found.get(names.parties)
        if found.get(names.case) != case or not isinstance(listed, list):
            raise GatewayError("source.schema", where=self._name, detail=f"{names.case}, {names.parties}")
        there: dict[str, list[Object]] = {}
        for party in listed:
            key = party.get(names.party) if isinstance(party, dict) else None
            if _is_nested(key):
                raise GatewayError("source.schema", where=self._name, detail=names.party)
            if isinstance(key, str):
                there.setdefault(key, []).append(party)
        return there

    def _named_twice(self, parties: Sequence[str]) -> GatewayError:
        return GatewayError(KEY_TWICE, where=self._name, detail=f"{self._names.party} {named_keys(parties)}")

    def _rows_of(self, case: str, found: Object, parties: Sequence[Object]) -> Iterator[CaseRow]:
        names, version = self._names, self._version(found)
        of_case = _Fields(names.documents, names.party_prefix)
        of_case.add("", {name: value for name, value in found.items() if name != names.parties})
        for party in parties:
            of_party = _Fields(names.documents)
            of_party.add(names.party_prefix, party)
            yield CaseRow(
                source=self._name,
                key=str(_Key(case, party[names.party])),
                version=_text(version),
                fields={**of_case.found, **of_party.found},
                defects=(*of_case.defects, *of_party.defects),
            )


class _Fields:
    """Fields of a row from an object: inner objects by their names with an underscore between, lists of objects as
    rows of another table.

    A name that two values have is a defect, and so is one that begins with ``reserved``: neither is in ``found``.
    """

    def __init__(self, documents: Sequence[str], reserved: str | None = None) -> None:
        self._documents, self._reserved = documents, reserved
        self._named: set[str] = set()
        self._refused: set[str] = set()
        self.found: dict[str, Value | Rows] = {}
        self.defects: list[RowDefect] = []

    def add(self, prefix: str, members: Mapping[str, Any]) -> None:
        for member, value in members.items():
            name = f"{prefix}{member}"
            if isinstance(value, dict):
                self.add(f"{name}_", value)
            elif name in self._named or (self._reserved is not None and name.startswith(self._reserved)):
                self._refuse(name)
            else:
                self._named.add(name)
                self._add(name, value)

    def _add(self, name: str, value: Any) -> None:
        match value:
            case list():
                self._add_list(name, value)
            case str() if name in self._documents:
                self._add_document(name, value)
            case bool():
                self.found[name] = int(value)
            case _:
                self.found[name] = value

    def _refuse(self, name: str) -> None:
        self.found.pop(name, None)
        if name not in self._refused:
            self._refused.add(name)
            self.defects.append(RowDefect(code="notice.field-twice", field=name, title=name))

    def _add_list(self, name: str, values: Sequence[Any]) -> None:
        flat = [each for each in values if isinstance(each, dict) and not any(map(_is_nested, each.values()))]
        if len(flat) == len(values):
            self.found[name] = tuple(flat)
        else:
            self.defects.append(RowDefect(code="notice.field-invalid", field=name, title=name))

    def _add_document(self, name: str, text: str) -> None:
        try:
            self.found[name] = decoded(text)
        except NotBase64:
            self.defects.append(RowDefect(code="document.not-pdf", field=name, title=name))


def _reasons(unread: Mapping[str, GatewayError]) -> str:
    named = [f"case {case}: {error.detail} [{error.code}]" for case, error in list(unread.items())[:_NAMED]]
    more = len(unread) - len(named)
    return "; ".join([*named, f"and {more} more cases"] if more else named)


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _text(version: int) -> str:
    """Return a version as a text that sorts as it does."""
    return f"{version:020d}"


def _shown(told: Object) -> Shown:
    return Shown(
        reference=told.get("reference"),
        state=told.get("state"),
        seq=told.get("seq"),
        code=told.get("code"),
        values={name: told.get(name) for name in COMPARED},
    )


def _result(result: Result) -> dict[str, Any]:
    times = {name: (at := getattr(result, name)) and timestamp(at) for name in _TIMES}
    return {name: getattr(result, name) for name in _OF_RESULT} | times | _own(result.own)


def _own(own: Own | None) -> dict[str, Any]:
    """Return the values of the source's own mapping as the object ``fields``; nothing without such a mapping."""
    return {} if own is None else {"fields": {name: _plain(value) for name, value in own.values.items()}}


def _plain(value: Value) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return timestamp(value)
    return value.isoformat() if isinstance(value, date) else value
