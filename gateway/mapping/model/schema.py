"""Schemas of sources and targets: a tree of groups and leaves, whichever contract it was read from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type, fits, is_zoneless, type_of
from gateway.notice.fields import InvalidField
from gateway.notice.large_octets import LargeValue

Check = Callable[[Any, Scope], Any]
"""Function from a value, and the values found before it, to the target's value. Raises `InvalidField`."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ASCII_OF_XML = b"\t\n\r" + bytes(range(0x20, 0x80))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Single value, or (``many``) a list of such values. ``check`` judges it; without one, type, length and choices do.

    A ``nullable`` one must stand in its group, and is sent as nil without a value (XML Schema; null of JSON).
    ``title`` is Persian. ``missing`` is the code for an absent required value (empty: the kind's). ``asks_call``: the
    check asks `Scope.given`. ``after`` are targets of the same group that must be judged before. ``later`` are choices
    that came later: a table from before need not have them.
    ``zoned``: a time without an offset does not fit, since nothing says which moment it is.
    ``barred`` is the code for reading a value that this message may not contain. ``never`` are types that the form of
    the message cannot hold, even if any type is allowed. ``note`` is for the reference page, in English.
    ``only_read``: no message can be written with it (`adapters.contracts.xsd`).
    ``in_pieces``: a large value need not be in memory to be written or judged.
    """

    type: Type = Type.TEXT
    required: bool = False
    nullable: bool = False
    many: bool = False
    title: str = ""
    missing: str = ""
    least_length: int = 0
    max_length: int | None = None
    choices: frozenset[str | int] | None = None
    later: frozenset[str] = frozenset()
    check: Check | None = None
    asks_call: bool = False
    after: tuple[str, ...] = ()
    barred: str = ""
    never: frozenset[Type] = frozenset()
    zoned: bool = False
    note: str = ""
    only_read: bool = False
    in_pieces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Group of members by name; with ``many``, a list of such groups.

    ``is_open``: other members may exist. They are never of the types ``never``, or are each described by ``others``.
    ``alone``: an element of this list that has problems spoils no other one (`gateway.mapping.model.list_part`).
    ``kept`` are names, case-folded, that no mapping may make; ``name_form`` is a pattern of the names of ``others``.
    ``only_read``: no message can be written with it (`adapters.contracts.xsd`).
    """

    members: Mapping[str, Leaf | Group] = field(default_factory=dict)
    required: bool = True
    nullable: bool = False
    many: bool = False
    alone: bool = False
    is_open: bool = False
    never: frozenset[Type] = frozenset()
    others: Leaf | None = None
    kept: frozenset[str] = frozenset()
    name_form: str = ""
    only_read: bool = False


OPEN = Group(is_open=True)
"""Group with unknown members."""


def find(group: Group, names: tuple[str, ...]) -> Leaf | Group | None:
    """Return the member at a path, or None. Below an open group any member is possible."""
    here: Leaf | Group = group
    for place, name in enumerate(names, start=1):
        if isinstance(here, Leaf):
            return _anything(here.never) if here.type is Type.ANY and here.check is None else None
        if name not in here.members:
            if not here.is_open:
                return None
            if here.others is None:
                return _anything(here.never)
            fits_form = not here.name_form or re.fullmatch(here.name_form, name, re.ASCII) is not None
            return here.others if place == len(names) and fits_form else None
        here = here.members[name]
    return here


def only_read(group: Group, names: tuple[str, ...]) -> bool:
    """Return True if the member at a path, or a group above it, can be read but not written."""
    return any((here := find(group, names[:end])) is not None and here.only_read for end in range(1, len(names) + 1))


def _anything(never: frozenset[Type]) -> Leaf:
    return Leaf(type=Type.ANY, never=never)


def list_of(group: Group, names: tuple[str, ...]) -> Group | None:
    """Return the element group of the list at a path; an open group if any type is allowed there."""
    found = find(group, names)
    if isinstance(found, Leaf):
        return Group(is_open=True, never=found.never) if found.type is Type.ANY and found.check is None else None
    return found if found is not None and found.many else None


def leaves(group: Group, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    """Yield the leaves by path, without those inside lists of groups."""
    for name, member in group.members.items():
        if isinstance(member, Leaf):
            yield (*prefix, name), member
        elif not member.many:
            yield from leaves(member, (*prefix, name))


def lists(group: Group, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Group]]:
    """Yield the lists of groups by path, without those inside others."""
    for name, member in group.members.items():
        if isinstance(member, Group):
            if member.many:
                yield (*prefix, name), member
            else:
                yield from lists(member, (*prefix, name))


def checked(leaf: Leaf) -> Check:
    """Return the check for values of ``leaf``."""
    one = leaf.check or _generic(leaf)
    if not leaf.many:
        return one

    def each(value: Any, scope: Scope) -> list[Any]:
        scope.budget.weigh(value)
        return [one(part, scope) for part in (value if isinstance(value, list) else [value])]

    return each


def _generic(leaf: Leaf) -> Check:
    def check(value: Any, scope: Scope) -> Any:
        if isinstance(value, LargeValue) and not leaf.in_pieces:
            value = scope.budget.whole(value)
        # A list or a table in a place for one value has no defined written form.
        if isinstance(value, list | tuple | dict) or not fits(value, leaf.type) or type_of(value) in leaf.never:
            raise InvalidField("")
        if leaf.zoned and is_zoneless(value):
            raise InvalidField("")
        if (found := misfit(leaf, value)) is not None:
            raise InvalidField(found)
        return value

    return check


def misfit(leaf: Leaf, value: Any) -> str | None:
    """Return the code for a misfit of a value of the right type (empty: the kind's), or None if it fits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "" if leaf.choices is not None and value not in leaf.choices else None
    if not isinstance(value, str) and not (isinstance(value, LargeValue) and value.is_text):
        return None
    if leaf.max_length is not None and len(value) > leaf.max_length:
        return "notice.field-too-long"
    if len(value) < leaf.least_length or not (isinstance(value, LargeValue) or _is_of_xml(value)):
        return ""
    return "" if leaf.choices is not None and value not in leaf.choices else None


def in_xml(text: str) -> str:
    """Return words for people with U+FFFD for each character that XML 1.0, and so a database, cannot hold."""
    return text if _is_of_xml(text) else _NOT_IN_XML.sub("\ufffd", text)


def _is_of_xml(text: str) -> bool:
    """Return True if XML 1.0 can hold every character of ``text``."""
    # A document in base64 is ten times faster so.
    return not (text.encode().translate(None, _ASCII_OF_XML) if text.isascii() else _NOT_IN_XML.search(text))
