"""Errors inside an ordinary answer: which are faults, and which a mapping decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.judiciary.mapped.error_container import MAX_WORDS, NO_CODE, ErrorContainer
from adapters.judiciary.wire import Fault

CONTAINER = ErrorContainer(
    code=("*", "Code"), text=("*", "Text"), good=frozenset({"0", "1"}), faults=frozenset({"-3", "-6"})
)


def answer(code: object, text: object = "متن") -> dict[str, Any]:
    return {"SendResult": {"Code": code, "Text": text}}


@pytest.mark.parametrize(
    ("code", "mapped", "fault"),
    [
        ("0", True, None),
        ("1", False, None),
        (0, False, None),
        ("-3", True, "-3"),
        ("-3", False, "-3"),
        (-6, True, "-6"),
        ("-11", True, None),  # it may say something about the notice: its table decides
        ("-11", False, "-11"),  # a page or a confirmation has no such table
        (None, True, None),
        (None, False, NO_CODE),
        (" 0 ", False, None),
    ],
)
def test_a_code_is_good_a_fault_or_the_mappings(code: object, mapped: bool, fault: str | None) -> None:
    found = CONTAINER.fault(answer(code), mapped=mapped)
    assert found == (None if fault is None else Fault(code=fault, text="متن"))


def test_an_answer_that_succeeded_may_have_no_container() -> None:
    there_if_failed = replace(CONTAINER, code=("Error", "Code"), good=frozenset({NO_CODE}))
    assert there_if_failed.fault({"Next": "1"}, mapped=False) is None
    assert there_if_failed.fault({"Error": {"Code": "-9"}}, mapped=False) == Fault(code="-9", text="")


LISTED = ErrorContainer(
    code=("Error", "Code"), text=("Error", "Text"), good=frozenset({NO_CODE}), faults=frozenset({"-3"})
)
GOOD = replace(LISTED, good=frozenset({"0"}))


@pytest.mark.parametrize("container", [LISTED, GOOD], ids=["only_if_failed", "good"])
@pytest.mark.parametrize(
    ("errors", "code", "text"),
    [
        ([{"Code": "-8", "Text": "a"}, {"Code": "-9", "Text": "b"}], "-8", "a; b"),
        ([{"Code": "-8", "Text": "a"}, {"Code": "-3", "Text": "b"}], "-3", "a; b"),
        ([{"Code": ["-8", "-9"]}], "-8", ""),
        ({"Code": {"@lang": "fa", "#text": " -8 "}, "Text": {"@lang": "fa", "#text": "بد"}}, "-8", "بد"),
        ([{"Code": {"@lang": "fa", "#text": "-8"}}, {"Code": {"@lang": "en", "#text": "-8"}}], "-8", ""),
        ({"Code": True}, "true", ""),
        ({"Code": 1.5}, "1.5", ""),
    ],
)
def test_a_code_in_any_form_is_read_as_a_fault(container: ErrorContainer, errors: object, code: str, text: str) -> None:
    found = container.fault({"Error": errors}, mapped=False)
    assert found == Fault(code=code, text=text)
    assert (container.fault({"Error": errors}, mapped=True) is None) == (code != "-3")


def test_of_several_codes_the_first_that_is_not_good_counts() -> None:
    assert GOOD.fault({"Error": [{"Code": "0"}, {"Code": {"@a": "b", "#text": "0"}}]}, mapped=False) is None
    assert GOOD.fault({"Error": [{"Code": "0"}, {"Code": "-8"}]}, mapped=False) == Fault(code="-8", text="")


@pytest.mark.parametrize("errors", [None, [], {}, {"Code": None}, {"Code": {"@lang": "fa"}}, [{"Code": ""}]])
def test_without_any_code_the_container_is_empty(errors: object) -> None:
    assert LISTED.fault({"Error": errors}, mapped=False) is None
    assert GOOD.fault({"Error": errors}, mapped=False) == Fault(code=NO_CODE, text="")


@pytest.mark.parametrize("code", ["-8", {"@lang": "fa", "#text": "-8"}])
def test_a_path_may_name_the_text_itself(code: object) -> None:
    container = replace(LISTED, code=("Error", "Code", "#text"))
    assert container.fault({"Error": {"Code": code}}, mapped=False) == Fault(code="-8", text="")


def test_codes_and_words_have_no_character_that_a_database_cannot_hold() -> None:
    found = CONTAINER.fault(answer("-1\0", "بد\0 \ud800است"), mapped=False)
    assert found == Fault(code="-1\ufffd", text="بد\ufffd \ufffdاست")


def test_the_words_are_for_a_person_and_bounded() -> None:
    found = CONTAINER.fault(answer("-3", "ن" * 2000), mapped=False)
    assert found is not None
    assert len(found.text) == MAX_WORDS
    assert found.shown.startswith("-3: ن")


@pytest.mark.parametrize("tree", [None, "0", [], {}, {"a": {"Code": "0"}, "b": {}}])
def test_an_answer_without_the_container_is_a_fault_where_no_mapping_decides(tree: object) -> None:
    found = CONTAINER.fault(tree, mapped=False)
    assert found is not None
    assert found.code == NO_CODE
