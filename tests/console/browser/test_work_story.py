"""A day in the browser: a secretary claims from Today, comments and hands over; the colleague finds it as the own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from adapters.acts.act_message import Request
from adapters.acts.registry import perform
from adapters.console.language.languages import COOKIE
from adapters.http.wsgi_service import WsgiService
from adapters.web.server import WebServer
from gateway.operations.operator_action import NOT_AUTHENTICATED
from gateway.runtime.clock import system_clock
from tests.console.real_people import Console, real_console
from tests.console.signed_in import BODY
from tests.debian import needs
from tests.manual_clock import ManualClock

pytestmark = [needs("chromium"), pytest.mark.long]


@pytest.fixture
def console(lived_folder: Path, tmp_path: Path) -> Iterator[Console]:
    folder = tmp_path / "copy"
    shutil.copytree(lived_folder, folder)
    with real_console(folder / "gateway.toml", ManualClock(system_clock())) as opened:
        yield opened


@pytest.fixture
def address(console: Console) -> Iterator[str]:
    server = WebServer("127.0.0.1:0")
    server.service = WsgiService(console.app)
    server.start()
    try:
        yield server.url
    finally:
        server.close()


def page_of(browser: Browser, console: Console, address: str, login: str, name: str, role: str, *bodies: str) -> Page:
    """Return a page of an enrolled person, whose session began without the browser."""
    asked = {"login": login, "name": name, "roles": [role], "bodies": list(bodies)}
    request = Request(name="person.add", reason="نامه ۱۲۳", arguments=asked)
    facts = perform(console.installation, request, "root", NOT_AUTHENTICATED)
    token = console.enrolled(login, facts["one_time_code"]).token
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    host = {"domain": "127.0.0.1", "path": "/"}
    context.add_cookies(
        [{"name": "eblagh-session", "value": token, **host}, {"name": COOKIE, "value": "fa", **host}]  # type: ignore[list-item, misc]
    )
    page = context.new_page()
    page.goto(address)
    return page


def test_work_goes_from_one_person_to_another(browser: Browser, console: Console, address: str) -> None:
    sara = page_of(browser, console, address, "sara", "سارا محمدی", "commission-secretary", BODY)
    reza = page_of(browser, console, address, "reza", "رضا صادقی", "operator")
    expect(sara.locator("#mine")).to_have_count(0)
    sara.get_by_role("button", name="بر عهده گرفتن پیگیری").first.click()
    mine = sara.locator("#mine + ol > li")
    expect(mine).to_have_count(1)
    reza.reload()
    reza.get_by_text("بر عهده دیگران").click()
    expect(reza.get_by_text("پیگیری بر عهده سارا محمدی است.")).to_be_visible()

    mine.get_by_role("link", name="یادداشت و ارجاع").click()
    sara.get_by_text("نوشتن یادداشت", exact=True).click()
    sara.locator("textarea#comment").fill("با مالک صحبت شد")
    sara.get_by_role("button", name="ثبت یادداشت").click()
    expect(sara.get_by_text("با مالک صحبت شد")).to_be_visible()
    sara.get_by_text("ارجاع پیگیری به همکار").click()
    sara.get_by_label("ارجاع به").select_option("رضا صادقی")
    sara.locator("textarea#hand-over-comment").fill("لطفاً امروز پیگیری کنید")
    sara.get_by_role("button", name="ارجاع", exact=True).click()
    expect(sara.get_by_text("پیگیری بر عهده رضا صادقی است.")).to_be_visible()

    reza.reload()
    his = reza.locator("#mine + ol > li")
    expect(his).to_have_count(1)
    expect(his).to_contain_text("با ارجاع سارا محمدی")
    his.get_by_role("link", name="یادداشت و ارجاع").click()
    expect(reza.get_by_text("لطفاً امروز پیگیری کنید")).to_be_visible()
    expect(reza.get_by_text("با مالک صحبت شد")).to_be_visible()
