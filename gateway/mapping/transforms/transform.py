"""What a transform is: a pure function of one value, with parameters, types, and examples that are run as tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.mapping.model.values import Type

Apply = Callable[[Any], Any]
"""From a value that is not missing to another (None: nothing is left). Raises `gateway.notice.fields.InvalidField`; an
empty code in it means that of the mapping's kind for what is not valid."""


class Family(StrEnum):
    """The sections of the reference page."""

    TEXT = "text"
    NUMBER = "numbers and truth"
    DATE = "dates and times"
    IDENTIFIER = "identifiers"
    OCTETS = "documents"
    LIST = "lists"
    TABLE = "tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter in a mapping file. ``wanted`` is its type; without ``default`` it must be given. ``choices`` are all
    that it may be, ``least`` and ``most`` bound a number, or a text's length."""

    name: str
    wanted: Type
    says: str
    default: Any = None
    needed: bool = False
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """``given`` becomes ``made``, or is refused with the code ``refused`` (empty: the kind's code)."""

    given: Any
    made: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A transform with its parameters: ``size`` tells what ``apply`` would produce, before it does (None: no more than
    some times what it is given)."""

    apply: Apply
    size: Callable[[Any], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """One entry of the list. ``make`` gets the parameters by name."""

    name: str
    family: Family
    takes: frozenset[Type]
    gives: Type
    says: str
    make: Callable[..., Made]
    parameters: Sequence[Parameter] = ()
    examples: Sequence[Example] = ()


def takes(*types: Type) -> frozenset[Type]:
    """What a transform accepts: these, and what nobody knows before it is there."""
    return frozenset({*types, Type.ANY})
