"""Refused rows: by reason, with the remedy; gone once they are mended; of the own bodies alone; as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from adapters.console.pages.work import refused_page
from gateway.people.permissions import Role
from tests.console.signed_in import Visitor
from tests.console.troubled import FORMULA, OTHER, OWN, Troubled

Visit = Callable[..., Visitor]


def rows_of(octets: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig"))))


def test_rows_are_grouped_with_the_remedy_in_words(visit_troubled: Visit) -> None:
    page = visit_troubled(Role.OPERATOR).page("/refused")
    assert "رقم کنترل" in page
    assert "کد ملی را از روی کارت ملی" in page
    assert "recipient_id" in page
    assert 'href="/refused?source=cases&amp;code=notice.body&amp;field=body_code"' in page


def test_filters_stand_in_the_address(visit_troubled: Visit) -> None:
    visitor = visit_troubled(Role.OPERATOR, language="en")
    found = visitor.page("/refused?code=notice.body")
    assert "1404-bodyless<" in found
    assert "1404-wrong<" not in found
    assert '<option value="notice.body" selected>' in found
    assert "No refused row matches." in visitor.page("/refused?source=elsewhere")
    assert "No refused row matches." in visitor.page("/refused?field=%00%ff")


def test_a_secretary_sees_rows_of_the_own_body_only(visit_troubled: Visit) -> None:
    """A row without a body that can be read may be anybody's."""
    visitor = visit_troubled(Role.COMMISSION_SECRETARY, {OWN}, "en")
    for page in (visitor.page("/refused"), visitor.page("/refused?source=cases"), visitor.get("/refused.csv").text):
        assert "1404-wrong" in page
        assert "wrong-other" not in page
        assert "bodyless" not in page
    other = visit_troubled(Role.COMMISSION_SECRETARY, {OTHER}, "en")
    assert [row["Row"] for row in rows_of(other.get("/refused.csv").data)] == ["wrong-other"]
    assert "recipient.national-id" not in visit_troubled(Role.COMMISSION_SECRETARY, {"article-99"}).page("/refused")


def test_no_cell_of_the_file_is_a_formula(visit_troubled: Visit) -> None:
    answer = visit_troubled(Role.OPERATOR, language="en").get("/refused.csv?code=recipient")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = rows_of(answer.data)
    assert f"'{FORMULA}" in [row["Row"] for row in rows]
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_pages_follow_a_key(visit_troubled: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused_page, "PAGE", 2)
    visitor, seen = visit_troubled(Role.OPERATOR, language="en"), list[str]()
    address: str | None = "/refused"
    while address is not None:
        page = visitor.page(address)
        rows = page[page.index('id="rows"') :]
        seen += [key for key in ("bodyless", "wrong", "wrong-other", FORMULA) if f'ltr">{key}</bdi><br>' in rows]
        before, more, _ = rows.partition('" rel="next"')
        address = before.rpartition('href="')[2].replace("&amp;", "&") if more else None
    assert sorted(seen) == sorted(["bodyless", "wrong", "wrong-other", FORMULA])


def test_a_mended_row_leaves_by_itself(visit_troubled: Visit, troubles: Troubled) -> None:
    visitor = visit_troubled(Role.OPERATOR)
    assert "۱۴۰۴-to-be-fixed<" in visitor.page("/refused")
    troubles.passes.cases.put("to-be-fixed", recipient_id="0012345679")
    troubles.passes.collect()
    assert "۱۴۰۴-to-be-fixed<" not in visitor.page("/refused")


def test_no_row_is_refused(visit_fresh: Visit) -> None:
    page = visit_fresh(Role.OPERATOR, language="en").page("/refused")
    assert "No row is refused." in page
    assert "<form class" not in page
