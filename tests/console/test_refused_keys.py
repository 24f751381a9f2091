"""Keys and columns of refused rows: half-spaces in them are exact, and identifiers among them are masked."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from adapters.composition.installation import Installation
from adapters.console.pages.work import refused_page
from gateway.notice.source_row import Refusal
from gateway.people.permissions import Role
from gateway.store.stored import Changes
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.console.troubled import OWN, Troubled

Visit = Callable[..., Visitor]
COLUMN = "نوع‌شخص"
PERSON = "0012345679"
AT = datetime(2026, 11, 28, 20, 45, tzinfo=UTC)


def refuse(installation: Installation, keys: Sequence[str], field: str = COLUMN) -> None:
    refusals = [
        Refusal(
            source="cases",
            row_key=key,
            row_version="1",
            code="notice.field-invalid",
            field=field,
            reason="مقدار ستون نادرست است.",
            refused_at=AT,
            case_number=f"case-{number}",
            body="article-100",
        )
        for number, key in enumerate(keys)
    ]
    installation.store().commit(Changes(refusals=refusals))


def pages(reader: Visitor, address: str = "/refused") -> list[str]:
    """Return all pages of a list, by their links; at most a hundred."""
    found = list[str]()
    while address and len(found) < 100:
        found.append(reader.page(address))
        following = re.search(r'href="([^"]+)" rel="next"', found[-1])
        address = html.unescape(following[1]) if following else ""
    return found


def addresses(page: str) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'href="([^"]+)"', page)]


def rows_of(octets: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig"))))


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_every_row_is_seen_once(installation: Installation, monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    monkeypatch.setattr(refused_page, "PAGE", 7)
    refuse(installation, [f"الف‌{number:02}{blank}" for number in range(60)])
    reader = visitor(pages_of(installation), Role.OPERATOR, language="en")
    seen = [case for page in pages(reader) for case in re.findall(r">(case-\d+)</bdi>", page)]
    assert sorted(seen) == sorted(f"case-{number}" for number in range(60))


def test_a_row_at_the_place_of_a_page_may_be_mended_meanwhile(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_page, "PAGE", 2)
    keys = ["a", "b", "c", "d"]
    refuse(installation, keys)
    reader = visitor(pages_of(installation), Role.OPERATOR, language="en")
    following = re.search(r'href="([^"]+)" rel="next"', reader.page("/refused"))
    assert following is not None
    installation.store().commit(Changes(cleared_refusals={("cases", "b"): datetime.now(UTC)}))
    assert re.findall(r">(case-\d+)</bdi>", reader.page(html.unescape(following[1]))) == ["case-2", "case-3"]


def test_the_link_of_a_column_with_a_half_space_finds_its_rows(installation: Installation) -> None:
    refuse(installation, ["1", "2"])
    refuse(installation, ["3"], f" {COLUMN} ")
    reader = visitor(pages_of(installation), Role.OPERATOR, language="en")
    links = [each for each in addresses(reader.page("/refused")) if "field=" in each and ".csv" not in each]
    assert [len(re.findall(r">case-\d+</bdi>", reader.page(each))) for each in links] == [2, 1]


def test_no_page_and_no_address_shows_an_identifier(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_page, "PAGE", 1)
    refuse(installation, [PERSON, f"{PERSON}-2", "3"])
    reader = visitor(pages_of(installation), Role.OPERATOR, language="en")
    shown = pages(reader)
    assert len(shown) == 3
    assert not any(PERSON in page for page in shown)
    assert "••••••••79-2" in shown[1]


def test_a_place_that_nobody_gave_is_the_beginning(installation: Installation) -> None:
    refuse(installation, ["1"])
    reader = visitor(pages_of(installation), Role.OPERATOR, language="en")
    for place in ("x", "%00", "=", "AAAA", "%D8%A7"):
        assert "case-0" in reader.page(f"/refused?after={place}")


@pytest.mark.parametrize(
    ("role", "key"),
    [(Role.APPROVER, "••••••••79"), (Role.MAPPING_ADMINISTRATOR, "••••••••79"), (Role.OPERATOR, PERSON)],
)
def test_the_file_has_keys_for_those_who_may_reveal_them(installation: Installation, role: Role, key: str) -> None:
    refuse(installation, [PERSON])
    [row] = rows_of(visitor(pages_of(installation), role, language="en").get("/refused.csv").data)
    assert row["Row"] == key


def test_the_file_speaks_the_language_of_the_page(installation: Installation) -> None:
    refuse(installation, ["7"])
    app = pages_of(installation)
    [row] = rows_of(visitor(app, Role.OPERATOR).get("/refused.csv").data)
    assert row["ردیف"] == "7"
    assert row["پذیرفته‌نشده از"] == "1405/09/08 00:15"
    assert "مقدار ستون نادرست است." in row.values()
    [row] = rows_of(visitor(app, Role.OPERATOR, language="en").get("/refused.csv").data)
    assert row["Refused since"] == "2026-11-29 00:15"
    assert row["Who must act"] == "municipality"
    assert not any(re.search("[آ-ی]", value) for name, value in row.items() if name != "Field")


def test_the_page_of_a_notice_masks_the_key_of_its_row(own_troubles: Troubled, visit_own: Visit) -> None:
    own_troubles.passes.cases.put(PERSON, body_code=OWN, case_number="1404-by-person", paper_number="P-1")
    [entry] = own_troubles.passes.admit(PERSON)
    page = visit_own(Role.OPERATOR, language="en").page(f"/notices/{entry.reference}")
    assert "1404-by-person" in page
    assert PERSON not in page
    assert "••••••••79</bdi>" in page
