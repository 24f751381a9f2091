"""Preview of real rows on a page: recorded as an access, and without identifiers.

The mapping itself says which columns hold an identifier: those of which it makes one. Their values are hidden
wherever they stand, as is every number that may be one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.composition.installation import Installation
from adapters.composition.mappings import case_mapper
from adapters.composition.preview.previewed_row import Previewed, previewed
from adapters.composition.sources import open_source
from gateway.mapping import Problem, RowRefused
from gateway.mapping.kinds.notice_schemas import shown_tree
from gateway.mapping.program.program import Program
from gateway.notice.masked_identifiers import hidden, masked
from gateway.notice.source_row import CaseRow, RowsUnreadable
from gateway.operations.notice_access import record_preview
from gateway.overview.versions.mapping_rules import readable_path
from gateway.overview.versions.replay_outcome import TITLES
from gateway.people.login_session import Session
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.versions.replay import flat

IDENTIFYING: Final = frozenset({"recipient.identifier", "recipient.mobile", "recipient.postal_code"})
ROW_NUMBERS: Final = (3, 10, 20)
"""Numbers of rows that a preview may show."""

_LONGEST_SAMPLE: Final = 40
_LEAST_HIDDEN: Final = 4
"""Fewest characters of an identifier that is looked for in other texts: a shorter one would hide words of any kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedField:
    """Field of a row's notice: its title, and its value with identifiers masked."""

    path: str
    title: Words
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedPage:
    """Row as a page shows it: the fields of its notice, or the error.

    ``where`` is the field of the error, ``lines`` its reasons in Persian, ``problems`` the same by their targets.
    """

    key: str
    fields: Sequence[PreviewedField] = ()
    error: GatewayError | None = None
    where: str = ""
    lines: Sequence[str] = ()
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class ShownRows:
    """Rows as a mapping maps them; ``samples`` has a masked value of each column that has one."""

    pages: Sequence[PreviewedPage]
    samples: Mapping[str, str]


def preview(
    installation: Installation, program: Program, source: str, limit: int, session: Session, at: datetime
) -> Sequence[PreviewedPage]:
    """Map the first rows of a source by a program; nothing but the access is stored.

    Raises `GatewayError` ``source.*``, and ``store.*`` if the access cannot be recorded.
    """
    with recorded_rows(installation, source, program.columns, limit, session, at) as rows:
        return shown_rows(installation, program, rows, identifying_columns(program)).pages


@contextmanager
def recorded_rows(
    installation: Installation, source: str, columns: Sequence[str], limit: int, session: Session, at: datetime
) -> Iterator[Iterator[CaseRow]]:
    """Record the access to the first rows of a source, and read them while the block runs.

    Raises `GatewayError` ``source.*``, ``store.*``.
    """
    with open_source(installation, source, columns) as cases:
        keys = [mark.key for mark in cases.marks(None, limit)]
        if keys:
            record_preview(installation.store(), source, keys, session, at, installation.settings.gateway.name)
        yield cases.rows(keys)


def shown_rows(
    installation: Installation, program: Program | None, rows: Iterator[CaseRow], identifying: Collection[str]
) -> ShownRows:
    """Return rows as a program maps them; without one, only samples of their columns.

    ``identifying`` are columns whose values are hidden wherever they stand.
    """
    samples, known = dict[str, str](), set[str]()

    def looked_at() -> Iterator[CaseRow]:
        for row in rows:
            known.clear()
            known.update(_texts(row, identifying))
            for name, value in _samples(row, identifying, known):
                samples.setdefault(name, value)
            yield row

    if program is None:
        with suppress(RowsUnreadable):
            for _ in looked_at():
                pass
        return ShownRows([], samples)
    mapped = previewed(installation, case_mapper(installation, program), looked_at())
    return ShownRows([_page(each, known) for each in mapped], samples)


def identifying_columns(program: Program) -> frozenset[str]:
    """Return the columns of which a mapping makes an identifier of a person."""
    sources = [member.source for member in program.members if ".".join(member.target) in IDENTIFYING]
    return frozenset(name for source in sources if source is not None for name in source.columns)


def _samples(row: CaseRow, identifying: Collection[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    for name, value in row.fields.items():
        if value is None or isinstance(value, bytes | tuple) or not str(value).strip():
            continue
        shown = hidden(str(value)) if name in identifying else _without(str(value), known)
        yield name, shown[:_LONGEST_SAMPLE] + ("…" if len(shown) > _LONGEST_SAMPLE else "")


def _texts(row: CaseRow, columns: Collection[str]) -> Iterator[str]:
    for name in columns:
        value = row.fields.get(name)
        if isinstance(value, str | int) and len(str(value).strip()) >= _LEAST_HIDDEN:
            yield str(value).strip()


def _without(text: str, known: Collection[str]) -> str:
    for each in sorted(known, key=len, reverse=True):
        text = text.replace(each, hidden(each))
    return masked(text)


def _page(row: Previewed, known: set[str]) -> PreviewedPage:
    key = _without(row.key, known)
    if row.error is not None:
        refused = row.error if isinstance(row.error, RowRefused) else None
        return PreviewedPage(
            key=key,
            error=row.error,
            where=_without(row.error.detail, known),
            lines=[_without(each, known) for each in refused.reason.splitlines()] if refused else (),
            problems=refused.problems if refused else (),
        )
    assert row.notice is not None
    who = row.notice.recipient
    known = known | {str(each) for each in (who.identifier, who.mobile, who.postal_code) if each is not None}
    fields = []
    for path, value in flat(shown_tree(row.notice)):
        if value is None or value == "":
            continue
        text = str(value)
        # A digest is checked against its document, so it cannot be an identifier.
        shown = hidden(text) if path in IDENTIFYING else text if path.endswith(".digest") else _without(text, known)
        title = Words(en=readable_path(path), fa=TITLES.get(path, path))
        fields.append(PreviewedField(path=path, title=title, value=shown))
    return PreviewedPage(key=key, fields=fields)
