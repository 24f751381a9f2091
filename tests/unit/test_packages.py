"""The packages: what ARCHITECTURE.md, their docstrings and their imports say is the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

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


PORT = "a port, and its implementation"
VERBS = "a noun, and the verbs about it"
SECTION = "a noun, and its section of the configuration"

SAME_NOUN = {
    "archive": (
        SECTION,
        {"adapters/composition", "adapters/settings", "adapters/cli/evidence", "adapters/verifier/verbs"},
    ),
    "bodies": ("issuing bodies: of a mapping, and of the sample", {"gateway/mapping/model", "adapters/sandbox/cases"}),
    "call_context": (
        "the context of a call: names in mappings, and its making",
        {"gateway/mapping/kinds", "adapters/judiciary"},
    ),
    "comparison": ("a comparison, of programs and of ledgers", {"adapters/bench/peers", "adapters/sandbox/city"}),
    "consistency": (VERBS, {"gateway/archive", "adapters/verifier/verbs"}),
    "endpoints": (VERBS, {"adapters/storage/stores", "adapters/acts", "adapters/cli/service"}),
    "service": (
        "a service: the gateway's verbs, and the form of a stand-in",
        {"adapters/cli/service", "adapters/sandbox/city"},
    ),
    "errors": (VERBS, {"gateway/runtime", "adapters/cli"}),
    "evidence": (
        "the verbs of the operator, and those of the auditor",
        {"adapters/cli/evidence", "adapters/verifier/verbs"},
    ),
    "evidence_log": (PORT, {"gateway/evidence", "adapters/storage"}),
    "evidence_store": (PORT, {"gateway/store/ports", "adapters/storage/records"}),
    "courtesy": (SECTION, {"adapters/settings/city", "adapters/cli/service"}),
    "courtesy_store": (PORT, {"gateway/store/ports", "adapters/storage/records"}),
    "gateway_file": (
        "gateway.toml: its keys, and the values that a measurement sets in it",
        {"adapters/settings", "adapters/bench/common"},
    ),
    "identifiers": ("checks, and the transforms that use them", {"gateway/notice", "gateway/mapping/transforms"}),
    "inbox": (PORT, {"gateway/store", "adapters/storage/stores"}),
    "installation": (VERBS, {"adapters/composition", "adapters/cli/common"}),
    "jws": (SECTION, {"adapters/crypto/message", "adapters/settings/profile_sections"}),
    "keys": (VERBS, {"adapters/crypto/keys", "adapters/cli/evidence"}),
    "mail": (
        "the value, its section of the configuration, and its verbs",
        {"gateway/mail", "adapters/settings/people", "adapters/cli/service"},
    ),
    "mail_store": (PORT, {"gateway/mail", "adapters/storage/people"}),
    "main": ("entry points of the two programs", {"adapters/cli", "adapters/verifier/verbs"}),
    "models": ("a contract's elements as spyne models", {"adapters/municipal/soap", "adapters/sandbox/contracts"}),
    "notice_work": ("work on a notice, and its acts in the registry", {"gateway/operations", "adapters/acts"}),
    "notices": ("a noun, and the acts on it", {"adapters/storage/stores", "adapters/acts"}),
    "offload": (PORT + ", and its measurement", {"gateway/retention", "adapters/storage/records", "adapters/bench"}),
    "operations": (SECTION, {"adapters/judiciary", "adapters/settings/profile_sections"}),
    "outbox_store": (PORT, {"gateway/store/ports", "adapters/storage/stores"}),
    "paging": (SECTION, {"gateway/judiciary", "adapters/settings/profile_sections"}),
    "personal_data": (
        "the verb, the making of its file, and its act",
        {"adapters/acts", "adapters/cli/service", "adapters/composition/console"},
    ),
    "persons": (VERBS, {"adapters/acts", "adapters/cli/service"}),
    "people_store": (PORT, {"gateway/store/ports", "adapters/storage/people"}),
    "pins": (VERBS, {"adapters/verifier/trust", "adapters/cli/evidence"}),
    "proof_reach": (PORT, {"gateway/store", "adapters/storage/records"}),
    "quarantine": (VERBS, {"gateway/quarantine", "adapters/cli/notices"}),
    "recipient_index": (PORT, {"gateway/notice", "adapters/storage/stores"}),
    "reconcile": (VERBS, {"gateway/reconciliation", "adapters/cli/notices"}),
    "recovery": (VERBS, {"gateway/operations", "adapters/cli/service"}),
    "retention": (SECTION, {"adapters/settings", "adapters/storage/records", "adapters/cli/evidence"}),
    "deadline_store": (PORT, {"adapters/storage/search", "gateway/overview/deadlines"}),
    "search_store": (PORT, {"gateway/search", "adapters/storage/search"}),
    "sandbox": (SECTION, {"adapters/settings", "adapters/sandbox/verbs"}),
    "shahrzad": ("the adapter, and the service's stand-in", {"adapters/courtesy", "adapters/sandbox/city"}),
    "sign_in_store": (PORT, {"gateway/people", "adapters/storage/people"}),
    "signature": (SECTION, {"adapters/crypto/xml", "adapters/settings"}),
    "sources": (VERBS, {"adapters/composition", "adapters/cli"}),
    "text": ("Persian text, and its transforms", {"gateway/notice", "gateway/mapping/transforms"}),
    "values": (
        "types of values: of a mapping, and of the configuration",
        {"gateway/mapping/model", "adapters/settings"},
    ),
    "versions": (VERBS, {"adapters/storage/stores", "adapters/acts"}),
}
"""Names of files in several packages, each with the reason for which it misleads nobody."""


def test_a_file_name_stands_for_one_thing() -> None:
    """A file that does another thing than its namesake gets another name; the same noun is added to `SAME_NOUN`."""
    places: dict[str, set[str]] = {}
    for file in (file for top in TOPS for file in _files(ROOT / top) if file.name != "__init__.py"):
        places.setdefault(file.stem, set()).add(file.parent.relative_to(ROOT).as_posix())
    shared = {stem: folders for stem, folders in places.items() if len(folders) > 1}
    assert shared == {stem: folders for stem, (_, folders) in SAME_NOUN.items()}
