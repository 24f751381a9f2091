"""Columns that a mapping reads: a row with them alone makes the same as the whole row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.console.versions.row_preview import identifying_columns
from adapters.contracts.mapping_files import columns_as_source
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.refusal import RowRefused
from gateway.mapping.model.schema import OPEN
from gateway.mapping.model.values import Type
from gateway.mapping.program.reads_of_source import picked
from gateway.notice.notice import Notice
from gateway.notice.source_row import CaseRow, Rows, Value
from tests.mappers import CASE_MAPPING, unexamined

from .rows import BODIES, GOOD

BASE = CASE_MAPPING.read_text(encoding="utf-8")
SHELL = '[mapping]\nlanguage = 1\nname = "x"\nkind = "notice-to-message"\n'
SCALARS, LISTS = ("c1", "c2", "c3", "c4", "c5", "c6"), ("papers", "photos")
INNER = ("file", "kind", "c1")
PNG = b"\x89PNG\r\n\x1a\n"
COLUMNS = {
    **dict.fromkeys((*GOOD, *SCALARS), Type.ANY),
    **{name: dict.fromkeys((*INNER, "content"), Type.ANY) for name in LISTS},
}

scalars, lists, inner = st.sampled_from(SCALARS), st.sampled_from(LISTS), st.sampled_from(INNER)
in_a_row = st.one_of(
    scalars, scalars.map("$.{}".format), st.builds("{}[{}].{}".format, lists, st.sampled_from("*01"), inner),
    st.builds("[0].{}".format, scalars),
)  # fmt: skip
in_an_element = st.one_of(inner, in_a_row.map(lambda path: "$." + path.removeprefix("$.")))
row_expressions = st.one_of(
    st.builds("join('-', [to_string({}), to_string({})])".format, scalars, scalars),
    st.builds("{}[?kind=='1'].{} | [0]".format, lists, inner),
    st.builds("{} || {}".format, scalars, scalars),
    st.builds("map(&{}, {}) | [0]".format, inner, lists),
    st.just("`1`"),
)
element_expressions = st.one_of(st.builds("{} || {}".format, inner, inner), st.builds("to_string({})".format, inner))


@st.composite
def sources(draw: st.DrawFn, paths: st.SearchStrategy[str], expressions: st.SearchStrategy[str]) -> str:
    if draw(st.integers(0, 3)) == 0:
        return f'expression = "{draw(expressions)}"'
    if draw(st.integers(0, 3)) == 0:
        return f"from = {draw(st.lists(paths, min_size=2, max_size=3))}\ndo = [{{ name = 'join' }}]"
    first = draw(paths)
    return f"from = '{first}'" + ("\ndo = ['count', 'text']" if "*" in first else "")


@st.composite
def conditions(draw: st.DrawFn, paths: st.SearchStrategy[str], expressions: st.SearchStrategy[str]) -> str:
    asked = []
    for path in draw(st.lists(paths, max_size=2)):
        test = draw(st.sampled_from(["present = true"] if "*" in path else ["present = true", "is = 1"]))
        asked.append(f"{{ from = '{path}', {test} }}")
    if draw(st.booleans()):
        asked.append(f'{{ expression = "{draw(expressions)}" }}')
    how = draw(st.sampled_from(["all", "any"]))
    return f"when = {{ {how} = [{', '.join(asked)}] }}\n" if asked else ""


@st.composite
def fields(
    draw: st.DrawFn, target: str, level: str, paths: st.SearchStrategy[str], expressions: st.SearchStrategy[str]
) -> str:
    when, source = draw(conditions(paths, expressions)), draw(sources(paths, expressions))
    return f'[[{level}field]]\ntarget = "{target}"\n{when}{source}\n'


@st.composite
def repeats(draw: st.DrawFn, target: str, names: tuple[str, ...]) -> str:
    source = draw(st.one_of(lists.map('from = "{}"'.format), lists.map("expression = \"{}[?kind=='1']\"".format)))
    when = draw(conditions(in_a_row, row_expressions))
    own = [draw(fields(name, "repeat.", in_an_element, element_expressions)) + "required = true\n" for name in names]
    return f'[[repeat]]\ntarget = "{target}"\n{source}\n{when}{"".join(own)}'


@st.composite
def of_notices(draw: st.DrawFn) -> str:
    outer = [draw(fields(f"extra.e{n}", "", in_a_row, row_expressions)) for n in range(draw(st.integers(0, 3)))]
    octets = '[[repeat.field]]\ntarget = "octets"\nfrom = "content"\nrequired = true\n'
    listed = draw(repeats("attachments", ("name", "title"))) + octets if draw(st.booleans()) else ""
    return BASE + "\n" + "".join(outer) + listed


values = st.sampled_from([None, 1, "1", "a.png", "b.png", "متن"])
elements = st.fixed_dictionaries(dict.fromkeys(INNER, values))
rows = st.fixed_dictionaries({
    **dict.fromkeys(SCALARS, values),
    **dict.fromkeys(LISTS, st.lists(elements.map(lambda each: {**each, "content": PNG}), max_size=3).map(tuple)),
})  # fmt: skip


def outcome(mapper: CaseMapper, fields: Mapping[str, Value | Rows]) -> Notice | tuple[Any, ...]:
    try:
        return mapper.map(CaseRow(source="s", key="1", version="1", fields=fields))
    except RowRefused as refused:
        return tuple(refused.problems)


@pytest.mark.long
@given(of_notices(), rows)
def test_a_row_of_the_selected_columns_makes_what_the_whole_row_makes(text: str, row: dict[str, Any]) -> None:
    mapper = CaseMapper.of(text.encode(), "x.toml", BODIES, unexamined)
    compile_mapping(text.encode(), "x.toml", source=columns_as_source(COLUMNS))
    assert set(mapper.columns) <= COLUMNS.keys()
    whole = {**GOOD, **row}
    assert outcome(mapper, {name: whole[name] for name in mapper.columns}) == outcome(mapper, whole)


@given(st.data(), rows)
def test_the_parts_that_are_read_make_what_the_whole_document_makes(data: st.DataObject, row: dict[str, Any]) -> None:
    document = {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}
    inside = data.draw(repeats("l", ("a", "b"))).replace("[[repeat", "[[repeat.repeat")
    outer = data.draw(fields("one", "", in_a_row, row_expressions)) + data.draw(repeats("many", ("a",)))
    program = compile_mapping((SHELL + outer + inside).encode(), "x.toml", source=OPEN)
    assert {names[0] for names in program.reads if names} == set(program.columns)
    for part in ({name: document.get(name) for name in program.columns}, picked(document, program.reads)):
        assert program.run(part) == program.run(document)


ELEMENT = """
[[repeat]]
target = "attachments"
from = "papers"
{when}
[[repeat.field]]
target = "name"
from = ["$.c2", "file"]
do = [{{ name = "join", between = "-" }}]
required = true
[[repeat.field]]
target = "octets"
from = "content"
required = true
[[repeat.field]]
target = "title"
when = {{ from = "$.c3", is = 1 }}
from = "$.c4"
"""


def test_columns_that_an_element_reads_of_its_row_are_selected() -> None:
    mapper = CaseMapper.of((BASE + ELEMENT.format(when="")).encode(), "x.toml", BODIES, unexamined)
    assert {"c2", "papers", "c3", "c4"} <= set(mapper.columns)


def test_a_list_of_which_only_the_number_of_elements_matters_is_read() -> None:
    text = SHELL + '[[repeat]]\ntarget = "l"\nfrom = "a.b"\n[[repeat.field]]\ntarget = "x"\nvalue = 1\n'
    program = compile_mapping(text.encode(), "x.toml", source=OPEN)
    assert (program.columns, set(program.reads)) == (("a",), {("a", "b")})


@pytest.mark.parametrize("source", ['from = "[0]"\ndo = ["count", "text"]', "expression = 'length(@)'"])
def test_a_rule_that_reads_the_whole_row_is_refused(source: str) -> None:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping((BASE + f'\n[[field]]\ntarget = "extra.a"\n{source}\n').encode(), "x.toml")
    assert [mistake.code for mistake in refusal.value.mistakes] == ["mapping.expression-columns"]


def test_an_expression_may_read_a_whole_element_of_a_list() -> None:
    rule = ELEMENT.format(when="").replace(
        'when = { from = "$.c3", is = 1 }\nfrom = "$.c4"', 'expression = "keys(@) | [0]"'
    )
    mapper = CaseMapper.of((BASE + rule).encode(), "x.toml", BODIES, unexamined)
    assert {"c2", "papers"} <= set(mapper.columns)


def test_a_path_that_begins_with_a_place_names_its_column_in_refusals_and_previews() -> None:
    text = BASE.replace('from = "recipient_id"', 'from = "[0].recipient_id"')
    program = compile_mapping(text.encode(), "x.toml")
    assert "recipient_id" in {problem.field for problem in program.run({}).problems}
    assert "recipient_id" in identifying_columns(program)
