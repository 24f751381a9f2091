"""Paths through lists: XML writes a list of one as its element alone, and a path reads both alike."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.model.budget import Budget
from gateway.mapping.model.paths import compile_path, parse_path


def read(path: str, document: Any) -> Any:
    return compile_path(parse_path(path))(document, document, Budget())


texts = st.text(max_size=3)


@given(texts)
def test_one_element_alone_is_read_as_a_list_of_one(text: str) -> None:
    alone, listed = {"paper": {"no": text}}, {"paper": [{"no": text}]}
    for path, found in (("paper[0].no", text), ("paper[*].no", [text]), ("paper[1].no", None)):
        assert read(path, alone) == read(path, listed) == found


@given(st.lists(texts, max_size=4))
def test_each_element_of_a_list_is_read_in_its_order(values: list[str]) -> None:
    assert read("paper[*].no", {"paper": [{"no": value} for value in values]}) == values
    assert read("names[*]", {"names": values}) == values


@pytest.mark.parametrize("path", ["paper[*].no", "paper[0].no", "paper.no"])
@pytest.mark.parametrize("document", [{}, {"paper": None}])
def test_where_nothing_is_nothing_is_read(path: str, document: dict[str, Any]) -> None:
    assert read(path, document) is None


def test_what_an_element_lacks_is_left_out() -> None:
    assert read("paper[*].no", {"paper": [{"no": "1"}, {}, {"no": "3"}]}) == ["1", "3"]
