"""The packages: what ARCHITECTURE.md, their docstrings and their imports say is the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_MODULES = 16
TOPS = ("gateway", "adapters")

_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def _table(top: str) -> dict[str, tuple[str, set[str]]]:
    """Return the package table below the heading ``### top``: purpose and permitted imports by package, in order."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.partition(f"### {top}: ")[2].partition("\n### ")[0].partition("\n## ")[0]
    return {name: (purpose, set(re.findall(r"`(\w+)`", imports))) for name, purpose, imports in _ROW.findall(section)}


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*.py") if "migrations" not in file.parts)


def _imported(top: str, package: str) -> set[str]:
    """Return the packages below ``top`` that the modules of ``package`` import."""
    found = set()
    for file in _files(ROOT / top / package):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {module.split(".")[1] for module in modules if module.startswith(f"{top}.")}
    return found - {package}


@pytest.mark.parametrize("top", TOPS)
def test_nothing_lies_loose_and_every_package_is_in_the_table(top: str) -> None:
    entries = {path.name for path in (ROOT / top).iterdir() if path.name != "__pycache__"}
    assert entries == {"__init__.py", *_table(top)}


@pytest.mark.parametrize("top", TOPS)
def test_the_table_and_the_docstrings_say_what_the_code_imports(top: str) -> None:
    table = _table(top)
    for package, (purpose, imports) in table.items():
        docstring = ast.get_docstring(ast.parse((ROOT / top / package / "__init__.py").read_text(encoding="utf-8")))
        assert docstring, package
        assert docstring.partition("\n")[0] == purpose
        assert set(re.findall(r"`(\w+)`", docstring.partition("May import: ")[2])) == imports, package
        assert _imported(top, package) == imports, package


@pytest.mark.parametrize("top", TOPS)
def test_a_package_imports_only_packages_above_it_in_the_table(top: str) -> None:
    order = list(_table(top))
    for package, (_, imports) in _table(top).items():
        assert imports <= set(order[: order.index(package)]), package


@pytest.mark.parametrize("top", TOPS)
def test_no_package_has_more_modules_than_a_reader_can_overlook(top: str) -> None:
    for folder in {file.parent for file in _files(ROOT / top)}:
        modules = [file for file in folder.glob("*.py") if file.name != "__init__.py"]
        assert len(modules) <= MOST_MODULES, folder
