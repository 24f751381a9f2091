"""Plans: the parsed entries of a mapping file, before compilation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.mapping.model.expression import Node
from gateway.mapping.model.paths import Path
from gateway.mapping.model.values import Type
from gateway.mapping.transforms.transform import Made
from gateway.runtime.toml_file import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Source of a value: exactly one of a path, several ``paths``, an expression and a constant.

    ``columns`` are the names that it begins with.
    """

    key: Key
    path: Path | None = None
    paths: tuple[Path, ...] = ()
    expression: Node | None = None
    constant: Any = None
    columns: tuple[str, ...] = ()

    @property
    def is_constant(self) -> bool:
        return self.path is None and not self.paths and self.expression is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedWord:
    """Entry of a table that refuses its word, with a code (empty: the kind's) and a reason for people (empty: the
    code's).
    """

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Lookup table. An entry is a value, or a `RefusedWord`.

    For an unknown word, ``refuse`` is the code (empty: the kind's). If ``refuse`` is None, ``value`` is the result
    (None: nothing).
    """

    name: str
    key: Key
    folded: bool
    entries: Mapping[str, Any]
    refuse: str | None
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Transform of a field, with its parameters."""

    key: Key
    name: str
    takes: frozenset[Type]
    gives: Type
    made: Made
    table: Table | None = None


class Test(StrEnum):
    """Test of a condition."""

    IS = "is"
    IS_NOT = "is-not"
    ONE_OF = "one-of"
    NONE_OF = "none-of"
    PRESENT = "present"
    TRUE = "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Test of one value: of a ``source``, or of a ``target`` that was found before."""

    key: Key
    source: Source | None
    target: tuple[str, ...]
    test: Test
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """Combination of conditions: all of ``parts``, or any of them."""

    key: Key
    every: bool
    parts: tuple[Condition, ...]


Condition = Asked | Combined


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """Plan of a ``[[field]]``. ``required`` and ``refuse`` are codes; an empty ``required`` means the target's."""

    key: Key
    target: tuple[str, ...]
    source: Source
    steps: tuple[Step, ...] = ()
    default: Any = None
    required: str | None = None
    refuse: str | None = None
    when: Condition | None = None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatPlan:
    """Plan of a ``[[repeat]]``: each element of ``source`` (None: the current one) makes one of the ``target``.

    ``append``: they follow those that earlier repeats made.
    """

    key: Key
    target: tuple[str, ...]
    source: Source | None
    when: Condition | None
    required: str | None
    members: tuple[FieldPlan | RepeatPlan, ...]
    append: bool = False


Member = FieldPlan | RepeatPlan


def asked_of(condition: Condition | None) -> list[Asked]:
    """Return the tests that a condition combines, in the order of the file."""
    match condition:
        case None:
            return []
        case Asked():
            return [condition]
        case Combined():
            return [asked for part in condition.parts for asked in asked_of(part)]


def sources_of(condition: Condition | None) -> list[Source]:
    """Return the sources that a condition reads."""
    return [asked.source for asked in asked_of(condition) if asked.source is not None]
