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
        self._there = {key for key, row in rows.items() if row is not None}
        there = {key: row for key, row in rows.items() if row is not None and row.seq is not None}
        self._shown = {key: row.reference for key, row in there.items()}
        self._steps = {key: (row.reference, row.seq) for key, row in there.items()}
        self._notices = notices
        others = [entry.row_key for entry in page if not self._gives_way(entry)]
        self._known = notices.known_rows(source.name, others) if others else {}

    def replaced(self, entry: OutboxEntry) -> str | None:
        """Return the notice that the row shall show no longer. Raises `ShowsAnother`."""
        replaced = entry.replaces
        if not self._gives_way(entry):
            of_row = self._of_row(entry)
            if of_row[-1:] != [entry.reference]:
                return replaced  # the row shows, or will show, a later notice
            if not self._is_emptied(entry):
                replaced = self._shown[entry.row_key]
                if replaced not in of_row:
                    raise ShowsAnother(entry.reference)
        self._shown[entry.row_key] = entry.reference
        return replaced

    def is_left_out(self, entry: OutboxEntry) -> bool:
        """Return True if somebody emptied the row, and it is to show a later notice once that is written again."""
        return self._is_emptied(entry) and self._of_row(entry)[-1:] not in ([], [entry.reference])

    def over(self, entry: OutboxEntry, step: int) -> int | None:
        """Return the step beyond ``step`` that the row shows of this notice by mistake; None if it shows none.

        It is one only if the row is to show the notice once more, as after `queue write-again`, and the store has no
        later step.
        """
        if entry.rewrite_since is None or entry.written_seq >= 0:
            return None
        reference, seq = self._steps.get(entry.row_key, (None, None))
        if reference != entry.reference or seq is None or seq <= step:
            return None
        # Another process may have written a later step since the page was read.
        return seq if self._notices.entries([entry.reference]).get(entry.reference) == entry else None

    def _gives_way(self, entry: OutboxEntry) -> bool:
        shown = self._shown.get(entry.row_key)
        return not self._is_emptied(entry) if shown is None else shown in (entry.reference, entry.replaces)

    def _is_emptied(self, entry: OutboxEntry) -> bool:
        """Return True if the row shows no notice, but a step of one, or showed this one before."""
        key = entry.row_key
        return key in self._there and self._shown.get(key) is None and (key in self._shown or entry.written_seq >= 0)

    def _of_row(self, entry: OutboxEntry) -> list[str]:
        return [each.reference for each in self._known.get(entry.row_key, ())]
