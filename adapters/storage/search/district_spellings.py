"""Spellings in which the stored notices have a district. A sealed notice keeps its own, so they are compared folded."""

from __future__ import annotations

from sqlalchemy import Connection, select

from adapters.storage.schema.search_tables import search_facet
from gateway.search.searched_text import searchable


def spellings_of(connection: Connection, district: str) -> list[str]:
    """Return the stored spellings of a district that a person typed, and the typed one itself.

    The typed one is looked for, too, while the search of an earlier version's database is being filled.
    """
    sought = searchable(district)
    stored = connection.scalars(select(search_facet.c.district).distinct())
    return sorted({district, *(each for each in stored if searchable(each) == sought)})
