"""Parts of its source that a mapping can read, so that no other part need be made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.mapping.model.paths import Path
from gateway.mapping.program.plan import Member, RepeatPlan, Source, sources_of

Names = tuple[str, ...]
"""Names from the outermost level to a part, without places in lists. Empty: the whole source."""


def reads_of(members: Sequence[Member]) -> frozenset[Names]:
    """Return the parts that are read, each whole. Namespaces of the call are no part of a source."""
    return frozenset(_reads(members, ()))


def beside(members: Sequence[Member]) -> frozenset[Names]:
    """Return the parts of the whole document that members of a list read, outside of their element."""
    return frozenset(
        path.names
        for source in _sources(members)
        for path in (*source.paths, *([] if source.path is None else [source.path]))
        if path.from_root and path.namespace is None
    )


def _sources(members: Sequence[Member]) -> Iterator[Source]:
    for member in members:
        yield from sources_of(member.when)
        if member.source is not None:
            yield member.source
        if isinstance(member, RepeatPlan):
            yield from _sources(member.members)


def picked(document: Any, parts: Iterable[Names]) -> dict[str, Any]:
    """Return a document with these parts alone. A list is kept whole, from where a name leads into it."""
    made: dict[str, Any] = {}
    for names in sorted(parts):
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


def outermost(reads: Iterable[Names]) -> frozenset[str] | None:
    """Return the names on the outermost level of a source with these `reads_of`; None: any."""
    names = frozenset(names[0] if names else None for names in reads)
    return None if None in names else frozenset(name for name in names if name is not None)


def _reads(members: Sequence[Member], above: Names) -> Iterator[Names]:
    for member in members:
        for source in sources_of(member.when):
            yield from _read(source, above)
        if not isinstance(member, RepeatPlan):
            yield from _read(member.source, above)
        elif member.source is None:
            yield from _reads(member.members, above)
        elif member.source.path is not None:
            # Of its elements, only the parts that the members name are read.
            yield from _reads(member.members, _names(member.source.path, above))
        else:
            yield from _read(member.source, above)
            yield from _reads(member.members, ())


def _read(source: Source, above: Names) -> Iterator[Names]:
    if source.expression is not None:
        # Functions may read all that is below a name; without a name, all of the element.
        yield from [(*above, name) for name in source.columns] or [above]
    for path in (*source.paths, *([] if source.path is None else [source.path])):
        if path.namespace is None:
            yield _names(path, above)


def _names(path: Path, above: Names) -> Names:
    return path.names if path.from_root else (*above, *path.names)
