"""Conditions of fields: which values are equal, and a part that cannot be answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contracts.mapping_files import columns_as_source
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.values import Type
from gateway.mapping.program.conditions import comparable
from tests.mappers import CASE_MAPPING

from .compiled import run
from .rows import GOOD as ROW

HEAD = '[mapping]\nlanguage = 1\nname = "x"\nkind = "receipt-to-event"\n'
NEEDED = """
[[field]]
target = "receipt_id"
value = "r"
[[field]]
target = "reference"
value = "EB-1"
[[field]]
target = "event"
value = "ContentHandover"
[[field]]
target = "event_time"
value = 2026-02-03T12:00:00Z
"""


def holds(condition: str, **document: object) -> bool:
    field = f'[[field]]\ntarget = "code"\nvalue = "made"\nwhen = {condition}\n'
    made, problems = run(HEAD + NEEDED + field, document)
    assert not problems
    return "code" in made


FAILING = """{ expression = "contains(b, 'x')" }"""
FAILING_NOT = """{ expression = "!contains(b, 'x')" }"""
GOOD, BAD = '{ from = "a", is = "1" }', '{ from = "a", is = "2" }'


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{{ any = [{GOOD}, {FAILING}] }}", True),
        (f"{{ any = [{FAILING}, {GOOD}] }}", True),
        (f"{{ any = [{BAD}, {FAILING}] }}", False),
        (f"{{ all = [{GOOD}, {FAILING}] }}", False),
        (f"{{ any = [{{ all = [{GOOD}, {FAILING}] }}, {GOOD}] }}", True),
        (FAILING, False),
        (FAILING_NOT, False),
        (f"{{ any = [{GOOD}, {FAILING_NOT}] }}", True),
    ],
)
def test_a_part_that_cannot_be_answered_is_not_fulfilled(condition: str, expected: bool) -> None:
    assert holds(condition, a="1", b=None) is expected


@pytest.mark.parametrize(
    ("wanted", "value", "equal"),
    [
        ("1", 1.0, True),
        ("1", 1, True),
        ("1", "۱", True),
        ("1", 1.5, False),
        ("1", None, False),
        ("1", True, False),
        ("1", float("nan"), False),
        ("1", float("inf"), False),
        ("1", b"1", False),
        ("1", ["1"], False),
        ("-3", -3.0, True),
        ("true", True, True),
        ("true", "TRUE", True),
        ('"2026-02-03"', date(2026, 2, 3), True),
        ('"2026-02-03"', date(2026, 2, 4), False),
        ('"2026-02-03T08:30:00+00:00"', datetime(2026, 2, 3, 8, 30, tzinfo=UTC), True),
    ],
)
def test_values_of_all_types_are_compared_by_one_written_form(wanted: str, value: object, equal: bool) -> None:
    assert holds(f'{{ from = "a", is = {wanted} }}', a=value) is equal
    assert holds(f'{{ from = "a", is-not = {wanted} }}', a=value) is not equal
    assert holds(f'{{ from = "a", one-of = [{wanted}, "x"] }}', a=value) is equal
    assert holds(f'{{ from = "a", none-of = [{wanted}, "x"] }}', a=value) is not equal


@given(st.one_of(st.none(), st.floats(), st.binary(max_size=3), st.lists(st.integers(), max_size=2)))
def test_a_value_without_a_written_form_equals_no_constant(value: object) -> None:
    if comparable(value) is None:
        assert not holds('{ from = "a", one-of = ["x", 1, true, ""] }', a=value)


LONG = "x" * 10_001


@pytest.mark.parametrize(
    ("test", "value"),
    [
        ("is", "1.5"),
        ("is", "2026-02-03"),
        ("is", "[1]"),
        ("is", "99999999999999999999999"),
        ("is-not", f'"{LONG}"'),
        ("one-of", "[1.5, 2.5]"),
        ("one-of", "[2026-02-03]"),
        ("none-of", "['a', 99999999999999999999999]"),
        ("one-of", "[]"),
        ("one-of", '"a"'),
        ("present", "1"),
    ],
)
def test_a_constant_that_no_value_equals_is_refused(test: str, value: str) -> None:
    field = f'[[field]]\ntarget = "code"\nvalue = "made"\nwhen = {{ from = "a", {test} = {value} }}\n'
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping((HEAD + NEEDED + field).encode(), "x.toml")
    [mistake] = refusal.value.mistakes
    assert (mistake.code, mistake.key) == ("mapping.condition", f"field.5.when.{test}")
    assert mistake.found.en.endswith("wanted")


LISTED = "a list equals nothing; ask an expression, as contains(papers[*].kind, 'send')"
COLUMNS: Mapping[str, Type | Mapping[str, Type]] = {
    **dict.fromkeys(ROW, Type.ANY),
    **{each.value: each for each in Type},
    "papers": {"kind": Type.TEXT, "content": Type.OCTETS},
}


@pytest.mark.parametrize(
    ("source", "test", "found"),
    [
        ("boolean", "is = 1", "1 is no boolean; write true or false"),
        ("boolean", "is = true", None),
        ("boolean", 'is = "False"', None),
        ("date", 'is = "2026-02-03"', None),
        ("date", 'is = "1404/11/14"', "1404/11/14 is no date, as 2026-02-03"),
        ("time", 'one-of = ["2026-02-03T12:00:00", "2026-02-03"]', "2026-02-03 is no time, as 2026-02-03T12:00:00"),
        ("octets", 'is = "x"', "octets equal nothing; ask present"),
        ("octets", "present = true", None),
        ("integer", 'is = "الف"', "الف is no integer, as 12"),
        ("integer", 'is = "۱۲"', None),
        ("integer", 'none-of = [1, "012"]', "012 is no integer, as 12"),
        ("text", "is = true", None),
        ("any", "is = 1", None),
        ("papers[*].kind", 'is-not = "send"', LISTED),
        ("papers[0].kind", 'is-not = "send"', None),
        ("papers[0].content", 'one-of = ["a", "b"]', "octets equal nothing; ask present"),
        ("papers", 'is = "send"', LISTED),
    ],
)
def test_a_test_that_no_value_of_its_column_passes_is_refused(source: str, test: str, found: str | None) -> None:
    condition = f"when = {{ all = [{{ from = '{source}', {test} }}] }}"
    text = CASE_MAPPING.read_text(encoding="utf-8") + f'\n[[field]]\ntarget = "extra.a"\nvalue = "1"\n{condition}\n'
    try:
        compile_mapping(text.encode(), "x.toml", source=columns_as_source(COLUMNS))
        reported = []
    except MappingMistaken as mistaken:
        reported = [(each.code, each.key.split(".", 2)[2], each.found.en) for each in mistaken.mistakes]
    key = f"when.all.1.{test.split(' ')[0]}"
    assert reported == ([] if found is None else [("mapping.column-type", key, found)])
