"""Compilation of a source into a function that reads it."""

from __future__ import annotations

from gateway.mapping.model.expression import compile_expression
from gateway.mapping.model.paths import Read, compile_path
from gateway.mapping.program.plan import Source


def compile_source(source: Source) -> Read:
    """Return a function that reads ``source``."""
    if source.path is not None:
        return compile_path(source.path)
    if source.expression is not None:
        return compile_expression(source.expression)
    constant = source.constant
    return lambda _root, _item, _budget: constant
