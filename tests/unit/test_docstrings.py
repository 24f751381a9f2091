"""The first word of docstrings: a docstring says what its object does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


PACKAGES = sorted(
    f"{place}/{folder.name}"
    for place in ("adapters", "gateway")
    for folder in (ROOT / place).iterdir()
    if (folder / "__init__.py").exists()
)


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_no_docstring_begins_with_a_question_word(package: str) -> None:
    """A docstring's first line is an imperative or a noun phrase (docstrings of attributes and constants too)."""
    asks = re.compile(r"(?:What|Who|Whose|Whether|Where|Which|Whatever|Whoever|How|When|Why)\b")
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts  # released: never edited
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and asks.match(node.value.value.strip())
    ]
    assert found == []
