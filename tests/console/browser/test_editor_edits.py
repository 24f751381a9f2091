"""Edits of the mapping editor in the browser: none is lost without a question, and marks of fields follow messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from adapters.composition.installation import Installation
from gateway.people.permissions import Role
from tests.console.browser.chromium import come_as, windows
from tests.console.browser.served import served
from tests.console.signed_in import token_of
from tests.debian import needs

pytestmark = needs("chromium")

EDITOR = "/mappings/edit/cases"
CITY = '[id="n.recipient.city:from"]'
COOKIE = "eblagh-session"
expect.set_options(timeout=120_000)  # a busy machine is no failure


Pages = dict[str, Page]
"""A page for each language, which tests use one after the other."""


@pytest.fixture(scope="module")
def pages(browser: Browser) -> Iterator[Pages]:
    with windows(browser, "fa") as persian, windows(browser, "en") as english:
        yield {"fa": persian.new_page(), "en": english.new_page()}


@contextmanager
def opened(pages: Pages, installation: Installation, language: str = "en") -> Iterator[tuple[Page, str]]:
    """Open the editor as a person does; yield the page and the address of the console.

    A page whose test failed is used no more: it may have listeners still.
    """
    page = pages[language]
    with served(installation) as address:
        come_as(page.context, address, token_of(Role.MAPPING_ADMINISTRATOR), language)
        try:
            page.goto(f"{address}{EDITOR}")
            yield page, address
        except BaseException:
            page.context.set_offline(False)
            pages[language] = page.context.new_page()
            page.close()
            raise


def typed(page: Page, place: str, text: str) -> None:
    page.locator(place).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def shown(page: Page, text: str) -> None:
    """Wait for rows of the form as it stands."""
    expect(page.locator("#preview")).to_contain_text(text)
    expect(page.locator("#preview[data-stale]")).to_have_count(0)


@contextmanager
def answered(page: Page) -> Iterator[list[str]]:
    """Answer every question of the browser with yes; yield the list of their types, which grows with each."""
    found: list[str] = []

    def leave(dialog: Dialog) -> None:
        found.append(dialog.type)
        dialog.accept()  # one that nobody answers stops the page for ever

    page.on("dialog", leave)
    yield found
    page.remove_listener("dialog", leave)


def asked(page: Page, selector: str) -> int:
    """Click on what leads away, and stay; return the number of questions."""
    found: list[str] = []

    def stay(dialog: Dialog) -> None:
        found.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator(selector).first.click()
    expect(page.locator("#main")).to_be_visible()
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    page.remove_listener("dialog", stay)
    return found.count("beforeunload")


@pytest.mark.long
@pytest.mark.parametrize(
    "selector", ["header a[hreflang]", "main a", "details.more > form button", "header nav a", "header form button"]
)
def test_leaving_with_unsaved_edits_asks_first(pages: Pages, installation: Installation, selector: str) -> None:
    """The language, any link, another beginning and the end of the session: each would lose what was typed."""
    with opened(pages, installation) as (page, _):
        typed(page, CITY, "district")
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        assert asked(page, selector) == 1
        assert page.url.endswith(EDITOR)
        expect(page.locator(CITY)).to_have_value("district")


def test_a_form_that_nobody_changed_is_left_without_a_question(pages: Pages, installation: Installation) -> None:
    with opened(pages, installation) as (page, _), answered(page) as questions:
        typed(page, CITY, "")
        page.locator("header a[hreflang]").click()
        expect(page.locator("html")).to_have_attribute("lang", "fa")
        assert questions == []


def test_saving_asks_nothing_and_a_refused_draft_still_has_unsaved_edits(
    pages: Pages, installation: Installation
) -> None:
    with opened(pages, installation) as (page, _):
        typed(page, CITY, "district")
        page.locator('button[value="save"]').click()
        expect(page.locator('main .notice.bad[role="alert"]').first).to_be_visible()
        expect(page.locator(CITY)).to_have_value("district")
        assert asked(page, "header a[hreflang]") == 1
        typed(page, '[name="reason"]', "نامه")
        with answered(page) as questions:
            page.locator('button[value="save"]').click()
            expect(page).to_have_url(re.compile("/mappings/versions/case-view-1/1"))
        assert questions == []


def _sign_out(context: BrowserContext) -> None:
    context.clear_cookies(name=COOKIE)


def _sign_in(context: BrowserContext, address: str, role: Role = Role.MAPPING_ADMINISTRATOR) -> None:
    context.add_cookies([{"name": COOKIE, "value": token_of(role), "url": address}])


@pytest.mark.long
@pytest.mark.parametrize(("language", "words"), [("fa", "نشست شما پایان یافته است"), ("en", "your session is over")])
def test_the_end_of_the_session_is_told_and_loses_nothing(
    pages: Pages, installation: Installation, language: str, words: str
) -> None:
    """The preview says so, saving does not leave the page, and both work again after a sign-in in another window."""
    with opened(pages, installation, language) as (page, address):
        typed(page, CITY, "district")
        shown(page, "منطقه")
        _sign_out(page.context)
        typed(page, CITY, "address")
        state = page.locator("#preview-state")
        expect(state).to_contain_text(words)
        assert state.get_attribute("role") == "status"
        typed(page, '[name="reason"]', "نامه")
        page.locator('button[value="save"]').click()
        expect(state.get_by_role("link")).to_be_visible()
        assert page.url.endswith(EDITOR)
        expect(page.locator(CITY)).to_have_value("address")
        _sign_in(page.context, address)
        page.locator('button[value="save"]').click()
        expect(page).to_have_url(re.compile("/mappings/versions/case-view-1/1"))


def test_another_person_in_the_same_browser_saves_nothing(pages: Pages, installation: Installation) -> None:
    with opened(pages, installation) as (page, address):
        typed(page, CITY, "district")
        _sign_in(page.context, address, Role.APPROVER)
        typed(page, '[name="reason"]', "نامه")
        page.locator('button[value="save"]').click()
        expect(page.locator("#preview-state")).to_contain_text("another person has signed in")
        expect(page.locator(CITY)).to_have_value("district")


def test_a_gateway_that_does_not_answer_is_told(pages: Pages, installation: Installation) -> None:
    with opened(pages, installation) as (page, _):
        page.context.set_offline(True)
        typed(page, CITY, "district")
        expect(page.locator("#preview-state")).to_contain_text("the gateway does not answer")
        page.locator('button[value="save"]').click()
        expect(page.locator(CITY)).to_have_value("district")
        page.context.set_offline(False)
        typed(page, CITY, "address")
        shown(page, "recipient: city")
        expect(page.locator("#preview-state")).to_have_text(re.compile(r"^\s*$"), use_inner_text=True)


def test_a_refused_preview_says_why(pages: Pages, installation: Installation) -> None:
    """Such as a version that this program does not accept any more: the rows are not those of the form."""
    with opened(pages, installation) as (page, _):
        page.evaluate("document.querySelector('[name=from]').value = 'nobody@1'")
        typed(page, CITY, "district")
        expect(page.locator("#preview-state")).to_contain_text("not those of the form")


@pytest.mark.long
@pytest.mark.parametrize(
    ("place", "bad", "good"),
    [
        ("from", "subjekt", "subject"),
        ("do.0", "of nobody", ""),
        ("when", "x", ""),
    ],
)
def test_marks_of_wrong_fields_follow_the_messages(
    pages: Pages, installation: Installation, place: str, bad: str, good: str
) -> None:
    """A live mistake marks its field, and a corrected field has no mark, also after a draft that was refused."""
    with opened(pages, installation) as (page, _):
        rule = page.locator('[id="f-subject"] input').first.get_attribute("id") or ""
        field = f'[id="{rule.partition(":")[0]}:{place}"]'
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        typed(page, field, bad)
        expect(page.locator(field)).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f".field.wrong {field}")).to_have_count(1)
        typed(page, '[name="reason"]', "نامه")
        with page.expect_navigation():
            page.locator('button[value="save"]').click()
        expect(page.locator("#says .notice")).to_be_visible()
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        typed(page, field, good)
        expect(page.locator('[id="f-subject"] .mistake')).to_have_count(0)
        expect(page.locator(f"{field}[aria-invalid]")).to_have_count(0)
        expect(page.locator(f".field.wrong {field}")).to_have_count(0)
