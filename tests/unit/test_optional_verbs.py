"""Verbs that are no part of the product: found by entry points, and refused in plain words without their libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.cli import optional_verbs
from adapters.cli.optional_verbs import EXTRA_LIBRARIES, missing_library, page_maker
from adapters.shipped.resources import entry_points
from gateway.runtime.errors import GatewayError

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
for name in {absent!r}:
    sys.modules[name] = None
from adapters.cli.main import run
sys.argv[1:] = {arguments!r}
run()
"""


def without_the_extra(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program where no library of the extra can be imported."""
    program = PROGRAM.format(absent=sorted(EXTRA_LIBRARIES), arguments=arguments)
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_product_runs_without_the_extra() -> None:
    done = without_the_extra("errors", "store.full")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_verb_of_the_sandbox_says_what_to_install(tmp_path: Path) -> None:
    done = without_the_extra("demo", "--dir", str(tmp_path / "demo"), "--exit")
    assert done.returncode != 0
    assert "program.extra" in done.stderr
    assert "pip install 'eblagh-gateway[demo]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_entry_point_of_the_tree_can_be_loaded() -> None:
    points = [*entry_points(optional_verbs.VERBS), *entry_points(optional_verbs.PAGES)]
    assert sorted(point.name for point in points) == ["bench", "refusals", "sandbox"]
    assert all(callable(point.load()) for point in points)


def test_a_page_that_nothing_makes_names_the_extra() -> None:
    with pytest.raises(GatewayError) as refused:
        page_maker("of nobody")
    assert (refused.value.code, refused.value.where) == ("program.extra", "of nobody")


def test_a_library_that_the_product_itself_needs_is_a_fault_of_the_installation() -> None:
    with pytest.raises(ModuleNotFoundError):
        missing_library(ModuleNotFoundError("no module", name="sqlalchemy.orm"))
    assert missing_library(ModuleNotFoundError("no module", name="fpdf.enums")).where == "fpdf"
