"""A column is bound in the browser: counted in clicks, in Persian, with the script and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from adapters.composition.installation import Installation
from adapters.console.language.languages import COOKIE
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Role
from gateway.versions import version_actions
from tests.console.browser.chromium import signed_in
from tests.console.browser.served import served
from tests.console.hidden_signs import SIGNS, escaped, mapping_with
from tests.console.signed_in import token_of
from tests.debian import needs

pytestmark = [needs("chromium"), pytest.mark.long]

MOST_CLICKS = 6
expect.set_options(timeout=120_000)  # a busy machine is no failure


class Hand:
    """Hand of a person on a page: it counts its clicks."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, role: str, name: str, within: str = "body") -> None:
        self.page.locator(within).get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
        self.clicks += 1

    def type(self, text: str) -> None:
        """Type into the field that was clicked, in place of its text; leave it by the keyboard."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")


def bound(page: Page, address: str, *, scripted: bool) -> int:
    """Bind a column from the first page on, see the rows with it, and save; return the number of clicks."""
    page.goto(address)
    hand = Hand(page)
    hand.click("link", "نگاشت‌ها")
    hand.click("link", "ویرایش در فرم")
    hand.click("combobox", "ستون", '[id="f-recipient.city"]')
    hand.type("district")
    rows = page.locator("#preview dl").first
    if not scripted:
        hand.click("button", "نمایش با این ردیف‌ها")
    expect(rows.locator("div", has_text="شهر").filter(has_text="منطقه")).to_have_count(1)
    expect(page.locator('[id="f-recipient.city"]').get_by_label("ستون").first).to_have_value("district")
    hand.click("textbox", "علت تغییر")
    hand.type("نشانی کامل‌تر")
    hand.click("button", "ذخیره پیش‌نویس")
    expect(page).to_have_url(re.compile("/mappings/versions/case-view-1/1"))
    return hand.clicks


def test_a_column_is_bound_in_six_clicks(browser: Browser, installation: Installation) -> None:
    with served(installation) as address, signed_in(browser, address, Role.MAPPING_ADMINISTRATOR, "fa") as context:
        assert bound(context.new_page(), address, scripted=True) <= MOST_CLICKS - 1
    made = installation.store().versions.get("case-view-1", 1)
    assert made is not None
    assert 'target = "recipient.city"\nfrom = "district"\n' in made.octets.decode()


def test_a_browser_sends_hidden_signs_and_line_ends_back(browser: Browser, installation: Installation) -> None:
    """A text that nobody touched keeps its octets, with every sign at once."""
    signs = "a".join(SIGNS.values())
    text = mapping_with(escaped(signs), "\u200f\u00a0")
    made = OperatorAction(name="mapping.import", account="maker", reason="new", at=installation.clock())
    version_actions.import_version(installation.store(), text.encode(), "signs", "", made, "gateway")
    with served(installation) as address, signed_in(browser, address, Role.MAPPING_ADMINISTRATOR, "fa") as context:
        page = context.new_page()
        page.goto(f"{address}/mappings/edit/cases?from=signs@1")
        page.locator('[id="n.recipient.city:from"]').fill("district")
        page.get_by_role("textbox", name="علت تغییر").fill("نشانی")
        page.get_by_role("button", name="ذخیره پیش‌نویس").click()
        expect(page).to_have_url(re.compile("/mappings/versions/case-view-1/1"))
    draft = installation.store().versions.get("case-view-1", 1)
    assert draft is not None
    assert draft.octets.decode().replace('[[field]]\ntarget = "recipient.city"\nfrom = "district"\n\n', "") == text


@pytest.mark.parametrize("width", [360, 1280])
def test_without_a_script_too(browser: Browser, installation: Installation, width: int) -> None:
    with served(installation) as address:
        context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 900})
        try:
            for name, value in ((COOKIE, "fa"), ("eblagh-session", token_of(Role.MAPPING_ADMINISTRATOR))):
                context.add_cookies([{"name": name, "value": value, "url": address}])
            assert bound(context.new_page(), address, scripted=False) <= MOST_CLICKS
        finally:
            context.close()


def test_a_mistake_is_shown_by_itself_and_what_is_typed_stays(browser: Browser, installation: Installation) -> None:
    with served(installation) as address, signed_in(browser, address, Role.MAPPING_ADMINISTRATOR, "fa") as context:
        page = context.new_page()
        page.goto(f"{address}/mappings/edit/cases")
        hand = Hand(page)
        hand.click("combobox", "ستون", '[id="f-subject"]')
        hand.type("subjekt")
        field = page.locator('[id="f-subject"]')
        expect(field.locator(".mistake")).to_contain_text("آیا منظور «subject» است؟")
        expect(field.get_by_label("ستون").first).to_have_value("subjekt")
        page.locator("#says").get_by_role("link", name="موضوع").click()
        hand.click("combobox", "ستون", '[id="f-subject"]')
        hand.type("mobile")
        expect(field.locator(".mistake")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
