"""Compilation of a source into a function that reads it."""

from __future__ import annotations

from typing import Any

from gateway.mapping.model.budget import Budget
from gateway.mapping.model.expression import compile_expression
from gateway.mapping.model.paths import Read, compile_path
from gateway.mapping.model.values import is_missing
from gateway.mapping.program.plan import Source


def compile_source(source: Source, *, whole: bool = False) -> Read:
    """Return a function that reads ``source``; with ``whole``, tables at the end of a path, not their texts."""
    if source.path is not None:
        return compile_path(source.path, whole=whole)
    if source.paths:
        return _several([compile_path(path) for path in source.paths])
    if source.expression is not None:
        return compile_expression(source.expression)
    constant = source.constant
    return lambda _root, _item, _budget: constant


def _several(reads: list[Read]) -> Read:
    def read(root: Any, item: Any, budget: Budget) -> list[Any]:
        found = [each(root, item, budget) for each in reads]
        return [value for value in found if not is_missing(value)]

    return read
