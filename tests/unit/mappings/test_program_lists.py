"""Several repeats on one list, several paths for one text, and entries of tables that refuse."""

from __future__ import annotations

import pytest

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import CATALOGUE

from .compiled import run

RECEIPT_OF_TWO_FIELDS = """
[mapping]
language = 1
name = "two-fields"
kind = "answer-to-standing"

[tables.word]
unknown = { value = "UNKNOWN" }
[tables.word.entries]
1 = "ACCEPTED"
9 = { refuse = "mapped.unknown-value", reason = "این وضعیت در قرارداد نیست." }
8 = { refuse = true }

[[repeat]]
target = "results"
from = "done"
[[repeat.field]]
target = "reference"
from = ["office", "$.year", "no"]
do = [{ name = "join", between = "-" }]
required = true
[[repeat.field]]
target = "status"
from = "word"
do = [{ name = "lookup", table = "word" }]
required = true

[[repeat]]
target = "results"
append = true
from = "open"
[[repeat.field]]
target = "reference"
from = "no"
required = true
[[repeat.field]]
target = "status"
value = "UNKNOWN"
"""


def test_several_repeats_make_one_list_and_several_paths_one_text() -> None:
    document = {
        "year": 1404,
        "done": [{"office": "5", "no": 7, "word": 1}, {"no": 8, "word": "2"}],
        "open": {"no": "9"},
    }
    made, problems = run(RECEIPT_OF_TWO_FIELDS, document)
    assert not problems
    assert made["results"] == [
        {"reference": "5-1404-7", "status": "ACCEPTED"},
        {"reference": "1404-8", "status": "UNKNOWN"},
        {"reference": "9", "status": "UNKNOWN"},
    ]
    assert run(RECEIPT_OF_TWO_FIELDS, {"open": [{"no": "9"}]})[0]["results"] == [
        {"reference": "9", "status": "UNKNOWN"}
    ]


def test_a_problem_in_one_repeat_fails_the_whole_list() -> None:
    made, problems = run(RECEIPT_OF_TWO_FIELDS, {"done": [{"no": 7, "word": 1}], "open": [{}]})
    assert made == {}
    assert problems == [("mapped.field-missing", "no")]


def test_an_entry_of_a_table_refuses_its_word_with_its_reason() -> None:
    program = compile_mapping(RECEIPT_OF_TWO_FIELDS.encode(), "test.toml")
    [named] = program.run({"done": [{"no": 7, "word": 9}]}).problems
    assert (named.code, named.sentence) == ("mapped.unknown-value", "status: این وضعیت در قرارداد نیست.")
    [usual] = program.run({"done": [{"no": 7, "word": 8}]}).problems
    assert usual.code == "mapped.unknown-value"
    assert CATALOGUE["mapped.unknown-value"].fa in usual.sentence


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("append = true\n", "", "mapping.target-twice"),
        ('"mapped.unknown-value"', '"mapped.nonsense"', "mapping.code-unknown"),
        ('reason = "این وضعیت در قرارداد نیست."', "reason = 5", "mapping.value-type"),
        ('reason = "این وضعیت در قرارداد نیست."', 'because = "x"', "mapping.unknown-key"),
        ('["office", "$.year", "no"]', '["office"]', "mapping.value-type"),
        ('["office", "$.year", "no"]', '["office", "a..b"]', "mapping.path"),
        ('["office", "$.year", "no"]', '["office", "$request.x"]', "mapping.source-unknown"),
        ('do = [{ name = "join", between = "-" }]\n', "", "mapping.target-type"),
        ('from = "open"', 'from = ["open", "more"]', "mapping.value-type"),
    ],
)
def test_what_several_repeats_paths_and_refusals_may_not_say(old: str, new: str, code: str) -> None:
    assert old in RECEIPT_OF_TWO_FIELDS
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(RECEIPT_OF_TWO_FIELDS.replace(old, new).encode(), "test.toml")
    assert code in {mistake.code for mistake in refusal.value.mistakes}
