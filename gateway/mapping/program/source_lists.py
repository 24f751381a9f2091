"""Lists of a source, in the one form that paths, expressions and transforms know.

Where the contract allows several elements, one alone is a list of one. XML does not tell an element that may be
repeated from one that may not. Without this, ``Letter[0]`` would find nothing in an answer with exactly one letter.

Where the contract allows attributes beside a text, an empty element with attributes has a ``#text`` that is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.mapping.model.paths import TEXT
from gateway.mapping.model.schema import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """Name of a source: a list itself (``many``), a text that may have attributes, or with such parts inside."""

    many: bool
    inner: Lists
    has_text: bool = False


Lists = Mapping[str, ListPlace]


def lists_of(source: Group, names: Collection[str] | None = None) -> Lists:
    """Return the lists of a source, on its outermost level of these ``names`` alone (None: all)."""
    found: dict[str, ListPlace] = {}
    for name, member in source.members.items():
        if names is not None and name not in names:
            continue
        inner = lists_of(member) if isinstance(member, Group) else {}
        has_text = isinstance(member, Group) and TEXT in member.members
        if member.many or inner or has_text:
            found[name] = ListPlace(many=member.many, inner=inner, has_text=has_text)
    return found


def with_lists(document: Any, lists: Lists) -> Any:
    """Return the document with a list, or a table with a ``#text``, at each of the ``lists`` that is there."""
    if not lists or not isinstance(document, Mapping):
        return document
    made = dict(document)
    for name, place in lists.items():
        value = document.get(name)
        if isinstance(value, list):
            made[name] = [_inside(each, place) for each in value]
        elif value is not None:
            inner = _inside(value, place)
            made[name] = [inner] if place.many else inner
    return made


def _inside(value: Any, place: ListPlace) -> Any:
    made = with_lists(value, place.inner)
    if not place.has_text or not isinstance(made, Mapping):
        return made
    return {TEXT: None, **made}


def with_row_lists(row: Any) -> Any:
    """Return a row of a case database with its `gateway.notice.source_row.Rows` as lists of objects."""
    if not isinstance(row, Mapping):
        return row
    lists = {name: [dict(each) for each in value] for name, value in row.items() if isinstance(value, tuple)}
    return {**row, **lists} if lists else row
