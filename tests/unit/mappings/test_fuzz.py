"""Any mapping file, row or message becomes a program and a document, or a typed refusal; nothing else."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.mapping import BodyConfig
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.kinds.notice_schemas import Bodies
from gateway.mapping.model.budget import Budget, BudgetExceeded
from gateway.mapping.model.expression import BadExpression, columns_of, compile_expression, parse_expression
from gateway.mapping.model.paths import BadPath, compile_path, parse_path
from gateway.mapping.model.values import Type
from gateway.mapping.program.program import Program, nested
from gateway.mapping.transforms.transform import Parameter
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.notice.fields import InvalidField
from gateway.runtime.errors import CATALOGUE
from tests.mappers import unexamined

ROOT = Path(__file__).parents[3]
SHIPPED = (ROOT / "config" / "mappings" / "case-view-1.toml").read_text(encoding="utf-8")
VECTORS = [path.read_bytes() for path in sorted((ROOT / "tests" / "vectors" / "mappings").glob("*.toml"))]
BODIES = Bodies(
    by_code={"article-100": BodyConfig(code="article-100", title="ک", kinds={"ruling": "رأی"})}, examine=unexamined
)
VALUES = {Type.INTEGER: 5, Type.TEXT: "/"}
SMALL = 4 * 1024 * 1024

slow = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
names = st.sampled_from(["a", "b", "recipient", "نام", "Items", "0", "state", "x y", ""])
words = st.one_of(st.text(max_size=12), st.text("۰۱۲3/-:T ", max_size=14), st.sampled_from(["حقیقی", "1404/12/30"]))
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), words, st.binary(max_size=12), st.dates(),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
)  # fmt: skip
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=20,
)


def compiled(octets: bytes) -> Program | None:
    """The program, or None where the file is refused: every mistake with a code, a line and a remedy."""
    lines = octets.count(b"\n") + 1
    try:
        return compile_mapping(octets, "fuzz.toml")
    except MappingMistaken as refusal:
        mistakes = refusal.mistakes
    assert mistakes
    assert all(1 <= mistake.line <= lines for mistake in mistakes)
    assert all(mistake.code.startswith("mapping.") and mistake.entry.remedy_fa for mistake in mistakes)
    return None


def judge(program: Program, document: Any) -> None:
    made = program.run(document, BODIES, Budget(SMALL))
    for problem in made.problems:
        assert problem.code in CATALOGUE
        assert problem.sentence
    nested(made.values)


@slow
@given(st.binary(max_size=200))
def test_octets_of_any_kind(octets: bytes) -> None:
    compiled(octets)


@slow
@given(st.sampled_from(VECTORS), st.data())
def test_a_file_with_a_piece_cut_out_or_put_in(file: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(file)))
    end = data.draw(st.integers(start, min(len(file), start + 40)))
    piece = data.draw(
        st.one_of(st.binary(max_size=8), st.sampled_from([b'"', b"[[repeat]]\n", b"= 1\n", b"{", b"[", b"$"]))
    )
    program = compiled(file[:start] + piece + file[end:])
    if program is not None:
        judge(program, data.draw(documents))


@slow
@given(st.data())
def test_a_shipped_file_with_one_line_for_another(data: st.DataObject) -> None:
    lines = SHIPPED.splitlines()
    first, second = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
    lines[first] = lines[second]
    program = compiled("\n".join(lines).encode())
    if program is not None:
        judge(program, data.draw(st.dictionaries(st.sampled_from(program.columns), scalars)))


def parameter(parameter: Parameter) -> st.SearchStrategy[str]:
    good = {
        Type.TEXT: st.sampled_from(['"x"', '"-"', '"،"', '"UTC"']),
        Type.INTEGER: st.sampled_from(["1", "7", "40"]),
        Type.LIST: st.just('["a"]'),
        Type.BOOLEAN: st.sampled_from(["true", "false"]),
    }
    choices = st.sampled_from([f'"{choice}"' for choice in parameter.choices or ("x",)])
    return st.one_of(good[parameter.wanted], choices).map(lambda value: f"{parameter.name} = {value}")


transforms = st.sampled_from(sorted(TRANSFORMS)).flatmap(
    lambda name: st.tuples(*[parameter(each) for each in TRANSFORMS[name].parameters]).map(
        lambda given: "{ " + ", ".join([f'name = "{name}"', *given]) + " }"
    )
)
sources = st.sampled_from(
    ["from = 'a'", "from = 'Items[*].a'", "from = '$.Items[0].b'", "from = '\"x y\"'", "expression = 'a || b'",
     "expression = \"join('-', Items[*].a)\"", "expression = 'Items[?a].b'", "expression = '*'", "value = 5"]
)  # fmt: skip
conditions = st.sampled_from(
    ["", "when = { from = 'a', present = true }\n", "when = { expression = 'a == b' }\n",
     "when = { any = [{ from = 'a', is = 1 }, { expression = 'length(a)', one-of = [1, 2] }] }\n"]
)  # fmt: skip
fields = st.tuples(sources, conditions, st.lists(transforms, max_size=4), st.sampled_from(["", "required = true\n"]))


@pytest.mark.long
@slow
@given(st.lists(fields, min_size=1, max_size=4), documents)
def test_any_chain_of_transforms_on_any_document(listed: list[Any], document: Any) -> None:
    text = '[mapping]\nlanguage = 1\nname = "fuzz"\nkind = "notice-to-message"\n'
    for number, (source, condition, do, required) in enumerate(listed):
        text += f"[[field]]\ntarget = 't{number}'\n{source}\n{condition}do = [{', '.join(do)}]\n{required}"
    for kind in KINDS:
        program = compiled(text.replace("notice-to-message", kind).encode())
        if program is not None:
            judge(program, document)


@slow
@given(documents)
def test_any_row_under_the_shipped_mapping(document: Any) -> None:
    judge(compile_mapping(SHIPPED.encode(), "shipped.toml"), document)


tokens = st.sampled_from(
    ["a", "b", "Items", "@", "*", "[*]", "[]", "[0]", "[::-1]", "[?", "]", "(", ")", "{", "}", "x:", ",", ".", "|",
     "||", "&&", "!", "&", "==", "<", "`1`", "`[1, [2]]`", "'x'", "join(", "to_string(", "sort_by(", "map(", "length("]
)  # fmt: skip


@slow
@pytest.mark.filterwarnings("ignore:deprecated string literal")  # `x` for `"x"`, which jmespath still reads
@given(st.one_of(st.lists(tokens, max_size=14).map("".join), st.text(max_size=20)), documents)
def test_any_expression_on_any_document(text: str, document: Any) -> None:
    try:
        tree = parse_expression(text)
    except BadExpression as refusal:
        code = refusal.code
        tree = None
    if tree is None:
        assert code in CATALOGUE
        return
    columns_of(tree)
    try:
        compile_expression(tree)(document, document, Budget(SMALL))
    except (InvalidField, BudgetExceeded):
        return


@slow
@given(
    st.one_of(st.lists(st.sampled_from(["a", ".", "[0]", "[*]", '"x y"', "$.", "[", "نام"])).map("".join), st.text()),
    documents,
)
def test_any_path_on_any_document(text: str, document: Any) -> None:
    try:
        path = parse_path(text)
    except BadPath:
        return
    compile_path(path)(document, document, Budget(SMALL))


@slow
@given(st.data())
def test_any_transform_on_any_value(data: st.DataObject) -> None:
    transform = TRANSFORMS[data.draw(st.sampled_from(sorted(TRANSFORMS)))]
    usual = {
        each.name: each.default if not each.needed else (5 if each.wanted is Type.INTEGER else "/")
        for each in transform.parameters
    }
    made = transform.make(**usual)
    value = data.draw(documents)
    try:
        if made.size is not None:
            made.size(value)
        made.apply(value)
        code = ""
    except InvalidField as refusal:
        code = refusal.code
    assert not code or code in CATALOGUE
