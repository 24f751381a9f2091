"""A budget stops endless loops and large memory in advance; a cap on memory is the witness."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.model.budget import LIMIT, Budget, BudgetExceeded
from gateway.mapping.model.expression import BadExpression, compile_expression, parse_expression
from gateway.mapping.model.schema import Leaf, checked
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type
from gateway.notice.fields import InvalidField
from gateway.notice.large_octets import LargeValue
from tests.apart import Apart

pytestmark = pytest.mark.long

LIST = {"a": list(range(300)), "s": "x" * 100_000, "m": {str(n): n for n in range(300)}}
DOUBLED = " | ".join(["[@, @]"] * 40)

GREEDY = {
    "a join that is squared": "join(s, [a, a, a][].to_string(@))",
    "lists of lists, flattened again and again": "["
    + ", ".join(["a"] * 100)
    + "]"
    + "".join([" | [" + ", ".join(["@"] * 100) + "][]"] * 3),
    "every element with every other": "a[*].{x: `1`} | [*].[x, x, x] | ["
    + ", ".join(["@"] * 200)
    + "][][] | ["
    + ", ".join(["@"] * 200)
    + "][]",
    "doubled forty times, then written out": f"s | {DOUBLED} | to_string(@)",
    "doubled forty times, then compared": f"s | [[@] | {DOUBLED}, [@] | {DOUBLED}] | [0] == [1] || @ | to_string(@)",
    "doubled forty times, then sought": f"s | {DOUBLED} | contains([@], @) | to_string(@)",
    "doubled forty times, then flattened": "[a, a]" + " | [@, @][]" * 25,
    "projections inside projections": "a[*].[`0`] | [" + ", ".join(["@"] * 150) + "][] | [*].[@, @, @, @] | [][] | "
    "[" + ", ".join(["@"] * 100) + "][] | length(@)",
    "a huge selection of everything": "[" + ", ".join(["m.*"] * 250) + "] | [" + ", ".join(["@"] * 100) + "][][]",
    "sorted by a projection": "["
    + ", ".join(["a"] * 90)
    + "][] | sort_by(@, &length(["
    + ", ".join(["@"] * 30)
    + "]))",
}


@pytest.mark.parametrize("name", GREEDY)
def test_a_greedy_expression_is_stopped_within_its_memory(name: str) -> None:
    read = compile_expression(parse_expression(GREEDY[name]))
    tracemalloc.start()
    try:
        with pytest.raises(BudgetExceeded):
            read(LIST, LIST, Budget())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * LIMIT


@pytest.mark.parametrize("text", ["a[" + "9" * 900 + "]", "a[::-1] | [::0]", "sum(s)"])
def test_a_strange_expression_finds_nothing_or_is_refused(text: str) -> None:
    read = compile_expression(parse_expression(text))
    with suppress(InvalidField):
        assert read(LIST, LIST, Budget()) is None


def test_a_modest_expression_is_not_stopped() -> None:
    read = compile_expression(parse_expression("a[?@ > `290`] | sort_by(@, &@) | [-1]"))
    assert read(LIST, LIST, Budget()) == 299


@pytest.mark.parametrize(
    "text",
    [
        "a" + "[0]" * 700,
        "(" * 900 + "a" + ")" * 900,
        "[" * 900,
        "!" * 900 + "a",
        "`" + "[" * 1500 + "`",
    ],
)
def test_a_deep_expression_is_refused_before_it_is_run(text: str) -> None:
    with pytest.raises(BadExpression) as refusal:
        parse_expression(text)
    assert refusal.value.code.startswith("mapping.expression")


ROW = """
[mapping]
language = 1
name = "greedy"
kind = "result-to-row"
[[field]]
target = "first"
from = "state"
do = ["line"]
[[field]]
target = "greedy"
{source}
do = [{do}]
"""


def problems(source: str, do: str, document: dict[str, Any]) -> list[tuple[str, str]]:
    text = ROW.replace("{source}", source).replace("{do}", do)
    tracemalloc.start()
    try:
        made = compile_mapping(text.encode(), "greedy.toml").run(document)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * LIMIT
    return [(problem.code, problem.field) for problem in made.problems]


def test_a_transform_that_would_grow_beyond_the_budget_is_stopped_before_it_does() -> None:
    new = "y" * 1000
    grows = f'{{ name = "replace", old = "x", new = "{new}" }}'
    assert problems('from = "reason"', grows, {"state": "DELIVERED", "reason": "x" * 99_999}) == [
        ("result.budget", "reason")
    ]
    wide = '{ name = "split", at = "x" }, { name = "join", between = "' + "z" * 1000 + '" }'
    text = "ax" * 9_000
    assert problems('from = "reason"', wide, {"state": "A", "reason": text}) == [
        ("result.field-too-long", "reason")  # within the budget, and more than a row can hold
    ]
    assert problems('expression = "[reason, reason, reason, reason] | join(`\\"x\\"`, @)"', wide, {"reason": text}) == [
        ("result.field-invalid", "reason")
    ]


def test_a_refusal_for_the_budget_names_the_field_and_makes_nothing() -> None:
    source = f'expression = "reason | {DOUBLED} | to_string(@)"'
    assert problems(source, '"trim"', {"state": "A", "reason": "r"}) == [("result.budget", "reason")]


def test_weighing_counts_a_part_in_each_of_its_places() -> None:
    part: Any = ["x" * 1000]
    for _ in range(40):
        part = [part, part]
    with pytest.raises(BudgetExceeded):
        Budget().weigh(part)


def test_a_list_that_is_doubled_is_not_copied_for_a_transform_of_lists() -> None:
    source = f'expression = "reason | {DOUBLED}"'
    assert problems(source, '{ name = "count" }', {"state": "A", "reason": "r"}) == []
    assert problems(source, '"first", "join"', {"state": "A", "reason": "r"}) == [("result.field-invalid", "reason")]


@dataclass(frozen=True)
class Unread:
    """Large octets that may not be read."""

    size: int

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        raise AssertionError("read")

    def __bytes__(self) -> bytes:
        raise AssertionError("read")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("s == `1`", 1),
        ("s == s", 2),
        ("m == m", 2),
        ("length(s)", 1),
        ("to_array([s, m.s])", 2),
        ("contains([[s]], m)", 2),
    ],
)
def test_large_values_are_paid_for_in_each_place_before_an_expression_reads_them(text: str, places: int) -> None:
    read = compile_expression(parse_expression(text))
    large = LargeValue(Unread(LIMIT // places))
    source = {"s": large, "m": {"s": large}}
    with pytest.raises(BudgetExceeded):
        read(source, source, Budget())


def test_a_large_value_is_paid_for_before_a_transform_or_a_target_reads_it() -> None:
    source, large = 'expression = "reason || reason"', LargeValue(Unread(LIMIT))
    assert problems(source, '"pdf", "size"', {"state": "A", "reason": large}) == [("result.budget", "reason")]
    # Encoding costs two thirds of the budget, and the text that "trim" reads four ninths.
    third = LargeValue(Unread(LIMIT // 3))
    assert problems(source, '"base64-encode", "trim"', {"state": "A", "reason": third}) == [("result.budget", "reason")]
    with pytest.raises(BudgetExceeded):
        checked(Leaf(type=Type.OCTETS))(large, Scope({}, {}, None, Budget(), []))


def test_a_large_value_in_memory_costs_its_length() -> None:
    octets = Apart([b"a" * 300_000, b"b" * 300_000])
    budget = Budget()
    assert budget.whole([LargeValue(octets), {"text": LargeValue(octets, is_text=True)}]) == [
        bytes(octets),
        {"text": bytes(octets).decode()},
    ]
    assert 1_200_000 <= LIMIT - budget.left < 1_210_000


PAGE = """
[mapping]
language = 1
name = "page"
kind = "answer-to-outcome"
[tables.t]
fold = true
unknown = {{ value = "UNKNOWN" }}
entries = {{ "خطا" = "REJECTED" }}
[[repeat]]
target = "results"
from = "items"
[[repeat.field]]
target = "reference"
from = "ref"
required = true
[[repeat.field]]
target = "status"
{source}
[[repeat.field]]
target = "code"
from = "ref"
do = [{{ name = "lookup", table = "t" }}]
"""
FOLDED = {
    "a condition": 'value = "ACCEPTED"\nwhen = { from = "$.message", is-not = "خطا" }',
    "a condition with words": 'value = "ACCEPTED"\nwhen = { from = "$.message", none-of = ["خطا", "no"] }',
    "a condition of several": 'value = "ACCEPTED"\nwhen = { any = [{ from = "$.message", is-not = "خطا" }] }',
    "a table": 'from = "$.message"\ndo = [{ name = "lookup", table = "t" }]\nrequired = true',
}


def made_of_page(source: str, items: int, message: str) -> tuple[int, set[str], int]:
    """Return the number of results, the codes of the problems, and the budget that was spent."""
    if "when" in source:
        source += '\n[[repeat.field]]\ntarget = "status"\nvalue = "UNKNOWN"'
    budget = Budget()
    document = {"message": message, "items": [{"ref": f"EB-{number}"} for number in range(items)]}
    made = compile_mapping(PAGE.format(source=source).encode(), "page.toml").run(document, budget=budget)
    return len(made.values.get("results", ())), {problem.code for problem in made.problems}, LIMIT - budget.left


@pytest.mark.parametrize("name", FOLDED)
def test_a_long_text_that_each_element_compares_is_paid_for_each_time(name: str) -> None:
    long, short = "بناي مازاد " * 900, "بناي مازاد"
    assert made_of_page(FOLDED[name], 20_000, long)[:2] == (0, {"mapped.budget"})
    _, _, few = made_of_page(FOLDED[name], 10, long)
    _, _, many = made_of_page(FOLDED[name], 20, long)
    assert many - few >= 10 * len(long)
    assert made_of_page(FOLDED[name], 5_000, short)[:2] == (5_000, set())


def test_the_presence_of_a_long_text_costs_nothing_by_its_length() -> None:
    source = 'value = "ACCEPTED"\nwhen = { from = "$.message", present = true }'
    assert made_of_page(source, 5_000, "بناي مازاد " * 900)[:2] == (5_000, set())
