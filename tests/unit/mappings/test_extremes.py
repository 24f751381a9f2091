"""Numbers and titles of a mapping file have a measure: one beyond it is a mistake with its line."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.draft import Draft
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.compiler.rule_parser import members_of
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.kinds.result import MAX_TEXT
from gateway.mapping.model.budget import Budget
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.refusal import Problem, reason
from gateway.mapping.model.scope import Scope
from gateway.mapping.program.program import compile_members

HUGE = "0x" + "f" * 5000
HEAD = '[mapping]\nlanguage = 1\nname = "own"\nkind = "{kind}"\n'
NUMBER = HEAD.format(kind="answer-to-outcome") + '[[repeat]]\ntarget = "results"\n[[repeat.field]]\n'
OTHER = '[[repeat.field]]\ntarget = "status"\nvalue = "ACCEPTED"\n'


def found(text: str) -> list[tuple[str, int]]:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(text.encode(), "own.toml")
    return [(mistake.code, mistake.line) for mistake in refusal.value.mistakes]


@pytest.mark.parametrize("number", [HUGE, "-" + "9" * 20, "9223372036854775808"])
def test_a_number_beyond_64_bits_is_a_mistake_at_its_key(number: str) -> None:
    header = HEAD.format(kind="answer-to-outcome").replace("language = 1", f"language = {number}")
    assert found(header) == [("mapping.value-type", 2)]
    number_of = 'target = "retry_after_seconds"\n'
    assert found(f"{NUMBER}{number_of}value = {number}\n{OTHER}") == [("mapping.value-type", 9)]
    assert found(f'{NUMBER}{number_of}from = "a"\ndefault = {number}\n{OTHER}') == [("mapping.value-type", 10)]


@pytest.mark.parametrize("number", [HUGE, "99999999999999999999"])
def test_a_number_where_a_word_is_wanted_is_a_mistake(number: str) -> None:
    status = f'{NUMBER}target = "status"\n'
    assert found(f"{status}value = {number}\n") == [("mapping.value-type", 9)]
    table = f"[tables.t]\nunknown = {{ value = {number} }}\nentries = {{ a = {number} }}\n"
    steps = f'{status}from = "a"\nrequired = true\ndo = [{{ name = "lookup", table = "t" }}]\n{table}'
    assert {code for code, _ in found(steps)} == {"mapping.value-type", "mapping.target-type"}


TITLED = HEAD.format(kind="receipt-to-event") + '[[field]]\ntarget = "receipt_id"\nfrom = "id"\ntitle = {title}\n'


def titled(title: str) -> list[tuple[str, int]]:
    return [each for each in found(TITLED.format(title=title)) if each[0] != "mapping.target-unmapped"]


@pytest.mark.parametrize("title", ["a\\u0000b", "a\\nb", "x" * 501, "\\u202Ea", "\\u200Ea"])
def test_a_title_that_no_refusal_can_show_is_a_mistake(title: str) -> None:
    assert titled(f'"{title}"') == [("mapping.line", 8)]


@pytest.mark.parametrize("title", ["x" * 500, "زمان\u200cهای رویداد", ""])
def test_a_title_of_one_line_is_good(title: str) -> None:
    assert titled(f'"{title}"') == []


def test_the_reason_of_many_problems_is_one_that_a_row_can_show() -> None:
    problems = [Problem(code="notice.kind", field="kind", title=f"{number} {'x' * 490}") for number in range(100)]
    whole = [problem.sentence for problem in problems]
    shown = reason(problems).split("\n")
    assert len(reason(problems)) <= MAX_TEXT < len("\n".join(whole))
    assert shown == whole[: len(shown)]
    assert reason(problems[:3]) == "\n".join(whole[:3])


STEPS = HEAD.format(kind="row-to-notice") + '[[field]]\ntarget = "{target}"\nfrom = "cell"\ndo = [{do}]\n{more}\n'


@pytest.mark.parametrize("cell", ["نامشخص", "-", "ندارد\u200f"])
@pytest.mark.parametrize(
    ("target", "do"),
    [
        ("recipient.postal_code", '"digits-only", { name = "pad", width = 10 }'),
        ("recipient.mobile", '"digits-only", { name = "pad", width = 9 }, { name = "prefix", text = "09" }'),
        ("archive_number", '"digits-only", { name = "prefix", text = "ب/" }, { name = "suffix", text = "/1" }'),
        ("extra.code", '"digits-only", { name = "pad", width = 4, side = "right" }'),
    ],
)
def test_no_number_is_made_of_a_text_without_digits(target: str, do: str, cell: str) -> None:
    steps = STEPS.format(target=target, do=do, more="")
    members, kind = steps.encode(), KINDS["row-to-notice"]
    assert made(members, kind, cell) == ({}, [])
    required = STEPS.format(target=target, do=do, more="required = true").encode()
    assert made(required, kind, cell) == ({}, ["notice.field-missing"])


def test_a_number_is_filled_up_as_before() -> None:
    steps = STEPS.format(target="recipient.postal_code", do='"digits-only", { name = "pad", width = 10 }', more="")
    assert made(steps.encode(), KINDS["row-to-notice"], "کد ۱۱۱۵۵-1234") == (
        {"recipient.postal_code": "0111551234"},
        [],
    )


def made(octets: bytes, kind: Kind, cell: str) -> tuple[dict[str, Any], list[str]]:
    """Return what one field of a mapping makes of a cell, with the codes of its problems."""
    draft = Draft(octets, "own.toml")
    [make] = compile_members(members_of(draft, draft.table, (), kind, {}), kind.target, kind)
    scope = Scope({"cell": cell}, {"cell": cell}, None, Budget(), [])
    make(scope)
    return scope.found, [problem.code for problem in scope.problems]
