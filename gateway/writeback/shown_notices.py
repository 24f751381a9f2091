"""Notices that rows show: a result takes the place of an earlier notice of its row, and of no other one."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import CaseSource
from gateway.runtime.errors import GatewayError
from gateway.store.ports.notice_store import NoticeStore


class ShowsAnother(GatewayError):
    """The row shows a notice that it never stood for here."""

    literal_name = "ShowsAnother"

    def __init__(self, reference: str) -> None:
        super().__init__("source.row-shows-another", where=reference)


class ShownNotices:
    """Notices that the rows of ``page`` show, while its results are written in their order."""

    def __init__(self, notices: NoticeStore, source: CaseSource, page: Sequence[OutboxEntry]) -> None:
        """Read the rows. Raises `GatewayError` ``source.*`` and those of the store."""
        rows = source.shown([entry.row_key for entry in page])
        self._shown = {key: row.reference for key, row in rows.items() if row is not None and row.seq is not None}
        others = [entry.row_key for entry in page if not self._gives_way(entry)]
        self._known = notices.known_rows(source.name, others) if others else {}

    def replaced(self, entry: OutboxEntry) -> str | None:
        """Return the notice that the row shall show no longer. Raises `ShowsAnother`."""
        replaced = entry.replaces
        if not self._gives_way(entry):
            of_row = [each.reference for each in self._known.get(entry.row_key, ())]
            if of_row[-1:] != [entry.reference]:
                return replaced  # the row shows, or will show, a later notice
            replaced = self._shown[entry.row_key]
            if replaced not in of_row:
                raise ShowsAnother(entry.reference)
        self._shown[entry.row_key] = entry.reference
        return replaced

    def _gives_way(self, entry: OutboxEntry) -> bool:
        return self._shown.get(entry.row_key) in (None, entry.reference, entry.replaces)
