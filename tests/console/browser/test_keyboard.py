"""The keyboard suffices: it skips the navigation, its focus is seen, and after a mistake it begins there, one step away
from the field."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.people.permissions import Role
from tests.console.browser import intake_scenes, mapping_scenes, notice_scenes, people_scenes
from tests.console.browser.chromium import windows
from tests.console.browser.stage import PATIENCE, Served, Stage, entered
from tests.debian import needs

pytestmark = [needs("chromium"), pytest.mark.long]
expect.set_options(timeout=PATIENCE)

FOCUSED = "document.activeElement.id"
OUTLINE = (
    "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """Yield the one page of these tests, each of which opens an address in it as another person (`entered`)."""
    with windows(browser, "fa") as context:
        yield context.new_page()


def test_the_first_step_skips_the_navigation(scene_consoles: dict[str, Served], page: Page) -> None:
    stage = entered(page, scene_consoles["lived"], Role.OPERATOR, "fa")
    page.goto(f"{stage.at.address}/notices")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("path", ["/", "/notices", "/notices/acts/new"])
def test_the_focus_is_seen_at_each_step(scene_consoles: dict[str, Served], page: Page, path: str) -> None:
    stage = entered(page, scene_consoles["lived"], Role.OPERATOR, "fa")
    page.goto(stage.at.address + path)
    steps = 0
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        assert page.evaluate(OUTLINE) == "solid3px", page.evaluate("document.activeElement.outerHTML")
        steps += 1
    assert steps > 5, "the menu alone has more"


MISTAKES: list[tuple[Callable[[Stage], None], str, Role | str | None, str]] = [
    (intake_scenes.intake_mistakes, "lived", Role.COMMISSION_SECRETARY, "case_number"),
    (notice_scenes.notice_act_mistake, "troubled", Role.OPERATOR, "act-reason"),
    (notice_scenes.doubt_mistake, "troubled", Role.OPERATOR, "reason"),
    (notice_scenes.bulk_mistake, "lived", Role.OPERATOR, "reason"),
    (mapping_scenes.editor_mistake, "lived", Role.MAPPING_ADMINISTRATOR, "f-subject"),
    (mapping_scenes.version_life_mistake, "lived", Role.MAPPING_ADMINISTRATOR, "source-1"),
    (people_scenes.person_mistake, "real", "officer", "login"),
    (people_scenes.account_password_mistake, "real", "officer", "again"),
]
"""Scenes, each with its console and person, and the field to which the first link of its message leads."""
GROUPS_OF_FIELDS = ("f-subject", "source-1")
"""A group of fields, and the first of its checkboxes: neither is the one field that is wrong."""


@pytest.mark.parametrize(("play", "console", "role", "field"), MISTAKES, ids=[each[0].__name__ for each in MISTAKES])
def test_after_a_mistake_the_first_step_is_the_link_to_the_field(
    scene_consoles: dict[str, Served],
    page: Page,
    play: Callable[[Stage], None],
    console: str,
    role: Role | str | None,
    field: str,
) -> None:
    stage = entered(page, scene_consoles[console], role, "fa")
    play(stage)
    expect(page.locator('main .notice.bad[role="alert"]').first).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == f"#{field}"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED) == field
    if field not in GROUPS_OF_FIELDS:
        assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
