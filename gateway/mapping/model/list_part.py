"""Part of a list whose elements stand alone: what one element became, or its problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.mapping.model.refusal import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPart:
    """One element of a list (`gateway.mapping.model.schema.Group.alone`).

    ``source`` is the element as it came, ``beside`` are the other parts of the document that its fields read.
    ``number`` is that of the ``repeat`` that read it, among those of the list from 0. ``values`` are complete if there
    are no ``problems``.
    """

    source: Any = field(repr=False)
    beside: Mapping[str, Any] = field(repr=False)
    number: int
    values: Mapping[str, Any] = field(repr=False)
    problems: Sequence[Problem]
