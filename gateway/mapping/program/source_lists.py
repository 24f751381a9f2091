"""Lists of a source, in the one form that paths, expressions and transforms know.

Where the contract allows several elements, one alone is a list of one. XML does not tell an element that may be
repeated from one that may not. Without this, ``Letter[0]`` would find nothing in an answer with exactly one letter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.mapping.model.schema import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """Name of a source: a list itself (``many``), or with lists inside."""

    many: bool
    inner: Lists


Lists = Mapping[str, ListPlace]


def lists_of(source: Group, names: Collection[str] | None = None) -> Lists:
    """Return the lists of a source, on its outermost level of these ``names`` alone (None: all)."""
    found: dict[str, ListPlace] = {}
    for name, member in source.members.items():
        if names is not None and name not in names:
            continue
        inner = lists_of(member) if isinstance(member, Group) else {}
        if member.many or inner:
            found[name] = ListPlace(many=member.many, inner=inner)
    return found


def with_lists(document: Any, lists: Lists) -> Any:
    """Return the document with a list at each of the ``lists`` that is there."""
    if not lists or not isinstance(document, Mapping):
        return document
    made = dict(document)
    for name, place in lists.items():
        value = document.get(name)
        if isinstance(value, list):
            made[name] = [with_lists(each, place.inner) for each in value]
        elif value is not None:
            inner = with_lists(value, place.inner)
            made[name] = [inner] if place.many else inner
    return made


def with_row_lists(row: Any) -> Any:
    """Return a row of a case database with its `gateway.notice.source_row.Rows` as lists of objects."""
    if not isinstance(row, Mapping):
        return row
    lists = {name: [dict(each) for each in value] for name, value in row.items() if isinstance(value, tuple)}
    return {**row, **lists} if lists else row
