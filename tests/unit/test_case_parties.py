"""Parties of a pulled case: names that two values have, a party named twice, and values of another JSON type."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.notice.source_row import CaseRow, RowsUnreadable
from gateway.runtime.errors import GatewayError
from tests.unit.test_case_api import answering, serving

FIRST, SECOND = {"party_id": "1", "name": "الف"}, {"party_id": "2", "name": "ب"}


def rows(*parties: Any, **members: Any) -> list[CaseRow]:
    case = {"case_id": "C", "version": 1, "parties": parties, **members}
    return list(answering(json.dumps(case)).rows(["C/1", "C/2"]))


def defects(row: CaseRow) -> list[tuple[str, str]]:
    return [(each.code, each.field) for each in row.defects]


@pytest.mark.parametrize("member", ["party_name", "party_mobile"])
def test_a_member_of_the_case_never_stands_for_one_of_a_party(member: str) -> None:
    for row in rows(FIRST, {"party_id": "2"}, **{member: "09120000000"}):
        assert defects(row) == [("notice.field-twice", member)]
        assert row.fields.get(member) is None or row.fields[member] in ("الف", "ب")


def test_an_object_of_the_case_is_no_party_either() -> None:
    [row] = rows({"party_id": "1"}, party={"name": "ج", "paper": {"number": 1}})
    assert defects(row) == [("notice.field-twice", "party_name"), ("notice.field-twice", "party_paper_number")]
    assert not any(name.startswith("party_") and name != "party_party_id" for name in row.fields)


@pytest.mark.parametrize(
    "members",
    [
        {"owner": {"name": "الف"}, "owner_name": "ب"},
        {"owner_name": "ب", "owner": {"name": "الف"}},
        {"owner_name": None, "owner": {"name": "الف"}},
        {"owner_name": [{"name": "ب"}], "owner": {"name": "الف"}},
        {"owner": {"name": "الف"}, "owner_name": [1]},
        {"owner_name": {}, "owner": {"name": "الف"}},
    ],
)
def test_two_values_of_one_name_are_a_defect_in_either_order(members: dict[str, Any]) -> None:
    [row] = rows(FIRST, **members)
    if members["owner_name"] == {}:
        assert (defects(row), row.fields["owner_name"]) == ([], "الف")
        return
    assert ("notice.field-twice", "owner_name") in defects(row)
    assert "owner_name" not in row.fields


def test_three_values_of_one_name_are_told_once() -> None:
    [row] = rows(FIRST, a={"b": {"c": 1}, "b_c": 2}, a_b_c=3)
    assert defects(row) == [("notice.field-twice", "a_b_c")]
    assert "a_b_c" not in row.fields


def test_two_values_of_a_party_spoil_its_own_row_alone() -> None:
    one, other = rows({**FIRST, "home": {"city": "ت"}, "home_city": "ق"}, SECOND)
    assert defects(one) == [("notice.field-twice", "party_home_city")]
    assert (defects(other), other.fields["party_name"]) == ([], "ب")


def test_a_party_that_is_named_twice_is_left_out_and_told() -> None:
    case = {"case_id": "C", "version": 1, "parties": [FIRST, SECOND, {**FIRST, "name": "ج"}]}
    whole = {"case_id": "D", "version": 1, "parties": [FIRST]}
    source = serving(lambda path: (200, json.dumps(whole if path == "cases/D" else case)))
    found = source.rows(["C/1", "C/2", "D/1"])
    assert [next(found).key, next(found).key] == ["C/2", "D/1"]
    with pytest.raises(RowsUnreadable) as told:
        next(found)
    assert told.value.keys == {"C/1"}
    assert told.value.detail == "case C: party_id 1 [source.key-twice]"


def test_a_party_that_is_named_twice_holds_up_no_other_when_it_is_not_asked_for() -> None:
    case = {"case_id": "C", "version": 1, "parties": [FIRST, FIRST, SECOND]}
    assert [row.key for row in answering(json.dumps(case)).rows(["C/2"])] == ["C/2"]


def test_a_party_that_is_listed_twice_has_one_mark() -> None:
    source = answering('{"cases": [{"case_id": "C", "version": 1, "parties": ["1", "1"]}]}')
    assert [mark.key for mark in source.marks(None, 10)] == ["C/1"]


@pytest.mark.parametrize("party_id", [[], [1], ["1"], {}, {"1": 1}])
def test_a_key_that_is_a_list_or_an_object_makes_its_case_alone_unreadable(party_id: Any) -> None:
    bad = {"case_id": "C", "version": 1, "parties": [FIRST, {"party_id": party_id}]}
    good = {"case_id": "D", "version": 1, "parties": [FIRST]}
    source = serving(lambda path: (200, json.dumps(good if path == "cases/D" else bad)))
    found = source.rows(["C/1", "C/2", "D/1"])
    assert next(found).key == "D/1"
    with pytest.raises(RowsUnreadable) as told:
        next(found)
    assert told.value.keys == {"C/1", "C/2"}
    assert told.value.detail == "case C: party_id [source.schema]"


@pytest.mark.parametrize("member", ["reference", "state", "seq", "code"])
@pytest.mark.parametrize("value", [[], ["EB-1"], {}, {"a": 1}, True, 1.5])
def test_what_a_row_shows_has_the_types_of_the_page(member: str, value: Any) -> None:
    with pytest.raises(GatewayError) as told:
        answering(json.dumps({"rows": [{member: value}]})).shown(["C/1"])
    assert (told.value.code, told.value.where, told.value.detail) == ("source.schema", "cases", f"rows: {member}")


def test_what_a_row_shows_may_be_nothing() -> None:
    members = ("reference", "state", "seq", "code", "tracking_number", "delivered_at", "viewed_at", "service_date")
    shown = answering(json.dumps({"rows": [dict.fromkeys(members)]})).shown(["C/1"])["C/1"]
    assert shown is not None
    assert (shown.reference, shown.seq) == (None, None)
    shown = answering(json.dumps({"rows": [dict.fromkeys(members, "x") | {"seq": 3}]})).shown(["C/1"])["C/1"]
    assert shown is not None
    assert (shown.reference, shown.seq, shown.values["service_date"]) == ("x", 3, "x")
