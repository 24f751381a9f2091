"""axe finds nothing to complain of on any page, with notices and without, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser

from adapters.composition.installation import Installation
from tests.console.browser.chromium import signed_in
from tests.console.route_paths import pages
from tests.debian import needs

pytestmark = needs("chromium")


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("state", ["lived", "fresh"])
def test_axe_finds_no_violation(request: pytest.FixtureRequest, browser: Browser, state: str, language: str) -> None:
    app: Flask = request.getfixturevalue(f"{state}_app")
    installation: Installation = request.getfixturevalue(state)
    address: str = request.getfixturevalue(f"{state}_address")
    found: dict[str, list[str]] = {}
    for path, role in pages(app, installation):
        with signed_in(browser, address, role, language) as context:
            page = context.new_page()
            answer = page.goto(address + path)
            assert answer is not None
            assert answer.status < 500, path
            violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
            if violations:
                found[path] = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]
    assert found == {}
