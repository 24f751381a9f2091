"""A mapping of a test, compiled and run."""

from __future__ import annotations

from typing import Any

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.program.program import nested


def run(text: str, document: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return what a mapping makes of a document: values by their levels, and codes and fields of its problems."""
    made = compile_mapping(text.encode(), "test.toml").run(document)
    return nested(made.values), [(problem.code, problem.field) for problem in made.problems]
