"""axe finds nothing to complain of in both languages: on any page, with notices and without, and in its states.

A sample sees each page and each scene once, in one of the languages, and with notices or without.
"""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser

from adapters.composition.installation import Installation
from tests.console.browser.axe import violations
from tests.console.browser.chromium import come_as, windows
from tests.console.browser.scenes import SCENES
from tests.console.browser.stage import PATIENCE, Served, entered
from tests.console.route_paths import pages
from tests.console.signed_in import token_of
from tests.debian import needs

pytestmark = [needs("chromium"), pytest.mark.long]

GROUPS = 8
"""Tests among which pages and scenes are divided, so that processes share them."""


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("state", ["lived", "fresh"])
@pytest.mark.parametrize("group", range(GROUPS))
def test_axe_finds_no_violation(
    request: pytest.FixtureRequest, browser: Browser, group: int, state: str, language: str
) -> None:
    app: Flask = request.getfixturevalue(f"{state}_app")
    installation: Installation = request.getfixturevalue(state)
    address: str = request.getfixturevalue(f"{state}_address")
    found: dict[str, list[str]] = {}
    # One page, since a page of new windows costs a process more than all that axe does.
    with windows(browser, language) as context:
        page = context.new_page()
        for path, role in [*pages(app, installation)][group::GROUPS]:
            come_as(context, address, None if role is None else token_of(role), language)
            answer = page.goto(address + path, timeout=PATIENCE)
            assert answer is not None
            assert answer.status < 500, path
            if wrong := violations(page):
                found[path] = wrong
    assert found == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("group", range(GROUPS))
def test_axe_finds_no_violation_in_any_state(
    scene_consoles: dict[str, Served], browser: Browser, group: int, language: str
) -> None:
    """Neither in previews, nor in forms with mistakes, nor in results; and no page is wider than a narrow screen."""
    found: dict[str, list[str]] = {}
    size = -(-len(SCENES) // GROUPS)
    with windows(browser, language) as context:
        page = context.new_page()
        for scene in SCENES[group * size : (group + 1) * size]:
            scene.play(entered(page, scene_consoles[scene.console], scene.role, language))
            wrong = violations(page)
            page.set_viewport_size({"width": 360, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > 360:
                wrong.append("wider than the screen")
            shown = page.locator("body").inner_text()
            if "�" in shown or "⟨U+" in shown:
                wrong.append("a sign that cannot be shown")
            if wrong:
                found[scene.name] = wrong
    assert found == {}
