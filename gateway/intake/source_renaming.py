"""Renaming of a source: a person's act, on record, that moves the data kept under its old name.

The configuration is changed first. The source's rows are compared with the notices before anything moves. Results are
written by row key: under a wrong name they would go to rows of other papers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.intake.row_ownership import derived
from gateway.mapping.model.mapper import Mappers
from gateway.notice.source_row import CaseSource
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import Inbox
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.ports.row_store import RowStore
from gateway.store.store import Store
from gateway.store.stored import Admission, Changes

CURSORS = ("listed", "swept", "again", "judged", "recovered", "mapping")
"""Names of the cursors of each source: ``listed:<source>``."""

RENAMED = "renamed:"
"""Prefix of the cursor that holds the id of the act that last renamed a source."""

PAGE = 500
MAPPED = 50
"""Number of rows to read and map if none shows a reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """Result: ``notices`` that moved, and ``agreed`` rows that were confirmed as their origin."""

    notices: int
    agreed: int


def rename(
    store: Store,
    inbox: Inbox,
    source: CaseSource,
    mappers: Mappers,
    old: str,
    act: OperatorAction,
    origin: str,
    *,
    brought: bool,
) -> Renamed:
    """Move all data under the name ``old`` to the name of ``source``, and record the act. Evidence does not change.

    Rows that are ``brought`` (pushed) stand in the inbox, which moves too, so there is nothing to compare. Data that
    already exists under the new name is merged.
    Raises ``source.rename-unknown``, ``source.rename-differs``.
    """
    new = source.name
    notices, agreed, silent = 0, 0, list[Admission]()
    for page in _notices(store.notices, old):
        notices += len(page)
        if not brought:
            agreed += _agreeing(source, store.notices, page, (old, new))
            silent += page[: max(0, MAPPED - len(silent))]
    if notices == 0 and not _is_kept(store.rows, inbox, old):
        raise GatewayError("source.rename-unknown", where=old)
    if notices and not brought and not agreed:
        agreed = _agreeing_by_mapping(source, mappers, silent)
    record, payload = act.record(
        f"source {old}", origin=origin, outcome="renamed", new=new, notices=str(notices), rows_compared=str(agreed)
    )
    cursors = {f"{RENAMED}{old}": record.id}
    store.commit(Changes(renamed=(old, new), cursors=cursors, evidence=[record], payloads=[payload]))
    return Renamed(notices=notices, agreed=agreed)


def _notices(store: NoticeStore, source: str) -> Iterator[Sequence[Admission]]:
    after: tuple[datetime, str] | None = None
    while page := store.admitted(since=None, until=None, limit=PAGE, after=after, source=source):
        yield page
        after = page[-1].entry.admitted_at, page[-1].entry.reference


def _is_kept(store: RowStore, inbox: Inbox, source: str) -> bool:
    cursors = any(store.cursor(f"{name}:{source}") is not None for name in CURSORS)
    return cursors or bool(inbox.marks(source, 0, 1))


def _agreeing(source: CaseSource, store: NoticeStore, page: Sequence[Admission], names: Sequence[str]) -> int:
    """Return the number of rows that show one of their own notices.

    Raises ``source.rename-differs`` if a row shows a notice of another row.
    """
    keys = {admission.entry.row_key for admission in page}
    shown = {key: row.reference for key, row in source.shown(sorted(keys)).items() if row is not None and row.reference}
    known = store.known(list(shown.values()))
    for key, reference in shown.items():
        of = known.get(reference)
        if of is not None and (of.row_key != key or of.source not in names):
            detail = f"it shows {reference}, which came from row {of.row_key} of source {of.source}"
            raise GatewayError("source.rename-differs", where=f"{source.name} row {key}", detail=detail)
    return sum(reference in known for reference in shown.values())


def _agreeing_by_mapping(source: CaseSource, mappers: Mappers, some: Sequence[Admission]) -> int:
    """Return the number of rows without a visible reference that would get their own notice.

    Raises if none agrees: one row may have been edited since, but hardly all of them.
    """
    references = derived(source, sorted({admission.entry.row_key for admission in some}), mappers)
    agreed = sum(references.get(each.entry.row_key) == each.entry.reference for each in some)
    if not agreed:
        first = some[0].entry
        detail = f"none of {len(some)} rows asks for its notice; the first is {first.reference}"
        raise GatewayError("source.rename-differs", where=f"{source.name} row {first.row_key}", detail=detail)
    return agreed
