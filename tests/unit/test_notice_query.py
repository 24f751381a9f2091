"""Texts that people type, keys of pages, and bodies that a person may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.errors import GatewayError
from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.search.searched_text import SoughtText, name_endings, name_form, searchable

NOW = datetime(2026, 2, 3, 8, 30, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "text", "begins"),
    [
        ("  ۱۴۰۴/٠٠٠12 ", "1404/00012", False),
        ("1404/*", "1404/", True),
        ("1404/ **", "1404/", True),
        ("علي‌رضا كاظمي", "علیرضا کاظمی", False),
        ("محمّد٭", "محمد", True),
        ("A*B", "a*b", False),
        ("T-1\0", "t-1", False),
        ("\ud800T", "t", False),
    ],
)
def test_a_typed_text_is_folded_and_a_star_says_that_it_goes_on(typed: str, text: str, begins: bool) -> None:
    assert SoughtText.typed(typed) == SoughtText(text, begins)


@pytest.mark.parametrize("typed", [None, "", "  ", "*", " ** ", "\u200c", "\0"])
def test_a_text_that_says_nothing_is_none(typed: str | None) -> None:
    assert SoughtText.typed(typed) is None


@pytest.mark.parametrize("text", ["", "علي", " 1", "A"])
def test_a_sought_text_is_folded(text: str) -> None:
    with pytest.raises(ValueError, match="folded"):
        SoughtText(text)


def test_the_text_of_a_person_is_not_shown_in_logs() -> None:
    assert "کاظمی" not in repr(NoticeQuery(visible_bodies=None, name=SoughtText.typed("کاظمی")))


def test_a_name_has_an_end_from_each_of_its_words() -> None:
    assert name_endings(name_form("علي  محمد كاظمي")) == ["علی محمد کاظمی ", "محمد کاظمی ", "کاظمی "]
    assert name_endings(name_form("علی علی")) == ["علی علی ", "علی "]
    assert name_endings(name_form("")) == []


@given(st.text(alphabet="علیيرضاكک‌ ۱1", max_size=12), st.text(alphabet="علیيرضاكک‌ ۱1*", max_size=5))
def test_a_name_is_found_by_the_beginnings_of_its_ends(name: str, typed: str) -> None:
    sought = SoughtText.typed(typed)
    if sought is not None:
        found = any(end.startswith(sought.in_name_ending) for end in name_endings(name_form(name)))
        assert found == (sought.in_name_form in name_form(name))


@pytest.mark.parametrize("sign", ["\u200c", "\u200b", "\u2060", "\u180e", "\u034f", "\ufe0f", "\U000e0041"])
def test_signs_that_nobody_sees_do_not_count(sign: str) -> None:
    assert name_form(f"حسین{sign}زاده") == name_form("حسین\u200cزاده") == name_form("حسینزاده")
    assert SoughtText.typed(f"1404/12{sign}") == SoughtText.typed("1404/12")
    assert SoughtText.typed(sign) is None


@given(st.text() | st.text(st.characters(categories=["Cf", "Mn", "Lo"])))
def test_what_is_searchable_stays_so(text: str) -> None:
    folded = searchable(text)
    folded.encode("utf-8")
    assert "\0" not in folded
    assert searchable(folded) == folded


def test_a_page_has_a_place_in_an_address() -> None:
    key = PageKey(admitted_at=NOW, reference="EB-ABC234")
    assert key.text == "2026-02-03T08:30:00.000007Z~EB-ABC234"
    assert PageKey.parsed(key.text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EB-ABC234",
        "2026-02-03T08:30:00.000007Z~",
        "2026-02-03T08:30:00.000007Z~EB-ABC234 ",
        "2026-02-03T08:30:00.000007Z~EB-ABC234\n",
        "2026-02-30T08:30:00.000007Z~EB-ABC234",
        "0000-02-03T08:30:00.000007Z~EB-ABC234",
        "2026-02-03T08:30:00Z~EB-ABC234",
        "2026-02-03T08:30:00.000007+03:30~EB-ABC234",
        "۲۰۲۶-02-03T08:30:00.000007Z~EB-ABC234",
        "2026-02-03T08:30:00.000007Z~eb-abc",
        "2026-02-03T08:30:00.000007Z~EB-" + "A" * 99,
    ],
)
def test_no_other_text_is_a_page(text: str) -> None:
    with pytest.raises(GatewayError) as refused:
        PageKey.parsed(text)
    assert refused.value.code == "search.page"


def test_a_person_chooses_among_visible_bodies_alone() -> None:
    def allowed(visible: frozenset[str] | None, chosen: frozenset[str] | None) -> frozenset[str] | None:
        return NoticeQuery(visible_bodies=visible, bodies=chosen).allowed_bodies

    one, other = frozenset({"one"}), frozenset({"other"})
    assert allowed(None, None) is None
    assert allowed(one, None) == allowed(None, one) == allowed(one, one | other) == one
    assert allowed(one, other) == allowed(frozenset(), None) == frozenset()
    with pytest.raises(TypeError, match="visible_bodies"):
        NoticeQuery()  # type: ignore[call-arg]


def test_an_empty_choice_finds_nothing() -> None:
    later = NOW + timedelta(days=1)
    assert not NoticeQuery(visible_bodies=None, states=frozenset(DeliveryState), admitted_before=later).finds_nothing
    for nothing in ({"bodies": frozenset()}, {"kinds": frozenset()}, {"states": frozenset()}, {"recipient": []}):
        assert NoticeQuery(visible_bodies=None, **nothing).finds_nothing  # type: ignore[arg-type]
    assert NoticeQuery(visible_bodies=frozenset()).finds_nothing
