"""The act of entering notices by hand: the rows of a person's draft go into the inbox, each with its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.composition.preview.entered_row import DraftJudge
from adapters.settings.values import Section
from gateway.intake.hand_entry import JudgedEntry, enter_rows, shown_digest
from gateway.intake.notice_draft import Draft, DraftKind, DraftRow, FieldProblem
from gateway.operations.operator_action import OperatorAction, is_by_console
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import PushedRow, PushResult, Taking

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_GROUP_BYTES: Final = 8 * 1024 * 1024
"""Octets of documents that are kept in one transaction, so that memory stays bounded."""
_GROUP_ROWS: Final = 50


class Enter(Section):
    """Draft of the person with the id ``person``, who enters notices of ``bodies``.

    ``shown`` is the digest of what the person saw: of the notice in the preview of a typed draft
    (`gateway.intake.hand_entry.shown_digest`), of the good rows of a spreadsheet (`DraftJudge.sheet_digest`).
    """

    draft: str = Field(max_length=100)
    person: str = Field(max_length=100)
    bodies: list[str] = Field(max_length=1000)
    shown: str = Field(default="", max_length=100)


def enter(installation: Installation, act: OperatorAction, asked: Enter) -> Facts:
    """Enter the good rows of a draft, each once however often this is asked; the others stay in it.

    Raises `GatewayError` ``intake.draft-gone``; ``act.changed`` if a draft makes other notices than were shown: then
    nothing is entered; ``act.request`` if the person is not one of the console, whose draft alone this is.
    """
    if not is_by_console(act.authentication):
        raise GatewayError("act.request", where=act.name, detail="notices are entered in the console")
    store = installation.store()
    draft = store.drafts.find(asked.draft, asked.person)
    if draft is None:
        raise GatewayError("intake.draft-gone")
    judge = DraftJudge(installation, asked.bodies)
    # A second press finds nothing that waits, and changes nothing.
    waits = any(not row.entered and not row.problems for row in draft.rows)
    if draft.kind is DraftKind.SHEET and waits and asked.shown != judge.sheet_digest(draft):
        raise GatewayError("act.changed", where=act.name)
    done: dict[int, DraftRow] = {}
    for source, rows in _groups(draft, judge, asked.shown, done):
        keys = {pushed.key: row for row, pushed in rows}
        this = replace(act, at=installation.clock())
        pushed_rows = [pushed for _, pushed in rows]
        taken = enter_rows(store.inbox, source, pushed_rows, this, installation.settings.gateway.name)
        done |= {keys[each.key].line: _after(keys[each.key], each) for each in taken}
    after = tuple(done.get(row.line, row) for row in draft.rows)
    store.drafts.keep(replace(draft, rows=after, changed_at=installation.clock()))
    return {
        "entered": [row.reference for row in after if row.entered],
        "refused": [{"line": row.line, "codes": [each.code for each in row.problems]} for row in after if row.problems],
    }


def _groups(
    draft: Draft, judge: DraftJudge, shown: str, done: dict[int, DraftRow]
) -> Iterator[tuple[str, Sequence[tuple[DraftRow, PushedRow]]]]:
    """Yield rows that may be entered, by their source, in groups of bounded size; ``done`` gets the others.

    Raises `GatewayError` ``act.changed`` for a typed notice that was not ``shown``.
    """
    waiting: dict[str, list[tuple[DraftRow, PushedRow]]] = {}
    octets = 0
    for row in draft.rows:
        if row.entered or row.problems:
            continue
        judged = judge.judge(draft, row)
        if (pushed := _pushed(judged)) is None:
            done[row.line] = replace(row, problems=judged.problems)
            continue
        if draft.kind is DraftKind.FORM and shown != _digest(judged, row):
            raise GatewayError("act.changed", where=pushed.key)
        waiting.setdefault(judge.source_of(row), []).append((row, pushed))
        octets += sum(file.size for file in row.files)
        if octets >= _GROUP_BYTES or sum(map(len, waiting.values())) >= _GROUP_ROWS:
            yield from waiting.items()
            waiting, octets = {}, 0
    yield from waiting.items()


def _pushed(judged: JudgedEntry) -> PushedRow | None:
    """Return the row to enter. One that was entered before is entered again, which changes nothing."""
    return judged.row if judged.repeats or not judged.problems else None


def _digest(judged: JudgedEntry, row: DraftRow) -> str | None:
    return None if judged.notice is None else shown_digest(judged.notice, row.files)


def _after(row: DraftRow, result: PushResult) -> DraftRow:
    if result.taking is Taking.REFUSED:
        # Another person was quicker with another text of the same paper.
        problem = FieldProblem(field="paper_number", code="intake.twice", about=result.key)
        return replace(row, problems=(problem,), reference=result.key)
    return replace(row, problems=(), reference=result.key, entered=True)
