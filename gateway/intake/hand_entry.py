"""Notices that people enter: each is judged by the source's own mapping, then kept in the inbox with its record.

The key of a row is the reference of its notice. So one paper for one recipient is one row, whoever types it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.intake.entered_notice import field_of
from gateway.intake.notice_draft import DraftFile, FieldProblem
from gateway.mapping import RowRefused
from gateway.mapping.model.mapper import Mapper
from gateway.notice.delivery_state import ENDED_WITHOUT_SERVICE
from gateway.notice.notice import Notice, sha256
from gateway.notice.source_row import CaseRow, Rows, Value
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.inbox import Inbox, PushedRow, PushResult
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.waiting_receipt import signed_receipts

TWICE = "intake.twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedEntry:
    """Entered row after its judgement: a ``notice`` without ``problems`` can be entered, as ``row``.

    With ``repeats`` the very same row was entered before; then its problem is `TWICE`.
    """

    notice: Notice | None
    row: PushedRow | None = None
    problems: tuple[FieldProblem, ...] = ()
    repeats: bool = False


def shown_digest(notice: Notice, files: Sequence[DraftFile]) -> str:
    """Return the digest of a judged notice as a preview shows it, with the names and octets of its draft's files."""
    serve_by = notice.serve_by.isoformat() if notice.serve_by else None
    seen = [notice.content_digest, serve_by, [[each.name, each.digest] for each in files]]
    return sha256(json.dumps(seen).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """Entering into one source. ``conforms`` raises `GatewayError` for a notice that could not be sealed or sent."""

    source: str
    mapper: Mapper
    notices: NoticeStore
    quarantine: QuarantineStore
    inbox: Inbox
    conforms: Callable[[Notice], None]

    def judge(self, fields: Mapping[str, Value | Rows]) -> JudgedEntry:
        """Judge a row by all rules that intake has. Raises `GatewayError` for trouble that is not the row's."""
        try:
            notice = self.mapper.map(CaseRow(source=self.source, key="entered", version="1", fields=fields))
            self.conforms(notice)
        except RowRefused as refused:
            found = {
                FieldProblem(field=field_of(each.field), code=each.code, about=each.reason): None
                for each in refused.problems
            }
            return JudgedEntry(notice=None, problems=tuple(found))
        except GatewayError as misfit:
            if misfit.scope is not ErrorScope.ROW:
                raise
            return JudgedEntry(notice=None, problems=(FieldProblem(field="", code=misfit.code),))
        return self._among_others(notice, fields)

    def _among_others(self, notice: Notice, fields: Mapping[str, Value | Rows]) -> JudgedEntry:
        """Judge a good notice beside the notices and rows that are there already."""
        key = notice.reference
        known = self.notices.known([each for each in (key, notice.predecessor) if each])
        row = PushedRow(key=key, version=1, fields=fields)
        if (here := known.get(key)) is not None:
            same = here.content_digest == notice.content_digest and (here.source, here.row_key) == (self.source, key)
            return _twice(notice, row, here.source, here.row_key, repeats=same)
        before = known.get(notice.predecessor) if notice.predecessor else None
        if notice.predecessor and (before is None or before.state not in ENDED_WITHOUT_SERVICE):
            return JudgedEntry(notice=notice, problems=(FieldProblem(field="revision", code="notice.predecessor"),))
        if notice.predecessor and signed_receipts(self.quarantine, [notice.predecessor]):
            return JudgedEntry(notice=notice, problems=(FieldProblem(field="revision", code="notice.predecessor"),))
        standing = self.inbox.standings(self.source, [key]).get(key)
        if standing is None:
            return JudgedEntry(notice=notice, row=row)
        verdict = self.inbox.verdicts(self.source, [key]).get(key)
        if verdict is not None and verdict.refusal is not None:
            # The row was refused: the corrected one takes its place, as that of every other source does.
            return JudgedEntry(notice=notice, row=PushedRow(key=key, version=standing.version + 1, fields=fields))
        return _twice(notice, row, self.source, key, repeats=standing.digest == row.digest)


def enter_rows(
    inbox: Inbox, source: str, rows: Sequence[PushedRow], act: OperatorAction, origin: str
) -> list[PushResult]:
    """Keep judged rows, each with the record of its act in one transaction; return what became of each.

    A row that is there already is kept once, and gets no second record.
    """
    records = {
        row.key: act.record(
            f"row {row.key} of {source}",
            origin=origin,
            outcome="entered",
            notice=row.key,
            source=source,
            row_digest=row.digest,
        )
        for row in rows
    }
    return inbox.push(source, rows, origin="by hand", now=act.at, records=records)


def _twice(notice: Notice, row: PushedRow, source: str, key: str, *, repeats: bool) -> JudgedEntry:
    problem = FieldProblem(field="paper_number", code=TWICE, about=f"{source}: {key}")
    return JudgedEntry(notice=notice, row=row, problems=(problem,), repeats=repeats)
