"""A list in a path, a query or a header, as OpenAPI's default styles write it (simple, form)."""

from __future__ import annotations

import pytest
from referencing import Registry

from adapters.contracts.rest_document import In
from adapters.crypto.schema.message_schema import SchemaJudge
from adapters.judiciary.plain_rest.http_form import HttpOperation, HttpParameter
from gateway.trust.trust_policy import Rejection


def operation(place: In) -> HttpOperation:
    judge = SchemaJudge("ids", [], Registry())
    return HttpOperation(
        name="Find",
        method="GET",
        path="/letters/{ids}/state" if place is In.PATH else "/letters",
        parameters=[HttpParameter(name="ids", place=place, required=True, judge=judge)],
        media_type=None,
        body=None,
        body_required=False,
        answers={},
    )


@pytest.mark.parametrize(
    ("values", "target"),
    [
        (["A"], "/letters/A/state"),
        (["A", "B-1", 3], "/letters/A,B-1,3/state"),
        (["a,b", "c/d", "و"], "/letters/a%2Cb,c%2Fd,%D9%88/state"),
        (["..", "A"], "/letters/..,A/state"),
    ],
)
def test_a_list_in_a_path_has_literal_commas(values: list[object], target: str) -> None:
    assert operation(In.PATH).request({"path": {"ids": values}}).target == target


@pytest.mark.parametrize("values", [[], [""], ["."], [".."]])
def test_a_list_that_changes_the_path_is_refused(values: list[object]) -> None:
    with pytest.raises(Rejection, match=r"verify\.schema"):
        operation(In.PATH).request({"path": {"ids": values}})


def test_a_list_in_a_query_repeats_its_name_and_one_in_a_header_has_commas() -> None:
    assert operation(In.QUERY).request({"query": {"ids": ["a,b", "c"]}}).target == "/letters?ids=a%2Cb&ids=c"
    assert operation(In.HEADER).request({"header": {"ids": ["a", "b"]}}).headers == {"ids": "a,b"}
