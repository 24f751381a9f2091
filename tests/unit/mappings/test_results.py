"""A mapping of results makes the municipality's own words, or a typed refusal; nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.compiler.targets import BadTarget, parse_target
from gateway.mapping.kinds.result import COLUMNS, RESULT, refusal_tree, result_tree, single
from gateway.mapping.model.refusal import Unmapped
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.mapping.result_mapper import ResultMapper
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.fields import InvalidField
from gateway.notice.legal_effect import service
from gateway.notice.source_row import Own, Refusal, Result, RowDeadline
from gateway.runtime.errors import CATALOGUE
from tests.own_results import OWN, STATE, WORDS, own_mapper

NOW = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
QUEUED = Result(
    row_key="17",
    reference="EB-1",
    replaces=None,
    state="QUEUED",
    seq=0,
    tracking_number=None,
    delivered_at=None,
    viewed_at=None,
    service_date=None,
    effect=None,
    code=None,
    reason=None,
)
REFUSAL = Refusal(
    source="cases",
    row_key="17",
    row_version="1",
    code="recipient.name",
    field="recipient_name",
    reason="نام مخاطب: خالی است.",
    refused_at=NOW,
)
HEAD = '[mapping]\nlanguage = 1\nname = "r"\nkind = "result-to-row"\n'

texts = st.one_of(
    st.none(), st.text(max_size=40), st.sampled_from([*CATALOGUE, "R-17", "\0", "\ud800", " ", "x" * 30_000])
)
moments = st.datetimes(min_value=NOW.replace(year=1500, tzinfo=None), timezones=st.just(UTC))
times = st.one_of(st.none(), moments)
results = st.builds(
    replace,
    st.just(QUEUED),
    state=st.sampled_from([state.value for state in DeliveryState]),
    seq=st.integers(0, 2**63 - 1),
    reference=st.text(min_size=1, max_size=40),
    replaces=texts,
    tracking_number=texts,
    delivered_at=times,
    viewed_at=times,
    code=texts,
    reason=texts,
)
refusals = st.builds(replace, st.just(REFUSAL), code=st.sampled_from(sorted(CATALOGUE)), reason=st.text(max_size=40))


def field(body: str) -> str:
    return f"{HEAD}[[field]]\n{body}\n"


def made(body: str, result: Result = QUEUED) -> Any:
    (value,) = own_mapper(field(body)).result(result, NOW).values.values()
    return value


def refused(body: str, result: Result = QUEUED) -> tuple[str, str]:
    with pytest.raises(Unmapped) as unmapped:
        made(body, result)
    return unmapped.value.code, unmapped.value.field


def mistaken(body: str, row: Group = COLUMNS) -> list[str]:
    with pytest.raises(MappingMistaken) as mistakes:
        own_mapper(body, row)
    return [mistake.code for mistake in mistakes.value.mistakes]


def test_every_state_of_a_row_has_the_municipalitys_own_word() -> None:
    leaf = RESULT.members["state"]
    assert isinstance(leaf, Leaf)
    assert leaf.choices == {*(state.value for state in DeliveryState if state is not DeliveryState.SENDING), "REFUSED"}
    assert set(WORDS) == leaf.choices
    for state, word in WORDS.items():
        assert own_mapper().result(replace(QUEUED, state=state), NOW).values[STATE] == word


def test_what_nothing_is_made_for_is_there_and_empty() -> None:
    own = own_mapper().result(QUEUED, NOW)
    assert own.values == {
        STATE: "در صف",
        "arrival": None,
        "served_on": None,
        "arrived_at": None,
        "steps": 0,
        "channel": "درگاه",
        "note": None,
    }
    assert (own.reference, own.seq) == ("EB-1", 0)


def test_a_refusal_alone_has_no_reference_and_no_steps() -> None:
    own = own_mapper().refusal(REFUSAL)
    assert (own.values[STATE], own.values["steps"], own.reference, own.seq) == ("رد شد", None, None, None)
    assert own.values["note"] == f"recipient.name: {CATALOGUE['recipient.name'].fa}"


def test_a_refusal_of_a_row_whose_notice_is_under_way_shows_that_notice() -> None:
    own = own_mapper().refusal(REFUSAL, replace(QUEUED, state="DELIVERED", seq=3), NOW)
    assert (own.values[STATE], own.values["steps"], own.reference, own.seq) == ("ابلاغ شد", 3, "EB-1", 3)
    assert own.values["note"].startswith("recipient.name: ")


def test_the_trees_are_as_the_source_says() -> None:
    served = replace(QUEUED, delivered_at=NOW, tracking_number="T", code="recipient.name", reason="…")
    for tree in (result_tree(served, NOW), refusal_tree(REFUSAL), refusal_tree(REFUSAL, result_tree(served, NOW))):
        assert tree.keys() <= RESULT.members.keys()
        required = {name for name, leaf in RESULT.members.items() if isinstance(leaf, Leaf) and leaf.required}
        assert required <= tree.keys()
    assert refusal_tree(REFUSAL, result_tree(served, NOW)).keys() == RESULT.members.keys()


def test_a_code_has_a_meaning_where_the_catalogue_knows_it() -> None:
    ours, theirs = replace(QUEUED, code="doubt.unanswered"), replace(QUEUED, code="R-17", reason="نشانی ناقص")
    assert made('target = "m"\nfrom = "meaning_en"', theirs) is None
    assert made('target = "m"\nfrom = "reason"', theirs) == "نشانی ناقص"
    if "doubt.unanswered" in CATALOGUE:
        assert made('target = "m"\nfrom = "meaning"', ours) == CATALOGUE["doubt.unanswered"].fa
    refusal = own_mapper(field('target = "m"\nfrom = "who_must_act"')).refusal(REFUSAL)
    assert refusal.values == {"m": "municipality"}


def test_what_a_mapping_fails_on_names_row_and_field() -> None:
    assert mistaken(OWN.replace('DELIVERED = "ابلاغ شد"\n', "")) == ["mapping.table-incomplete"]
    late = replace(QUEUED, state="NEW_STATE")  # as a later version of the gateway may have
    with pytest.raises(Unmapped) as unmapped:
        own_mapper().result(late, NOW)
    error = unmapped.value
    assert (error.code, error.where, error.field) == ("result.unknown-value", "row 17", "state")
    missing, invalid = 'from = "tracking_number"\nrequired = true', 'from = "reference"\ndo = ["jalali-date"]'
    assert refused(f'target = "t"\n{missing}') == ("result.field-missing", "tracking_number")
    assert refused(f'target = "t"\n{invalid}') == ("result.field-invalid", "reference")
    long = replace(QUEUED, reason="x" * 20_001)
    assert refused('target = "t"\nfrom = "reason"', long) == ("result.field-too-long", "reason")


def test_an_entry_for_the_unknown_makes_the_others_dispensable() -> None:
    text = f'{HEAD}[tables.s]\nunknown = {{ value = "در جریان" }}\nentries = {{ VIEWED = "رؤیت شد" }}\n'
    text += '[[field]]\ntarget = "s"\nfrom = "state"\ndo = [{ name = "lookup", table = "s" }]\n'
    mapper = own_mapper(text)
    assert mapper.result(QUEUED, NOW).values == {"s": "در جریان"}
    assert mapper.result(replace(QUEUED, state="VIEWED"), NOW).values == {"s": "رؤیت شد"}


def test_what_it_makes_does_not_depend_on_when_it_is_written() -> None:
    """So writing it once more changes nothing."""
    body = 'target = "since"\nfrom = "updated_at"'
    assert made(body) == NOW
    assert own_mapper(field(body)).refusal(REFUSAL, QUEUED, NOW - timedelta(days=1)).values == {"since": NOW}


def test_columns_may_have_names_with_blanks_and_dots() -> None:
    assert own_mapper(field("target = '\"تاریخ ابلاغ (شمسی)\"'\nvalue = 1")).columns == ("تاریخ ابلاغ (شمسی)",)
    assert own_mapper(field("target = '\"a.b\"'\nvalue = 1")).columns == ("a.b",)
    assert mistaken(field('target = "a.b"\nvalue = 1')) == ["mapping.column-missing"]
    for name in ('"', '""', '"a\n"', '"a"b"', '" a"', f'"{"x" * 101}"', "x" * 101, "a b", "1a", ""):
        with pytest.raises(BadTarget):
            parse_target(name, quoted=True)
    with pytest.raises(BadTarget):
        parse_target('"a b"')


def test_a_condition_may_ask_for_a_column_with_a_blank() -> None:
    text = HEAD + '[[field]]\ntarget = \'"a b"\'\nfrom = "state"\n'
    text += "[[field]]\ntarget = 'c'\nvalue = 1\nwhen = { target = '\"a b\"', is = \"QUEUED\" }\n"
    mapper = own_mapper(text)
    assert mapper.result(QUEUED, NOW).values == {"a b": "QUEUED", "c": 1}
    assert mapper.result(replace(QUEUED, state="VIEWED"), NOW).values == {"a b": "VIEWED", "c": None}


@pytest.mark.parametrize(
    ("leaf", "body", "code"),
    [
        (Leaf(type=Type.INTEGER), 'from = "state"', "mapping.column-type"),
        (Leaf(type=Type.TEXT), 'from = "seq"', "mapping.column-type"),
        (Leaf(type=Type.TIME), 'from = "service_date"\ndo = ["jalali-date"]', "mapping.column-type"),
        (Leaf(type=Type.DATE), 'from = "delivered_at"', "mapping.column-type"),
        (Leaf(type=Type.TEXT, max_length=3), 'value = "درگاه"', "mapping.target-length"),
        (Leaf(type=Type.TEXT, required=True), 'from = "code"', "mapping.target-optional"),
        (Leaf(), 'value = ["a", "b"]', "mapping.target-type"),
        (Leaf(type=Type.ANY, check=single), 'value = ["a", "b"]', "mapping.target-type"),
        (Leaf(type=Type.ANY, check=single), "value = 12:00:00", "mapping.target-type"),
        (Leaf(type=Type.ANY, check=single), 'from = "reason"\ndo = ["base64-decode"]', "mapping.column-type"),
    ],
)
def test_a_column_of_another_kind_is_a_mistake(leaf: Leaf, body: str, code: str) -> None:
    assert mistaken(field(f'target = "c"\n{body}'), Group(members={"c": leaf, "other": Leaf(required=True)})) == [code]


def test_the_example_of_the_page_makes_what_the_page_says() -> None:
    page = (Path(__file__).parents[3] / "docs/connect/case-databases.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(\[mapping\].*?)```", page, re.DOTALL)
    served = replace(QUEUED, state="DELIVERED", tracking_number="T-1", delivered_at=NOW, service_date="1404-11-14")
    assert own_mapper(example).result(served, NOW).values == {
        STATE: "ابلاغ شد",
        "ArrivalTime": "1404/11/14 12:00:00",
        "ServiceDate": date(2026, 2, 3),
        "Note": "کد رهگیری T-1",
        "Channel": "درگاه ابلاغ",
    }
    assert own_mapper(example).refusal(REFUSAL).values["Note"] == f"recipient.name: {REFUSAL.reason}"


def test_a_kept_column_is_a_mistake_in_any_spelling() -> None:
    row = Group(is_open=True, others=COLUMNS.others, kept=frozenset({"eblagh_state"}))
    assert mistaken(field('target = "Eblagh_STATE"\nvalue = 1'), row) == ["mapping.column-kept"]


@pytest.mark.parametrize("value", ["", "متن", 0, -(2**63) + 1, 1.5, True, date(2026, 2, 3), NOW])
def test_what_any_row_can_hold(value: object) -> None:
    assert single(value) is value


@pytest.mark.parametrize("value", [None, [], {}, b"x", 2**63, math.nan, math.inf, "\0", "\ud800", "x" * 20_001])
def test_what_no_row_can_hold(value: object) -> None:
    with pytest.raises(InvalidField):
        single(value)


def judge(mapper: ResultMapper, make: Callable[[], Own]) -> None:
    """Every value of every column, or a refusal of the kind; nothing else."""
    try:
        own = make()
    except Unmapped as unmapped:
        code = unmapped.code
    else:
        assert tuple(own.values) == mapper.columns
        assert all(value is None or single(value) is value for value in own.values.values())
        return
    assert code.startswith("result.")
    assert CATALOGUE[code].retry


@given(results, moments, refusals)
def test_any_result_and_any_refusal(result: Result, since: datetime, refusal: Refusal) -> None:
    served = service(result.delivered_at, result.viewed_at)
    result = replace(result, service_date=served and served.date, effect=served and served.effect.value)
    mapper = own_mapper()
    judge(mapper, lambda: mapper.result(result, since))
    judge(mapper, lambda: mapper.refusal(refusal))
    judge(mapper, lambda: mapper.refusal(refusal, result, since))


sources = st.sampled_from([
    *(f"from = '{name}'" for name in RESULT.members),
    "expression = 'code || reason'", "expression = \"join('-', [state, reference])\"", "expression = 'to_string(@)'",
    "expression = '[state]'", "expression = '{a: state}'", "value = 5", "value = 2026-02-03", "value = ''",
])  # fmt: skip
steps = st.lists(
    st.sampled_from([
        '"line"', '"number"', '"jalali-date"', '"jalali-text"', '"jalali-time-text"', '"day-of"', '"epoch"',
        '"integer"', '"time-text"', '"upper"', '{ name = "split", at = "-" }', '{ name = "join", between = "،" }',
        '"base64-decode"',
    ]),
    max_size=3,
)  # fmt: skip
conditions = st.sampled_from(
    ["", "when = { from = 'state', is = 'REFUSED' }", "when = { target = 'c0', present = true }"]
)
names = st.sampled_from(["'c0'", "'c1'", "'\"c 1\"'", "'ستون'"])
fields = st.tuples(names, sources, steps, conditions, st.sampled_from(["", "required = true", "default = 'x'"]))


@given(st.lists(fields, min_size=1, max_size=4), results, refusals)
def test_any_mapping_of_results(listed: list[Any], result: Result, refusal: Refusal) -> None:
    text = HEAD
    for name, source, do, condition, more in listed:
        text += f"[[field]]\ntarget = {name}\n{source}\ndo = [{', '.join(do)}]\n{condition}\n{more}\n"
    try:
        mapper = own_mapper(text)
    except MappingMistaken as mistaken:
        mistakes = mistaken.mistakes
    else:
        judge(mapper, lambda: mapper.result(result, NOW))
        judge(mapper, lambda: mapper.refusal(refusal, result, NOW))
        return
    assert all(mistake.code.startswith("mapping.") for mistake in mistakes)


LAST_DAY = (
    HEAD
    + """
[[field]]
target = "day"
from = "last_day"
[[field]]
target = "rule"
from = "last_day_rule"
[[field]]
target = "note"
when = { from = "deadline", is = "NOT_CONFIRMED" }
value = "none is confirmed"
"""
)


def test_a_last_day_stands_in_the_row_only_from_a_confirmed_rule() -> None:
    mapper = own_mapper(LAST_DAY)
    confirmed = RowDeadline(last_day="1404-05-05", rule="article-77/ruling/1", calendar="sha256:1")
    for deadline, made in (
        (confirmed, {"day": "1404-05-05", "rule": "article-77/ruling/1", "note": None}),
        (RowDeadline(), {"day": None, "rule": None, "note": "none is confirmed"}),
        (None, {"day": None, "rule": None, "note": None}),
    ):
        served = replace(QUEUED, state="DELIVERED", deadline=deadline)
        assert mapper.result(served, NOW).values == made
        assert mapper.refusal(REFUSAL, served, NOW).values == made, "a later refusal does not take it away"


def test_the_law_is_looked_at_only_for_a_mapping_that_asks_for_it() -> None:
    assert own_mapper(LAST_DAY).reads_deadline
    assert own_mapper(field("target = \"note\"\nexpression = \"join(' ', [state, deadline || '-'])\"")).reads_deadline
    assert not own_mapper().reads_deadline
