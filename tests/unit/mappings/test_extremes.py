"""Numbers and titles of a mapping file have a measure: one beyond it is a mistake with its line."""

from __future__ import annotations

import pytest

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.result import MAX_TEXT
from gateway.mapping.model.refusal import Problem, reason

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
