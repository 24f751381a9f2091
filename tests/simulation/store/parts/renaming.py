"""Renaming of a source: every row under the old name moves to the new one. Evidence never changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.intake.row_ownership import TWO_ROWS
from gateway.intake.source_renaming import CURSORS
from gateway.record.version_subject import Subject

from ..database import SimulatedDatabase
from ..rows import SourceNumbers
from ..table import Table
from .refusals import write_again


def rename_source(database: SimulatedDatabase, names: tuple[str, str] | None) -> None:
    """Move everything stored under the first name to the second. If both names have a row, that of the old name
    stays, since the notices came from it. The second time nothing is left under the old name."""
    if names is None:
        return
    old, new = names
    _move_inbox(database, old, new)
    for here, there in ((old, new), (new, old)):
        _end_false_refusals(database, here, there)
    for _, key in [row for row in database.refusal.rows if row[0] == old]:
        # A refusal under the new name is of later content of its row.
        kept = database.refusal.rows[old, key]
        database.refusal.drop((old, key))
        database.refusal.insert((new, key), replace(kept, refusal=replace(kept.refusal, source=new)))
    for _, key in [row for row in database.seen.rows if row[0] == old]:
        version = database.seen.rows[old, key]
        database.seen.drop((old, key))
        database.seen.put((new, key), version)
    for entry in [entry for entry in database.outbox.values() if entry.source == old]:
        database.outbox.put(entry.reference, replace(entry, source=new))
    for name in CURSORS:
        value = database.cursor.get(f"{name}:{old}")
        if value is not None:
            database.cursor.drop(f"{name}:{old}")
            database.cursor.put(f"{name}:{new}", value)
    for subject in (Subject.ROWS, Subject.RESULTS):
        _move_activations(database, subject, old, new)


def _end_false_refusals(database: SimulatedDatabase, here: str, there: str) -> None:
    """Delete refusals of rows under one name as second rows of notices that stand under the other name."""
    for kept in database.refusal.find("source", here):
        row = there, kept.refusal.row_key
        if kept.refusal.code == TWO_ROWS and database.outbox.has("row", row):
            write_again(database, row, kept.refusal.refused_at)
            database.refusal.drop((here, kept.refusal.row_key))


def _move_activations(database: SimulatedDatabase, subject: Subject, old: str, new: str) -> None:
    """Move the decisions about mappings, unless the new name has decisions of its own."""
    if not database.activation.has("about", (subject, new)):
        for decision in database.activation.find("about", (subject, old)):
            database.activation.drop((subject, old, decision.number))
            database.activation.put((subject, new, decision.number), replace(decision, source=new))


def _move_inbox(database: SimulatedDatabase, old: str, new: str) -> None:
    """Move pushed rows. Rows of the new name are numbered behind those of the old one, and are judged again."""
    first = database.inbox.get(old)
    if first is None:
        return
    second = database.inbox.get(new) or SourceNumbers()
    for row in database.pushed.find("source", new):
        twin = database.pushed.get((old, row.key))
        if twin is not None and twin.version >= row.version:
            database.pushed.drop((new, row.key))
        elif twin is not None:
            database.pushed.drop((old, row.key))
    for row in database.pushed.find("source", new):
        database.pushed.put((new, row.key), replace(row, arrival=row.arrival + first.arrived))
    for source, key in [each for each in database.told.rows if each[0] == new]:
        told = database.told.rows[source, key]
        if (old, key) in database.told:
            database.told.drop((source, key))
        else:
            database.told.put((source, key), replace(told, change=told.change + first.changed))
    both = SourceNumbers(first.arrived + second.arrived, first.changed + second.changed, first.published)
    database.inbox.drop(old)
    database.inbox.put(new, both)
    for row in database.pushed.find("source", old):
        _move(database.pushed, (old, row.key), (new, row.key), replace(row, source=new))
    for _, key in [each for each in database.told.rows if each[0] == old]:
        _move(database.told, (old, key), (new, key), database.told.rows[old, key])
    for _, envelope in database.message.find("source", old):
        database.message.put(envelope.replay_key, (new, envelope))


def _move(table: Table[Any, Any], old: object, new: object, row: object) -> None:
    table.drop(old)
    table.put(new, row)
