"""A person acts on five hundred notices in a real browser, and watches the progress without a click."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.notices.bulk_words import ENDS, HARMS
from gateway.people.permissions import Role
from gateway.runtime.may_continue import MayContinue, always
from gateway.store.bulk_act import BulkDeed, BulkEnd
from tests.conformance.builders import admit, entry
from tests.console.browser.axe import violations
from tests.console.browser.chromium import signed_in
from tests.console.browser.served import served
from tests.debian import needs
from tests.passes.bulk import add_person, only

pytestmark = [needs("chromium"), pytest.mark.long]

NUMBER = 500


@pytest.fixture
def many(fresh_folder: Path, tmp_path: Path) -> Iterator[Installation]:
    """Return an installation with five hundred queued notices, and an operator who is known in the store, too."""
    folder = tmp_path / "many"
    shutil.copytree(fresh_folder, folder)
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        admit(installation.store(), *(entry(number) for number in range(1, NUMBER + 1)))
        now = installation.clock()
        add_person(installation.store(), now, Role.OPERATOR, login="operator-1", id="id-of-operator")
        yield installation


def go_on(installation: Installation, may_continue: MayContinue = always) -> None:
    [task] = tasks(installation, ["acts"])
    task.run(may_continue)


def test_five_hundred_notices_are_held(many: Installation, browser: Browser) -> None:
    with served(many) as address, signed_in(browser, address, Role.OPERATOR, "fa") as context:
        page = context.new_page()
        page.goto(f"{address}/notices?state={DeliveryState.QUEUED}")
        page.get_by_role("link", name=re.compile("هر ۵۰۰ ابلاغیه")).click()
        assert violations(page) == []
        page.get_by_label("نگه داشتن", exact=True).check()
        page.get_by_label("علت").fill("دستور موقت دیوان")
        page.get_by_role("button", name="پیش‌نمایش").click()
        expect(page.get_by_text(HARMS[BulkDeed.HOLD].fa)).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name=re.compile("۵۰۰")).click()
        bar = page.get_by_role("progressbar")
        expect(bar).to_have_attribute("value", "0")
        assert violations(page) == []
        # Two batches, which the page shows by itself.
        go_on(many, only(5))
        expect(bar).to_have_attribute("value", "100", timeout=0)
        go_on(many)
        expect(page.get_by_text(ENDS[BulkEnd.DONE].fa)).to_be_visible(timeout=0)
        expect(bar).to_have_attribute("value", str(NUMBER))
        assert violations(page) == []
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile("صفحه‌گسترده")).click()
        lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == NUMBER + 1
    found = many.store().notices.entries([entry(number).reference for number in range(1, NUMBER + 1)])
    assert all(each.held for each in found.values())
