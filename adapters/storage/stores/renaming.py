"""Renaming of a source: every row under the old name moves to the new one. Evidence never changes.

Writing it twice has the effect of writing it once: the second time nothing is left under the old name.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, and_, delete, exists, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from adapters.storage.payloads.pushed_documents import delete_unnamed, unname_dropped
from adapters.storage.schema.inbox_tables import inbox, inbox_document, inbox_message, inbox_row, inbox_told
from adapters.storage.schema.tables import cursor, outbox, refusal, seen_row
from adapters.storage.schema.version_tables import mapping_activation
from adapters.storage.unwritten import rewritten
from gateway.intake.row_ownership import TWO_ROWS
from gateway.intake.source_renaming import CURSORS
from gateway.record.version_subject import Subject


def rename_source(connection: Connection, names: tuple[str, str] | None) -> None:
    """Move everything stored under the first name to the second.

    If both names have a row, that of the old name stays, since the notices came from it. Rows that it lacks are read
    again.
    """
    if names is None:
        return
    old, new = names
    _move_inbox(connection, old, new)
    _end_false_refusals(connection, old, new)
    # A refusal under the new name is of later content of its row. A row that was seen under the old name is read again
    # if its content has changed.
    connection.execute(delete(refusal).where(refusal.c.source == old, _also(refusal, "row_key", new)))
    connection.execute(delete(seen_row).where(seen_row.c.source == new, _also(seen_row, "row_key", old)))
    for table in (outbox, refusal, seen_row):
        connection.execute(update(table).where(table.c.source == old).values(source=new))
    for name in CURSORS:
        before, after = f"{name}:{old}", f"{name}:{new}"
        there = exists().where(cursor.alias().c.name == before)
        if connection.scalar(select(there)):
            connection.execute(delete(cursor).where(cursor.c.name == after))
            connection.execute(update(cursor).where(cursor.c.name == before).values(name=after))
    for subject in (Subject.ROWS, Subject.RESULTS):
        _move_activations(connection, subject, old, new)


def _also(table: Table, column: str, source: str) -> ColumnElement[bool]:
    """Return a condition for rows whose key stands under the name ``source``, too."""
    other = table.alias()
    return exists().where(other.c.source == source, other.c[column] == table.c[column])


def _end_false_refusals(connection: Connection, old: str, new: str) -> None:
    """Delete refusals of rows under one name as second rows of notices that stand under the other name.

    The row status of these notices is written over the refusals.
    """
    for here, there in ((old, new), (new, old)):
        one_row = outbox.c.source == there, outbox.c.row_key == refusal.c.row_key
        false = refusal.c.source == here, refusal.c.code == TWO_ROWS
        # Since the refusal its row does not show the notice.
        refused_at = select(func.max(refusal.c.refused_at)).where(*false, one_row[1]).correlate(outbox)
        written_over = one_row[0], exists().where(*false, one_row[1])
        connection.execute(update(outbox).where(*written_over).values(rewritten(refused_at.scalar_subquery())))
        connection.execute(delete(refusal).where(*false, exists().where(*one_row)))


def _move_activations(connection: Connection, subject: Subject, old: str, new: str) -> None:
    """Move the decisions about mappings, unless the new name has decisions of its own."""
    of = mapping_activation.c
    if connection.scalar(select(exists().where(of.subject == subject, of.source == new))):
        return
    moving = update(mapping_activation).where(of.subject == subject, of.source == old)
    connection.execute(moving.values(source=new))


def _move_inbox(connection: Connection, old: str, new: str) -> None:
    """Move pushed rows. Rows of the new name are numbered behind those of the old one, and are judged again."""
    both = select(inbox).where(inbox.c.source.in_((old, new))).order_by(inbox.c.source)
    # A push locks the source's row: so no number is given meanwhile.
    there = {row.source: row for row in connection.execute(both.with_for_update())}
    if old not in there:
        return
    if new in there:
        first, second = there[old], there[new]
        older = _twin(inbox_row.c.version, old, inbox_row)
        connection.execute(delete(inbox_row).where(inbox_row.c.source == new, older))
        connection.execute(delete(inbox_row).where(inbox_row.c.source == old, _also(inbox_row, "row_key", new)))
        for source in (old, new):
            delete_unnamed(connection, unname_dropped(connection, source))
        connection.execute(delete(inbox_told).where(inbox_told.c.source == new, _also(inbox_told, "key", old)))
        _append(connection, inbox_row, "arrival", first.arrived, old, new)
        _append(connection, inbox_told, "change", first.changed, old, new)
        numbers = {"arrived": first.arrived + second.arrived, "changed": first.changed + second.changed}
        connection.execute(delete(inbox).where(inbox.c.source == new))
        connection.execute(update(inbox).where(inbox.c.source == old).values(numbers))
    for table in (inbox, inbox_row, inbox_document, inbox_told, inbox_message):
        connection.execute(update(table).where(table.c.source == old).values(source=new))


def _twin(version: ColumnElement[int], old: str, table: Table) -> ColumnElement[bool]:
    """Return a condition for rows that the old name has in the same or a later version of their sender."""
    other = table.alias()
    return exists().where(and_(other.c.source == old, other.c.row_key == table.c.row_key, other.c.version >= version))


def _append(connection: Connection, table: Table, column: str, behind: int, old: str, new: str) -> None:
    """Put the rows of the new name under the old one, numbered behind its own: numbers are unique under a name."""
    shifted = {"source": old, column: table.c[column] + behind}
    connection.execute(update(table).where(table.c.source == new).values(shifted))
