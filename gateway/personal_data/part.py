"""Files of an export of one person's data, and what the functions that gather them are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol

from gateway.evidence.evidence_file import dump
from gateway.evidence.evidence_query import EvidenceQuery, FoundRecords
from gateway.people.login_session import Session
from gateway.people.saved_view import SavedView
from gateway.record.retention_class import LegalHold, Rule
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import Inbox
from gateway.store.store import Store

MOST_NOTICES: Final = 50_000
"""Most notices of one export: as many as one record of an act may name."""
GONE: Final = frozenset({"retention.deleted", "store.payload-missing"})
"""Codes of octets that are not there any more. An export says so, and goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """File of an export."""

    name: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Contents of an export: ``references`` of the person's notices, and the number of ``acts`` of an account.

    ``damaged`` has an error ``evidence.damaged`` for each record that could not be read.
    """

    references: Sequence[str] = ()
    acts: int = 0
    damaged: Sequence[GatewayError] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Overview for people.

    ``facts`` are label and value of what concerns the whole; ``columns`` and ``rows`` are a table (a row names the
    folder of its files first). ``missing`` says what the export does not hold, and why.
    """

    title: Words
    intro: Sequence[Words]
    facts: Sequence[tuple[Words, Words]]
    columns: Sequence[Words]
    rows: Sequence[Sequence[Words]] = field(repr=False)
    missing: Sequence[Words]


class Findings(Protocol):
    """Search of records, as auditors use it."""

    def find(self, query: EvidenceQuery, before: int | None, limit: int) -> FoundRecords:
        """Return the newest records before the one at a position."""
        ...


class SessionsOf(Protocol):
    def sessions_of(self, person_id: str) -> Sequence[Session]:
        """Return the open sessions of a person."""
        ...


class ViewsOf(Protocol):
    def of(self, person_id: str) -> Sequence[SavedView]:
        """Return the saved views of a person."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Stores that an export reads, and functions that read and write formats.

    ``fields`` returns the texts of a sealed notice by their paths, ``documents`` media types and octets of its
    documents, the paper first; both raise ``ValueError`` for octets that are no notice. ``table`` writes CSV in UTF-8.
    ``pages`` makes the overview in both languages, by the files' names.
    """

    store: Store
    inbox: Inbox
    records: Findings
    sessions: SessionsOf
    views: ViewsOf
    holds: Sequence[LegalHold]
    rules: Sequence[Rule]
    fields: Callable[[bytes], Mapping[str, str]]
    documents: Callable[[bytes], Sequence[tuple[str, bytes]]]
    table: Callable[[Sequence[str], Sequence[Mapping[str, Any]]], bytes]
    pages: Callable[[Page], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Demands on an export.

    ``day`` is the day on which it is made: the same day and the same store give the same octets. ``origin`` names the
    gateway. Without ``papers`` it holds no paper, no attachment and no brought row, which may name other persons.
    ``unindexed`` is the number of notices that no search by identifier finds. ``apart_from`` is the id of the record of
    this very export, if it is repeated.

    Beyond ``most`` notices or acts it is refused.
    """

    day: date
    origin: str
    papers: bool = True
    unindexed: int = 0
    apart_from: str | None = None
    most: int = MOST_NOTICES


def json_part(name: str, told: Mapping[str, Any]) -> Part:
    return Part(name=name, octets=dump(told))
