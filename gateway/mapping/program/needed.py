"""Parts that a target must have: which of them a document's values lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.mapping.model.kind import Kind
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.program.plan import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Part that a target must have, by its dotted path, with the code for its absence.

    It is needed only if the optional group ``inside`` has any value (empty: always). A ``nullable`` part is never
    absent: without a value it is sent as nil.
    """

    path: str
    code: str
    inside: str = ""
    nullable: bool = False


def needed_of(members: Sequence[Member], target: Group, kind: Kind) -> tuple[Needed, ...]:
    """Return the required parts of a group, and of its optional groups with a mapped member."""
    mapped = {plan.target[:length] for plan in members for length in range(1, len(plan.target) + 1)}
    found: list[Needed] = []

    def look(group: Group, prefix: tuple[str, ...], inside: str) -> None:
        for name, member in group.members.items():
            path = (*prefix, name)
            dotted = ".".join(path)
            if member.required and (isinstance(member, Leaf) or member.many or member.nullable):
                code = (isinstance(member, Leaf) and member.missing) or kind.codes.missing
                found.append(Needed(path=dotted, code=code, inside=inside, nullable=member.nullable))
            if isinstance(member, Group) and not member.many:
                certain = member.required and not member.nullable
                if certain or path in mapped:
                    look(member, path, inside if certain else dotted)

    look(target, (), "")
    return tuple(found)


def missing(needed: Sequence[Needed], found: Mapping[str, Any]) -> Iterator[Needed]:
    """Yield the needed parts that the values lack, by dotted path."""
    for part in needed:
        if not _has(found, part.path) and (not part.inside or _has(found, part.inside)):
            yield part


def _has(found: Mapping[str, Any], path: str) -> bool:
    """Return True if there is a value at this path or below it."""
    return path in found or any(other.startswith(f"{path}.") for other in found)
