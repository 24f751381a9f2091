"""A source under another name: every row that is kept by the old name is kept by the new one. Evidence never changes.

Written twice it stands there once: the second time nothing is left under the old name.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, and_, delete, exists, select, update
from sqlalchemy.sql.elements import ColumnElement

from adapters.storage.schema.inbox_tables import inbox, inbox_message, inbox_row, inbox_told
from adapters.storage.schema.tables import cursor, outbox, refusal, seen_row
from adapters.storage.schema.version_tables import mapping_activation
from gateway.intake.row_ownership import TWO_ROWS
from gateway.intake.source_renaming import CURSORS
from gateway.store.version_subject import Subject


def rename_source(connection: Connection, names: tuple[str, str] | None) -> None:
    """Move what is kept by the first name to the second. Where both have something, the old name's stands: it is what
    the notices came from; what it lacks is looked at again."""
    if names is None:
        return
    old, new = names
    _move_inbox(connection, old, new)
    _end_false_refusals(connection, old, new)
    # A refusal under the new name is of a later content of its row; what was seen last under the old name is looked at
    # again where the row has another content now.
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
    """A condition for rows whose key stands under the name ``source``, too."""
    other = table.alias()
    return exists().where(other.c.source == source, other.c[column] == table.c[column])


def _end_false_refusals(connection: Connection, old: str, new: str) -> None:
    """Forget that rows were refused under one name as second rows of notices that stand under the other; the presents
    of these are written over what was told."""
    for here, there in ((old, new), (new, old)):
        one_row = outbox.c.source == there, outbox.c.row_key == refusal.c.row_key
        false = refusal.c.source == here, refusal.c.code == TWO_ROWS
        connection.execute(update(outbox).where(one_row[0], exists().where(*false, one_row[1])).values(written_seq=-1))
        connection.execute(delete(refusal).where(*false, exists().where(*one_row)))


def _move_activations(connection: Connection, subject: Subject, old: str, new: str) -> None:
    """Move the decisions about mappings, unless there are others under the new name: those were made for it."""
    of = mapping_activation.c
    if connection.scalar(select(exists().where(of.subject == subject, of.source == new))):
        return
    moving = update(mapping_activation).where(of.subject == subject, of.source == old)
    connection.execute(moving.values(source=new))


def _move_inbox(connection: Connection, old: str, new: str) -> None:
    """Move what was brought. Rows of the new name are numbered behind those of the old one, and are judged again."""
    both = select(inbox).where(inbox.c.source.in_((old, new))).order_by(inbox.c.source)
    # Whoever pushes holds the source's row: so nothing is numbered meanwhile.
    there = {row.source: row for row in connection.execute(both.with_for_update())}
    if old not in there:
        return
    if new in there:
        first, second = there[old], there[new]
        older = _twin(inbox_row.c.version, old, inbox_row)
        connection.execute(delete(inbox_row).where(inbox_row.c.source == new, older))
        connection.execute(delete(inbox_row).where(inbox_row.c.source == old, _also(inbox_row, "row_key", new)))
        connection.execute(delete(inbox_told).where(inbox_told.c.source == new, _also(inbox_told, "key", old)))
        _append(connection, inbox_row, "arrival", first.arrived, old, new)
        _append(connection, inbox_told, "change", first.changed, old, new)
        numbers = {"arrived": first.arrived + second.arrived, "changed": first.changed + second.changed}
        connection.execute(delete(inbox).where(inbox.c.source == new))
        connection.execute(update(inbox).where(inbox.c.source == old).values(numbers))
    for table in (inbox, inbox_row, inbox_told, inbox_message):
        connection.execute(update(table).where(table.c.source == old).values(source=new))


def _twin(version: ColumnElement[int], old: str, table: Table) -> ColumnElement[bool]:
    """A condition for rows that the old name has in the same or a later version of their sender."""
    other = table.alias()
    return exists().where(and_(other.c.source == old, other.c.row_key == table.c.row_key, other.c.version >= version))


def _append(connection: Connection, table: Table, column: str, behind: int, old: str, new: str) -> None:
    """Put the rows of the new name under the old one, numbered behind its own: numbers are unique under a name."""
    shifted = {"source": old, column: table.c[column] + behind}
    connection.execute(update(table).where(table.c.source == new).values(shifted))
