"""Versions as texts that sort as the database does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.municipal.sql.row_versions import Version, before, bound, text_of
from gateway.runtime.errors import GatewayError

TEHRAN = timezone(timedelta(hours=3, minutes=30))
MOMENT = datetime.fromisoformat("2026-02-03T08:00:00.250000")
NOW = datetime(2026, 2, 4, 8, tzinfo=UTC)

_NUMBERS = st.integers(min_value=0, max_value=2**64 - 1)
_KINDS = {
    "numbers": _NUMBERS,
    "decimals": _NUMBERS.map(Decimal),
    "rowversions": st.binary(min_size=8, max_size=8),
    "times": st.datetimes(),
    "times in a zone": st.datetimes(min_value=MOMENT, timezones=st.sampled_from([UTC, TEHRAN])),
}


@pytest.mark.parametrize("kind", _KINDS)
@given(data=st.data())
def test_texts_sort_as_versions_do_and_come_back_the_same(kind: str, data: st.DataObject) -> None:
    first, second = data.draw(_KINDS[kind]), data.draw(_KINDS[kind])
    assert (text_of(first) < text_of(second)) == (first < second)
    assert bound(text_of(first), second) == first


@pytest.mark.parametrize(
    "version",
    [-1, 1.5, Decimal("1.5"), b"1234", date(2026, 2, 3), "17", "", "1404/11/14 08:00:00", "۲۰۲۶-02-03 08:00:00", None],
)
def test_what_is_no_version_is_told_without_its_value(version: object) -> None:
    with pytest.raises(GatewayError) as caught:
        text_of(version)
    assert (caught.value.code, caught.value.detail) == ("source.version", f"a {type(version).__name__}")


@pytest.mark.parametrize(
    ("version", "like", "earlier"),
    [
        (text_of(100), 7, text_of(90)),
        (text_of(5), b"12345678", text_of(0)),
        (text_of(MOMENT), MOMENT, "2026-02-03T07:59:50.250000"),
        (text_of(MOMENT.replace(tzinfo=TEHRAN)), MOMENT.replace(tzinfo=UTC), "2026-02-03T04:29:50.250000Z"),
        ("2026-02-03 08:00:00.25+03:30", "2026-02-03 08:00:00", "2026-02-03 07:59:50"),
        ("0001-01-01T00:00:05", MOMENT, "0001-01-01T00:00:00.000000"),
    ],
)
def test_ten_before(version: str, like: Version, earlier: str) -> None:
    assert before(version, 10, like, NOW) == earlier


@pytest.mark.parametrize(
    ("version", "like", "meant"),
    [
        ("17", 7, text_of(17)),
        ("2026-02-03", MOMENT, "2026-02-03T00:00:00.000000"),
        ("2026-02-03", MOMENT.replace(tzinfo=UTC), "2026-02-03T00:00:00.000000Z"),
        ("2026-02-03", "2026-02-03T08:00:00Z", "2026-02-03T00:00:00"),
        ("2026-02-03T08:00:00+03:30", MOMENT, None),
        ("17", MOMENT, None),
        ("2026-02-03", 7, None),
        ("-17", 7, None),
    ],
)
def test_a_version_that_a_person_writes(version: str, like: Version, meant: str | None) -> None:
    assert before(version, 0, like, NOW) == meant


@pytest.mark.parametrize(
    ("version", "like", "earlier"),
    [
        ("2026-02-04T07:59:59", MOMENT, "2026-02-04T07:59:49.000000"),
        ("2026-02-04T08:00:01", MOMENT, "2026-02-04T07:59:50.000000"),
        ("2026-02-04T08:00:01.000000Z", MOMENT.replace(tzinfo=TEHRAN), "2026-02-04T07:59:50.000000Z"),
        ("9999-12-31 23:59:59.9+03:30", "2026-02-03 08:00:00", "2026-02-04 07:59:50"),
        (text_of(2**63), 7, text_of(2**63 - 10)),
    ],
)
def test_a_time_that_has_not_come_yet_counts_as_the_present(version: str, like: Version, earlier: str) -> None:
    assert before(version, 10, like, NOW) == earlier
