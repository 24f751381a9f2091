"""The compiled mapping makes of a row what the mapper by hand makes of it, and refuses it for the same reasons."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.bench.mapper_by_hand import MapperByHand
from gateway.mapping import RowRefused
from gateway.notice.notice import Notice
from gateway.notice.source_row import CaseRow, Value
from tests.mappers import case_mapper

from .rows import BODIES, GOOD

COMPILED, BY_HAND = case_mapper(BODIES), MapperByHand(BODIES)

words = st.sampled_from(
    [
        "",
        " ",
        "\u200f",
        "حقوقی",
        "اتباع",
        "legal",
        "14007650912",
        "123456789012",
        "1403/12/30",
        "1404/13/01",
        "article-9",
    ]
)
values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    words,
    st.text(max_size=30),
    st.integers(),
    st.floats(),
    st.binary(max_size=30),
    st.booleans(),
    st.dates(),
)


def made(mapper: object, row: CaseRow) -> tuple[str, str, str] | Notice:
    try:
        return mapper.map(row)  # type: ignore[attr-defined, no-any-return]
    except RowRefused as refused:
        return refused.code, refused.field, refused.reason


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), values, max_size=4))
def test_both_mappers_say_the_same_of_a_row(changed: dict[str, Value]) -> None:
    row = CaseRow(source="cases", key="17", version="4", fields=GOOD | changed)
    assert made(COMPILED, row) == made(BY_HAND, row)
