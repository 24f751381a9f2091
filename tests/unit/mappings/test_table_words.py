"""Words of tables and transforms: spelling, completeness, and the rule for unknown words."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.model.schema import Group, Leaf
from tests.mappers import CASE_MAPPING

from .compiled import run

WORDS = ("Final", "Pending", "Refused")
MESSAGE = """
[mapping]
language = 1
name = "x"
kind = "answer-to-outcome"
[tables.state]
fold = {fold}
unknown = {unknown}
[tables.state.entries]
{entries}
[[repeat]]
target = "results"
from = "items"
[[repeat.field]]
target = "reference"
from = "ref"
[[repeat.field]]
target = "status"
from = "state"
do = [{{ name = "lookup", table = "state" }}]
required = true
"""
CONTRACT = Group(members={"items": Group(many=True, members={"ref": Leaf(), "state": Leaf(choices=frozenset(WORDS))})})


def message(words: Iterable[str], *, fold: bool = False, unknown: str = '{ value = "UNKNOWN" }') -> str:
    entries = "\n".join(f'"{word}" = "ACCEPTED"' for word in words)
    return MESSAGE.format(entries=entries, fold=str(fold).lower(), unknown=unknown)


def mistakes(text: str, contract: Group | None = CONTRACT) -> list[Mistake]:
    try:
        compile_mapping(text.encode(), "x.toml", contract=contract)
    except MappingMistaken as mistaken:
        return list(mistaken.mistakes)
    return []


spelt = st.sampled_from(WORDS).flatmap(lambda word: st.sampled_from([word, word.upper(), f" {word}", "Other"]))


@given(st.lists(spelt, min_size=1, unique_by=lambda word: word.strip().casefold()), st.booleans())
def test_a_table_that_is_complete_knows_every_word_of_its_contract(words: list[str], fold: bool) -> None:
    lacks = {each.found.en.split(" ")[0] for each in mistakes(message(words, fold=fold))}
    for word in WORDS:
        made, problems = run(message(words, fold=fold), {"items": [{"ref": "A", "state": word}]})
        assert not problems
        assert (made["results"][0]["status"] == "UNKNOWN") is (word in lacks)


def test_a_word_in_another_spelling_is_named_with_both_remedies() -> None:
    [first, *others] = mistakes(message(word.upper() for word in WORDS))
    assert (first.code, first.found.en) == (
        "mapping.table-incomplete",
        "Final has no entry; write Final for FINAL, or add fold = true",
    )
    assert len(others) == 2
    assert not mistakes(message((word.upper() for word in WORDS), fold=True))


@pytest.mark.parametrize(
    ("unknown", "good"),
    [
        ('{ value = "UNKNOWN" }', True),
        ('{ refuse = "mapped.unknown-value" }', True),
        ('{ value = "UNKNOWN", refuse = "mapped.unknown-value" }', False),
        ('{ value = "UNKNOWN", reason = "x" }', False),
        ('{ refuse = "mapped.unknown-value", reason = "x" }', False),
    ],
)
def test_the_rule_for_unknown_words_says_one_thing(unknown: str, good: bool) -> None:
    found = mistakes(message(WORDS, unknown=unknown))
    assert [(each.code, each.key) for each in found] == (
        [] if good else [("mapping.table-unknown-entry", "tables.state.unknown")]
    )


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ('true = ["دارد"], false = ["ندارد", "دارد"]', "دارد stands for yes and for no"),
        ('true = ["Y"], false = ["y"]', "y stands for yes and for no"),
        ('true = ["0"]', "0 stands for yes and for no"),
        ('true = ["Y"], false = ["N"]', None),
    ],
)
def test_a_word_for_yes_is_no_word_for_no(parameters: str, found: str | None) -> None:
    field = f'\n[[field]]\ntarget = "extra.a"\nfrom = "a"\ndo = [{{ name = "boolean", {parameters} }}, "word"]\n'
    reported = mistakes(CASE_MAPPING.read_text(encoding="utf-8") + field, None)
    assert [(each.code, each.key.split(".", 2)[2], each.found.en) for each in reported] == (
        [] if found is None else [("mapping.transform-parameter", "do.1", found)]
    )


@pytest.mark.parametrize("required", ["true", '"recipient.kind"', '"notice.field-missing"'])
@pytest.mark.parametrize("kind", ["نامعلوم", None, ""])
def test_a_word_that_is_refused_has_the_code_of_refuse(required: str, kind: str | None) -> None:
    before = 'required = true\nrefuse = "recipient.kind"\n'
    text = CASE_MAPPING.read_text(encoding="utf-8")
    assert text.count(before) == 1, "the field of the kind alone has both"
    own = text.replace(before, f'required = {required}\nrefuse = "notice.kind"\n')
    problems = compile_mapping(own.encode(), "x.toml").run({"recipient_kind": kind}).problems
    missing = "recipient.kind" if required == "true" else required.strip('"')
    assert [each.code for each in problems if each.target == "recipient.kind"] == [
        missing if not kind else "notice.kind"
    ]
