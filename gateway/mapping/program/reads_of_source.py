"""Parts of its source that a mapping can read, so that no other part need be made.

The selection of columns, the checks, previews and the parts of a message all follow from `readings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.mapping.model.expression import columns_of as names_of_expression
from gateway.mapping.model.expression import names_in, uses_of
from gateway.mapping.model.paths import Path
from gateway.mapping.program.plan import Member, RepeatPlan, Source, sources_of

Names = tuple[str, ...]
"""Names from the outermost level to a part, without places in lists. Empty: the whole source."""


@dataclass(frozen=True, slots=True)
class Place:
    """Part of a source by its names; ``from_root``: they begin at the whole document, whatever the element."""

    names: Names
    from_root: bool

    def inside(self, names: Names) -> Place:
        return Place((*self.names, *names), self.from_root)


@dataclass(frozen=True, slots=True)
class Reading:
    """Part that a mapping reads, whole, and the source of the file that reads it."""

    place: Place
    source: Source


@dataclass(frozen=True, slots=True)
class Taken:
    """Value that a field takes: every name on the way to it, those of its lists included, and its transforms."""

    names: frozenset[str]
    steps: tuple[str, ...]


def readings(members: Sequence[Member]) -> Iterator[Reading]:
    """Yield the parts that are read, in the order of the file.

    Conditions count, and what members of a list read of the whole document. Namespaces of the call are no part.
    """
    return _of_members(members, Place((), from_root=False))


def taken(members: Sequence[Member], above: frozenset[str] = frozenset()) -> Iterator[Taken]:
    """Yield what fields take of the source. What conditions read, or lists are counted by, is none of it.

    Names in an expression count wherever they stand in it: it may lead to more than it gives.
    """
    for member in members:
        for names in [above] if member.source is None else _ways(member.source, above):
            if isinstance(member, RepeatPlan):
                yield from taken(member.members, names)
            else:
                yield Taken(names, tuple(step.name for step in member.steps))


def _ways(source: Source, above: frozenset[str]) -> Iterator[frozenset[str]]:
    if source.expression is not None:
        yield above | names_in(source.expression)
    for path in (*source.paths, *([] if source.path is None else [source.path])):
        if path.namespace is None:
            yield frozenset(path.names) if path.from_root else above | {*path.names}


def takes_by_place(members: Sequence[Member], name: str) -> bool:
    """Return True if elements of an outermost list are taken by their places alone, and never each of them."""
    uses = list(_uses(members, name))
    return bool(uses) and all(uses)


def _uses(members: Sequence[Member], name: str) -> Iterator[bool]:
    for member in members:
        if (source := member.source) is not None:
            if source.expression is not None:
                yield from uses_of(source.expression, name)
            for path in (*source.paths, *([] if source.path is None else [source.path])):
                if path.namespace is None and path.first == name:
                    yield len(path.steps) > 1 and isinstance(path.steps[1], int)
        if isinstance(member, RepeatPlan):
            yield from _uses(member.members, name)


def reads_of(members: Sequence[Member]) -> tuple[Names, ...]:
    """Return the names of the parts that are read, once each."""
    return tuple(dict.fromkeys(each.place.names for each in readings(members)))


def beside(members: Sequence[Member]) -> frozenset[Names]:
    """Return the parts of the whole document that members of a list read, outside of their element."""
    return frozenset(each.place.names for each in readings(members) if each.place.from_root)


def columns_of(reads: Iterable[Names]) -> tuple[str, ...]:
    """Return the names on the outermost level of a source with these `reads_of`: the columns of a row."""
    return tuple(dict.fromkeys(names[0] for names in reads if names))


def outermost(reads: Iterable[Names]) -> frozenset[str] | None:
    """Return the same as a set; None if it reads the whole source, and so any name."""
    found = tuple(reads)
    return None if () in found else frozenset(columns_of(found))


def picked(document: Any, parts: Iterable[Names]) -> dict[str, Any]:
    """Return a document with these parts alone. A list is kept whole, from where a name leads into it."""
    made: dict[str, Any] = {}
    for names in sorted(parts):
        if not names and isinstance(document, Mapping):
            return dict(document)
        source, target = document, made
        for place, name in enumerate(names, start=1):
            if not isinstance(source, Mapping) or name not in source:
                break
            source = source[name]
            if place == len(names) or not isinstance(source, Mapping):
                target[name] = source
                break
            target = target.setdefault(name, {})
    return made


def _of_members(members: Sequence[Member], above: Place | None) -> Iterator[Reading]:
    """Yield the parts that members read of an element at ``above``; None: the element is read whole already."""
    for member in members:
        for source in sources_of(member.when):
            yield from _of_source(source, above)
        if not isinstance(member, RepeatPlan):
            yield from _of_source(member.source, above)
        elif member.source is None:
            yield from _of_members(member.members, above)
        elif member.source.path is not None:
            yield from _of_elements(member.members, member.source, _place(member.source.path, above))
        else:
            yield from _of_source(member.source, above)
            yield from _of_members(member.members, None)


def _of_elements(members: Sequence[Member], source: Source, here: Place | None) -> Iterator[Reading]:
    """Yield the parts of a list that its members name; the list itself if they name none, since its length counts."""
    inside = list(_of_members(members, here))
    if here is not None and not any(each.place.names[: len(here.names)] == here.names for each in inside):
        yield Reading(here, source)
    yield from inside


def _of_source(source: Source, above: Place | None) -> Iterator[Reading]:
    if source.expression is not None and above is not None:
        named = names_of_expression(source.expression)
        # Functions may read all that is below a name.
        for place in [above] if named is None else [above.inside((name,)) for name in named]:
            yield Reading(place, source)
    for path in (*source.paths, *([] if source.path is None else [source.path])):
        found = None if path.namespace is not None else _place(path, above)
        if found is not None:
            yield Reading(found, source)


def _place(path: Path, above: Place | None) -> Place | None:
    if path.from_root:
        return Place(path.names, from_root=True)
    return None if above is None else above.inside(path.names)
