"""Each file of tests/vectors/mappings has the one mistake that it is named after: its code, its line, its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.contracts.mapping_files import read_mapping
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.runtime.errors import CATALOGUE

VECTORS = Path(__file__).parents[2] / "vectors" / "mappings"

MISTAKES = {
    "code-of-another-area": ("mapping.code-unknown", 9),
    "code-that-is-not-there": ("mapping.code-unknown", 54),
    "column-with-levels": ("mapping.column-missing", 7),
    "condition-on-a-later-target": ("mapping.condition-target", 9),
    "condition-with-two-tests": ("mapping.condition", 9),
    "condition-without-a-test": ("mapping.condition", 9),
    "constant-of-another-type": ("mapping.target-type", 36),
    "constant-table": ("mapping.value-type", 8),
    "constant-that-is-no-choice": ("mapping.target-choice", 18),
    "constant-with-a-control-character": ("mapping.target-value", 36),
    "cut-off-in-a-string": ("mapping.syntax", 35),
    "default-and-required": ("mapping.default-and-required", 10),
    "default-without-a-zone": ("mapping.target-zone", 26),
    "default-that-its-target-refuses": ("mapping.constant", 70),
    "default-too-long": ("mapping.target-length", 19),
    "entry-that-is-a-list": ("mapping.table-value", 32),
    "enumeration-without-an-entry": ("mapping.table-incomplete", 16),
    "expression-calls-eval": ("mapping.expression-function", 8),
    "expression-cut-off": ("mapping.expression", 8),
    "expression-on-the-whole-row": ("mapping.expression-columns", 53),
    "expression-that-is-always-null": ("mapping.expression-null", 8),
    "expression-that-orders-a-text": ("mapping.expression-null", 8),
    "expression-too-deep": ("mapping.expression-size", 8),
    "expression-too-long": ("mapping.expression-size", 8),
    "expression-with-one-argument-too-few": ("mapping.expression-arguments", 8),
    "field-with-two-sources": ("mapping.source-twice", 9),
    "field-without-a-source": ("mapping.source-missing", 6),
    "field-without-a-target": ("mapping.target-missing", 34),
    "header-without-kind": ("mapping.header-missing", 1),
    "identifier-before-its-kind": ("mapping.order", 73),
    "key-given-twice": ("mapping.syntax", 4),
    "key-misspelt": ("mapping.unknown-key", 9),
    "kind-unknown": ("mapping.kind", 4),
    "language-as-a-text": ("mapping.value-type", 2),
    "language-of-the-future": ("mapping.language", 2),
    "path-through-a-list": ("mapping.source-list", 13),
    "list-in-a-column": ("mapping.column-type", 7),
    "name-with-a-blank": ("mapping.name", 3),
    "no-header": ("mapping.header-missing", 1),
    "not-utf-8": ("mapping.unreadable", 34),
    "nothing-is-made": ("mapping.no-fields", 1),
    "octets-of-an-expression": ("mapping.target-type", 11),
    "octets-without-base64": ("mapping.target-type", 11),
    "parameter-unknown": ("mapping.transform-parameter-unknown", 9),
    "parameter-without-measure": ("mapping.transform-parameter", 9),
    "path-with-two-dots": ("mapping.path", 8),
    "path-without-an-end": ("mapping.path", 8),
    "repeat-of-a-column": ("mapping.target-single", 7),
    "repeat-of-a-single-value": ("mapping.target-single", 35),
    "repeat-without-fields": ("mapping.no-fields", 6),
    "repeats-too-deep": ("mapping.too-large", 18),
    "required-target-may-be-missing": ("mapping.target-optional", 12),
    "required-target-without-a-field": ("mapping.target-unmapped", 1),
    "source-misspelt": ("mapping.source-unknown", 11),
    "state-without-an-entry": ("mapping.table-incomplete", 13),
    "table-entry-that-is-no-choice": ("mapping.target-choice", 32),
    "table-of-another-name": ("mapping.unknown-key", 34),
    "table-that-is-not-there": ("mapping.table-unknown", 19),
    "table-that-nothing-uses": ("mapping.table-unused", 34),
    "table-without-an-entry-for-the-unknown": ("mapping.table-unknown-entry", 28),
    "table-without-entries": ("mapping.table-empty", 28),
    "target-inside-another": ("mapping.target-twice", 11),
    "target-is-a-group": ("mapping.target-group", 112),
    "target-is-a-list": ("mapping.target-repeated", 7),
    "target-made-twice": ("mapping.target-twice", 35),
    "target-misspelt": ("mapping.target-unknown", 35),
    "target-that-is-no-path": ("mapping.target-path", 7),
    "text-for-a-time": ("mapping.target-type", 23),
    "time-without-a-zone": ("mapping.target-zone", 25),
    "title-of-the-file-too-long": ("mapping.line", 5),
    "title-of-two-lines": ("mapping.line", 24),
    "transform-unknown": ("mapping.transform-unknown", 25),
    "transform-without-its-parameter": ("mapping.transform-parameter-missing", 9),
    "transforms-as-a-text": ("mapping.value-type", 25),
    "transforms-that-do-not-fit": ("mapping.transform-type", 27),
    "unknown-that-is-left-open": ("mapping.table-unknown-entry", 29),
    "value-still-to-be-filled-in": ("mapping.blank", 8),
    "word-twice-in-a-folded-table": ("mapping.table-twice", 12),
    "zone-that-nobody-knows": ("mapping.transform-parameter", 25),
}

ELSEWHERE = {
    "mapping.config-missing": "test_call_context.py",
    "mapping.contract": "test_contracts.py",
    "mapping.column-kept": "test_results.py",
    "mapping.column-missing": "test_a_column_that_is_not_in_the_database_is_named_with_its_line",
    "mapping.column-type": "test_a_column_of_another_type_is_named_with_its_line",
    "mapping.kind-other": "test_a_mapping_of_another_kind_is_refused_where_one_is_wanted",
    "mapping.no-row": "tests/integration/test_mapping_cli.py",
    "mapping.receipts-unwanted": "tests/contracts/mizan_elements/test_receipt_forms.py",
    "mapping.seal-place": "tests/contracts/test_capabilities.py",
    "mapping.target-unwritable": "tests/unit/test_written_requests.py",
}
"""Mistakes that no file has by itself, and the tests of them."""


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_a_mistake_is_told_with_its_code_and_its_line(name: str) -> None:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping((VECTORS / f"{name}.toml").read_bytes(), f"{name}.toml")
    assert [(mistake.code, mistake.line) for mistake in refusal.value.mistakes] == [MISTAKES[name]]
    assert refusal.value.where == f"{name}.toml, line {MISTAKES[name][1]}"


def test_every_file_is_in_the_table_and_every_mistake_has_a_file() -> None:
    assert {path.stem for path in VECTORS.glob("*.toml")} == set(MISTAKES)
    codes = {code for code in CATALOGUE if code.startswith("mapping.")}
    assert {code for code, _ in MISTAKES.values()} | set(ELSEWHERE) == codes
    assert len(codes) >= 30


def test_a_person_sees_all_mistakes_at_once() -> None:
    text = (VECTORS / "key-misspelt.toml").read_text(encoding="utf-8").replace('["time"]', '["tyme"]')
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(text.encode(), "two.toml")
    assert [mistake.code for mistake in refusal.value.mistakes] == ["mapping.unknown-key", "mapping.transform-unknown"]


ROW = """
[mapping]
language = 1
name = "short"
kind = "row-to-notice"

[[field]]
target = "subject"
from = "subject"
required = true

[[field]]
target = "issued_on"
from = "issued"
required = true
"""


def judged(source: Group) -> list[tuple[str, int]]:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(ROW.encode(), "row.toml", source=source)
    return [(mistake.code, mistake.line) for mistake in refusal.value.mistakes if "column" in mistake.code]


def test_a_column_that_is_not_in_the_database_is_named_with_its_line() -> None:
    columns = {"subjekt": Leaf(), "issued": Leaf(type=Type.DATE)}
    assert judged(Group(members=columns)) == [("mapping.column-missing", 9)]


def test_a_column_of_another_type_is_named_with_its_line() -> None:
    columns = {"subject": Leaf(), "issued": Leaf(type=Type.TEXT)}
    assert judged(Group(members=columns)) == [("mapping.column-type", 14)]


def test_a_mapping_of_another_kind_is_refused_where_one_is_wanted() -> None:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(ROW.encode(), "row.toml", kind="receipt-to-event")
    assert [(mistake.code, mistake.line) for mistake in refusal.value.mistakes] == [("mapping.kind-other", 5)]


@pytest.mark.parametrize("name", ["nowhere.toml", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(MappingMistaken) as refusal:
        read_mapping(tmp_path / name)
    assert (refusal.value.code, refusal.value.where) == ("mapping.unreadable", f"{tmp_path / name}, line 1")
