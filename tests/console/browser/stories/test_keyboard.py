"""Somebody without a mouse signs in, finds a notice, and decides a doubt: with Tab, Enter, Space and text alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.console.browser.stories.keyboard import Keyboard
from tests.console.browser.stories.site import CODE, LOGIN, PASSWORD_FIELD, SIGN_IN, Site
from tests.console.browser.stories.worker import (
    CONFIRM,
    FIND,
    NOTICES,
    PREVIEW,
    REASON,
    RECORDED,
    SEARCH,
    Words,
    Worker,
)
from tests.console.troubled import Troubled
from tests.debian import needs
from tests.people import PASSWORD

pytestmark = [needs("chromium"), pytest.mark.long]

SKIP = ("رفتن به متن صفحه", "Skip to the content")
TRACKING = (
    "شماره رهگیری، اگر قوه قضاییه آن را اعلام کرده است",
    "Tracking number, if the judiciary told you one",
)


def test_a_day_without_a_mouse(troubled_site: Site, troubles_here: Troubled) -> None:
    troubled_site.invited("reza", "رضا صادقی", "operator")
    reza = troubled_site.stranger("reza")
    keys = Keyboard(reza.page)
    reza.start()
    signs_in(reza, keys, troubled_site)
    finds(reza, keys, troubles_here.notices["untold"])
    decides(reza, keys, troubles_here.notices["untold"])
    assert troubled_site.state(troubles_here.notices["untold"]) == "SUBMITTED"
    assert reza.clicks == 0


def named(reza: Worker, kind: str, words: Words) -> Locator:
    return reza.page.get_by_role(kind, name=reza.says(words), exact=True).first  # type: ignore[arg-type]


def signs_in(reza: Worker, keys: Keyboard, site: Site) -> None:
    # The fields follow each other as they are read.
    keys.type(reza.page.get_by_label(reza.says(LOGIN)), "reza")
    password = reza.page.get_by_label(reza.says(PASSWORD_FIELD))
    assert keys.reach(password) == 1
    reza.page.keyboard.type(PASSWORD)
    assert keys.reach(reza.page.get_by_label(reza.says(CODE))) == 1
    reza.page.keyboard.type(site.code("reza"))
    assert keys.reach(named(reza, "button", SIGN_IN)) == 1
    reza.page.keyboard.press("Enter")
    reza.is_at("/")


def finds(reza: Worker, keys: Keyboard, reference: str) -> None:
    keys.enter(named(reza, "link", NOTICES))
    reza.is_at("/notices")
    # The first stop of each page leads past the menu.
    assert keys.reach(named(reza, "link", SKIP)) == 1
    reza.page.keyboard.press("Enter")
    keys.type(reza.page.get_by_label(reza.says(SEARCH), exact=True), "P-untold")
    assert keys.reach(named(reza, "button", FIND)) == 1
    reza.page.keyboard.press("Enter")
    expect(reza.main.locator("tbody tr")).to_have_count(1)
    keys.enter(reza.main.locator("tbody a").first)
    reza.is_at(f"/notices/{reference}")


def decides(reza: Worker, keys: Keyboard, reference: str) -> None:
    keys.enter(reza.main.locator(f'a[href="/queue/doubts/{reference}"]').first)
    reza.is_at(f"/queue/doubts/{reference}")
    received = ("دریافت‌شده از سوی قوه قضاییه تلقی شود", "Count it as received by the judiciary")
    keys.space(named(reza, "radio", received))
    keys.type(reza.main.get_by_label(reza.says(TRACKING)), "T-104")
    keys.type(reza.main.get_by_label(reza.says(REASON), exact=True), "با تلفن پرسیده شد")
    keys.enter(named(reza, "button", PREVIEW))
    expect(reza.main.locator("pre")).to_contain_text("T-104")
    keys.enter(named(reza, "button", CONFIRM))
    reza.sees(RECORDED)
