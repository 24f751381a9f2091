"""`gateway.intake.notice_draft.DraftStore` on SQL: bounded for each person, and for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select

from adapters.storage.engine.dialects import insert, insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.draft_tables import intake_draft, intake_file
from gateway.intake.notice_draft import MAX_ALL_BYTES, MAX_DRAFTS, MAX_PERSON_BYTES, Draft, as_rows, as_text
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError


class SqlDrafts:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, draft: Draft) -> None:
        values = {
            "id": draft.id,
            "person": draft.person,
            "kind": draft.kind,
            "rows": as_text(draft.rows),
            "changed_at": draft.changed_at,
        }

        def work(connection: Connection) -> None:
            there = connection.scalar(select(intake_draft.c.person).where(intake_draft.c.id == draft.id))
            if there not in (None, draft.person):
                raise GatewayError("intake.draft-gone")
            new = insert(connection, intake_draft).values(values)
            connection.execute(new.on_conflict_do_update(index_elements=[intake_draft.c.id], set_=values))
            unnamed = intake_file.c.digest.not_in(sorted(draft.digests))
            connection.execute(delete(intake_file).where(intake_file.c.draft == draft.id, unnamed))
            # The times of the others may be of a clock that is ahead of ours.
            others = [id for id in _of_person(connection, draft.person) if id != draft.id]
            for id in others[MAX_DRAFTS - 1 :]:
                _delete(connection, id)

        self._database.write(work)

    def keep_file(self, draft: str, person: str, octets: bytes, now: datetime) -> str:
        row = {
            "draft": draft,
            "digest": sha256(octets),
            "person": person,
            "size": len(octets),
            "kept_at": now,
            "octets": octets,
        }

        def work(connection: Connection) -> None:
            others = [id for id in _of_person(connection, person) if id != draft]
            while _size(connection, intake_file.c.person == person) + len(octets) > MAX_PERSON_BYTES:
                if not others:
                    raise GatewayError("intake.full", detail="one person's drafts")
                _delete(connection, others.pop())
            if _size(connection) + len(octets) > MAX_ALL_BYTES:
                raise GatewayError("intake.full", detail="the drafts of all people")
            insert_new(connection, intake_file, [row])

        self._database.write(work)
        return str(row["digest"])

    def find(self, id: str, person: str) -> Draft | None:
        query = select(intake_draft).where(intake_draft.c.id == id, intake_draft.c.person == person)
        row = self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else _draft(row)

    def of_person(self, person: str) -> Sequence[Draft]:
        query = select(intake_draft).where(intake_draft.c.person == person)
        rows = self._database.read(lambda c: c.execute(query.order_by(intake_draft.c.changed_at.desc())).all())
        return [_draft(row) for row in rows]

    def file(self, draft: str, person: str, digest: str) -> bytes | None:
        of_draft = (intake_file.c.draft == draft, intake_file.c.person == person, intake_file.c.digest == digest)
        return self._database.read(lambda c: c.scalar(select(intake_file.c.octets).where(*of_draft)))

    def delete(self, id: str, person: str) -> None:
        def work(connection: Connection) -> None:
            if id in _of_person(connection, person):
                _delete(connection, id)

        self._database.write(work)

    def end(self, before: datetime) -> int:
        old = intake_draft.c.changed_at < before

        def work(connection: Connection) -> int:
            ids = list(connection.scalars(select(intake_draft.c.id).where(old)))
            for id in ids:
                _delete(connection, id)
            # Files of an upload that was broken off before its draft was kept.
            kept = intake_file.c.draft.in_(select(intake_draft.c.id))
            connection.execute(delete(intake_file).where(intake_file.c.kept_at < before, ~kept))
            return len(ids)

        if not self._database.read(lambda c: _is_any(c, before)):
            return 0
        return self._database.write(work)


def _is_any(connection: Connection, before: datetime) -> bool:
    """Return True if there may be something to delete: most looks find nothing, and then nothing is locked."""
    oldest = (
        connection.scalar(select(func.min(intake_draft.c.changed_at))),
        connection.scalar(select(func.min(intake_file.c.kept_at))),
    )
    return any(each is not None and each < before for each in oldest)


def _of_person(connection: Connection, person: str) -> list[str]:
    """Return the ids of a person's drafts, the last changed one first."""
    query = select(intake_draft.c.id).where(intake_draft.c.person == person)
    return list(connection.scalars(query.order_by(intake_draft.c.changed_at.desc(), intake_draft.c.id)))


def _size(connection: Connection, *of: ColumnElement[bool]) -> int:
    return int(connection.scalar(select(func.coalesce(func.sum(intake_file.c.size), 0)).where(*of)) or 0)


def _delete(connection: Connection, id: str) -> None:
    connection.execute(delete(intake_file).where(intake_file.c.draft == id))
    connection.execute(delete(intake_draft).where(intake_draft.c.id == id))


def _draft(row: Row[Any]) -> Draft:
    return Draft(id=row.id, person=row.person, kind=row.kind, rows=as_rows(row.rows), changed_at=row.changed_at)
