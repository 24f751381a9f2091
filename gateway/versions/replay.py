"""Replay: compare a draft with the mapping in force on the rows of admitted notices.

Rows are no evidence and are not kept, and no seal can be turned back into its row. So each row is read again by its
key, and both mappings map that same row. The digest from the admission shows if the row has changed since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.mapping.kinds.notice_schemas import shown_tree
from gateway.mapping.model.mapper import Mapper
from gateway.mapping.model.refusal import RowRefused
from gateway.notice.notice import Notice
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import CaseRow, CaseSource, RowsUnreadable
from gateway.store.store import Store
from gateway.store.stored import Admission

PAGE = 100
"""Number of notices whose rows are read together."""

_DERIVED = frozenset({"reference", "predecessor", "document.octets"})
"""Fields that follow from others, and are not compared by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Field that the draft maps differently: values as in `shown_tree`, None if absent."""

    path: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Comparison for one notice.

    ``gone``: its source has no such row. ``unreadable``: the row cannot be read now, so nothing is known of it.
    ``unlike``: its row has changed since the admission, or an earlier mapping mapped it differently. ``renamed``: the
    draft gives the row another reference, and so another notice. ``refused_before`` and ``refused_after`` are codes.
    ``identifying`` are the values of both notices that identify the recipient, so that a page can mask them anywhere.
    """

    reference: str
    row_key: str
    gone: bool = False
    unreadable: bool = False
    unlike: bool = False
    renamed: bool = False
    refused_before: str | None = None
    refused_after: str | None = None
    differences: Sequence[Difference] = ()
    identifying: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def same(self) -> bool:
        unread = self.gone or self.unreadable
        return not (unread or self.renamed or self.differences) and self.refused_before == self.refused_after


def replay(
    store: Store,
    source: CaseSource,
    current: Mapper,
    draft: Mapper,
    since: datetime | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> Iterator[Replayed]:
    """Yield comparisons for the rows of at most ``limit`` notices admitted since then, oldest first or newest first."""
    columns = list(dict.fromkeys([*current.columns, *draft.columns]))
    after: tuple[datetime, str] | None = None
    while limit > 0:
        page = store.notices.admitted(
            since=since,
            until=None,
            limit=min(PAGE, limit),
            after=after,
            source=source.name,
            newest_first=newest_first,
        )
        if not page:
            return
        # A row that was corrected may have several notices.
        of_row = defaultdict[str, list[Admission]](list)
        for admission in page:
            of_row[admission.entry.row_key].append(admission)
        found = dict[str, Replayed]()
        unreadable: Collection[str] = ()
        try:
            for row in source.rows(list(of_row), columns):
                for admission in of_row[row.key]:
                    found[admission.entry.reference] = _replayed(admission, row, current, draft)
        except RowsUnreadable as unread:
            unreadable = unread.keys
        for entry in (admission.entry for admission in page):
            yield found.get(entry.reference) or _unread(entry, unreadable=entry.row_key in unreadable)
        limit -= len(page)
        after = page[-1].entry.admitted_at, page[-1].entry.reference


def _unread(entry: OutboxEntry, *, unreadable: bool) -> Replayed:
    return Replayed(reference=entry.reference, row_key=entry.row_key, gone=not unreadable, unreadable=unreadable)


def _replayed(admission: Admission, row: CaseRow, current: Mapper, draft: Mapper) -> Replayed:
    before, refused_before = _made(current, row)
    after, refused_after = _made(draft, row)
    return Replayed(
        reference=admission.entry.reference,
        row_key=row.key,
        unlike=before is None or before.content_digest != admission.content_digest,
        renamed=before is not None and after is not None and before.reference != after.reference,
        refused_before=refused_before,
        refused_after=refused_after,
        differences=list(differences(before, after)) if before is not None and after is not None else (),
        identifying=identifying(*(notice for notice in (before, after) if notice is not None)),
    )


def _made(mapper: Mapper, row: CaseRow) -> tuple[Notice | None, str | None]:
    try:
        return mapper.map(row), None
    except RowRefused as refused:
        return None, f"{refused.code} ({refused.field})"


def identifying(*notices: Notice) -> frozenset[str]:
    """Return the values of notices that identify their recipients."""
    told = (notice.recipient for notice in notices)
    values = {value for each in told for value in (each.identifier, each.mobile, each.postal_code)}
    return frozenset(str(value) for value in values if value)


def differences(before: Notice, after: Notice) -> Iterator[Difference]:
    """Yield the fields in which two notices differ, in the order of `shown_tree`."""
    old, new = (dict(flat(shown_tree(notice))) for notice in (before, after))
    for path in {**old, **new}:
        if path not in _DERIVED and old.get(path) != new.get(path):
            yield Difference(path=path, before=old.get(path), after=new.get(path))


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a tree's leaves by dotted path."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
