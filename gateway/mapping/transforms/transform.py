"""Transform: a pure function of one value, with parameters, types, and examples that are run as tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.mapping.model.values import Type
from gateway.runtime.bilingual import Words

Apply = Callable[[Any], Any]
"""Function from a present value to another (None: nothing is left).

Raises `gateway.notice.fields.InvalidField`; an empty code means the kind's code for an invalid value.
"""


class Family(StrEnum):
    """Sections of the reference page."""

    TEXT = "text"
    NUMBER = "numbers and truth"
    DATE = "dates and times"
    IDENTIFIER = "identifiers"
    OCTETS = "documents"
    LIST = "lists"
    TABLE = "tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Parameter in a mapping file; ``wanted`` is its type, and without ``default`` it is mandatory.

    ``choices`` are all allowed values; ``least`` and ``most`` bound a number, or a text's length. ``judge`` returns the
    reason why a value is wrong, or None.
    """

    name: str
    wanted: Type
    says: str
    default: Any = None
    needed: bool = False
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1000
    judge: Callable[[Any], Words | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Example: ``given`` becomes ``made``, or is refused with the code ``refused`` (empty: the kind's code)."""

    given: Any
    made: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Transform with its parameters.

    ``size`` predicts the cost of ``apply`` beyond that of a node, mostly the size of the result (None: at most a small
    multiple of the input). ``in_pieces``: ``apply`` takes a `gateway.mapping.model.values.LargeValue`, too.
    """

    apply: Apply
    size: Callable[[Any], int] | None = None
    in_pieces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """Entry of the catalogue; ``make`` gets the parameters by name.

    ``judge`` gets them, too, and returns the reason why they do not fit one another, or None.
    """

    name: str
    family: Family
    takes: frozenset[Type]
    gives: Type
    says: str
    make: Callable[..., Made]
    parameters: Sequence[Parameter] = ()
    examples: Sequence[Example] = ()
    judge: Callable[..., Words | None] | None = None


def takes(*types: Type) -> frozenset[Type]:
    """Return the accepted types: these, and values whose type is unknown in advance."""
    return frozenset({*types, Type.ANY})
