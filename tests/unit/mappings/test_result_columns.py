"""Columns that a mapping of results writes: none is left empty against its constraint, none is written twice."""

from __future__ import annotations

import pytest

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.result import COLUMNS
from gateway.mapping.model.schema import Group, Leaf

HEAD = '[mapping]\nlanguage = 1\nname = "x"\nkind = "result-to-row"\n'
VIEWED, OTHERS = 'when = { from = "state", is = "VIEWED" }', 'when = { from = "state", is-not = "VIEWED" }'
ROW = Group(members={"st": Leaf(required=True, max_length=50), "note": Leaf(), "NOTE": Leaf(), "other": Leaf()})


def field(target: str, *more: str) -> str:
    return "\n".join(["[[field]]", f"target = '{target}'", *(more or ('value = "1"',)), ""])


def mistakes(*fields: str, row: Group = ROW) -> list[tuple[str, str, str]]:
    try:
        compile_mapping((HEAD + "".join(fields)).encode(), "x.toml", row=row)
    except MappingMistaken as mistaken:
        return [(each.code, each.key, each.found.en) for each in mistaken.mistakes]
    return []


STATE = ('from = "state"', "required = true")
UNMET = "st; its last field has a condition, and an unmet one empties the column"


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ([field("st", *STATE)], []),
        ([field("st", VIEWED, *STATE)], [("mapping.target-optional", "field.1.target", UNMET)]),
        ([field("st", VIEWED, 'value = "seen"'), field("st", *STATE)], []),
        (
            [field("st", VIEWED, 'value = "seen"'), field("st", OTHERS, *STATE)],
            [("mapping.target-optional", "field.2.target", UNMET)],
        ),
        ([field("st", 'from = "code"')], [("mapping.target-optional", "field.1.target", "st")]),
        ([field("note", VIEWED, 'value = "1"')], []),
        ([field("other")], []),
    ],
)
def test_a_column_that_may_not_be_empty_is_always_written(fields: list[str], found: list[tuple[str, str, str]]) -> None:
    assert mistakes(*fields) == found


@pytest.mark.parametrize("second", ["REMARK", '"Remark"'])
@pytest.mark.parametrize("when", [(), (VIEWED,)])
def test_two_spellings_of_one_column_are_one_target(second: str, when: tuple[str, ...]) -> None:
    found = mistakes(field("remark", *when, 'value = "1"'), field(second), row=COLUMNS)
    name = second.strip('"')
    assert found == [("mapping.target-twice", "field.2.target", f"{name} is the column remark, too; write one of them")]


def test_columns_that_differ_in_case_alone_are_two_if_the_database_has_both() -> None:
    needed = field("st", *STATE)
    assert mistakes(needed, field("note"), field("NOTE"), row=ROW) == []
    assert [code for code, *_ in mistakes(needed, field("note"), field("note"), row=ROW)] == ["mapping.target-twice"]
    assert mistakes(field("وضعيت"), field("وضعیت"), row=COLUMNS) == [], "a database tells these letters apart"


def test_a_message_tells_its_names_apart_by_case() -> None:
    text = HEAD.replace("result-to-row", "page-to-message") + field("note") + field("NOTE")
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping((text + field("note")).encode(), "x.toml")
    assert [each.key for each in refusal.value.mistakes] == ["field.3.target"]
