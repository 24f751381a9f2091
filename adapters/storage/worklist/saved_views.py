"""`gateway.people.saved_view.SavedViewStore` on SQL. Saved views are no evidence: each method is one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.people_tables import person
from adapters.storage.schema.row_conversion import values_of
from adapters.storage.schema.worklist_tables import saved_view
from gateway.people.saved_view import MOST, SavedView
from gateway.runtime.errors import GatewayError

_OF = saved_view.c


class SqlSavedViews:
    """Each method is one transaction, which may be repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person_id: str) -> list[SavedView]:
        query = select(saved_view).where(_OF.person == person_id).order_by(_OF.saved_at, _OF.name)
        return self._database.read(lambda c: [SavedView(**row._mapping) for row in c.execute(query)])

    def save(self, view: SavedView) -> None:
        self._database.write(lambda c: _save(c, view))

    def rename(self, person_id: str, name: str, new_name: str) -> bool:
        return self._database.write(lambda c: _rename(c, person_id, name, new_name))

    def delete(self, person_id: str, name: str) -> None:
        named = _OF.person == person_id, _OF.name == name
        self._database.write(lambda c: c.execute(delete(saved_view).where(*named)).rowcount)


def _save(connection: Connection, view: SavedView) -> None:
    _lock(connection, view.person)
    others = select(func.count()).where(_OF.person == view.person, _OF.name != view.name)
    if (connection.scalar(others) or 0) >= MOST:
        raise GatewayError("view.full")
    insert_new(connection, saved_view, [values_of(view, saved_view)])
    if _address(connection, view.person, view.name) != view.address:
        raise GatewayError("view.taken")


def _rename(connection: Connection, person_id: str, name: str, new_name: str) -> bool:
    _lock(connection, person_id)
    if name == new_name:
        return _address(connection, person_id, name) is not None
    if _address(connection, person_id, name) is None:
        # A repetition finds the new name alone.
        return _address(connection, person_id, new_name) is not None
    if _address(connection, person_id, new_name) is not None:
        raise GatewayError("view.taken")
    named = _OF.person == person_id, _OF.name == name
    return connection.execute(update(saved_view).where(*named).values(name=new_name)).rowcount == 1


def _lock(connection: Connection, person_id: str) -> None:
    """Let two requests of one person count one after the other."""
    connection.execute(select(person.c.id).where(person.c.id == person_id).with_for_update(key_share=True))


def _address(connection: Connection, person_id: str, name: str) -> str | None:
    return connection.scalar(select(_OF.address).where(_OF.person == person_id, _OF.name == name))
