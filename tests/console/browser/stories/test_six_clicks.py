"""A new user without documents does four things from *Today*, each in at most six clicks.

A field that is typed into counts as a click: people click into it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.console.browser.stories.sample_person import recipient
from tests.console.browser.stories.site import Site
from tests.console.browser.stories.worker import NOTICES
from tests.console.troubled import Troubled
from tests.debian import needs

pytestmark = needs("chromium")

MOST = 6


def test_a_column_is_bound(lived_site: Site) -> None:
    mina = lived_site.signed_in("mina", "مینا رضایی", "mapping-administrator")
    mina.click("link", ("نگاشت‌ها", "Mappings"))
    mina.click("link", ("ویرایش در فرم", "Edit in a form"))
    field = mina.page.locator('[id="f-recipient.city"]')
    mina.fill(("ستون", "Column"), "district", field)
    mina.page.keyboard.press("Tab")
    mina.fill(("علت تغییر", "Reason of the change"), "نشانی کامل‌تر")
    mina.click("button", ("ذخیره پیش‌نویس", "Save as a draft"))
    mina.is_at("/mappings/versions/case-view-1/1")
    assert mina.clicks <= MOST


def test_a_notice_is_found_by_its_person(lived_site: Site) -> None:
    person = recipient(lived_site.folder, "article-100", "NO_ACCOUNT")
    sara = lived_site.signed_in("sara", "سارا محمدی", "commission-secretary", bodies=("article-100",))
    sara.click("link", NOTICES)
    sara.look_for(person.identifier)
    sara.click("link", person.name, sara.main)
    sara.is_at("/notices/EB-[A-Z2-7]{32}")
    assert sara.clicks <= MOST


@pytest.mark.long
def test_a_doubt_is_resolved(troubled_site: Site, troubles_here: Troubled) -> None:
    reza = troubled_site.signed_in("reza", "رضا صادقی", "operator")
    item = reza.main.locator("li").filter(has_text=re.compile(f"{reza.number('1404-absent')}(?!-)"))
    reza.click("link", ("تعیین تکلیف: ارسال دوباره یا پس گرفتن", "Decide: send again or withdraw"), item)
    reza.click("radio", ("دوباره ارسال شود", "Send it again"))
    reza.act("نامه ۵")
    assert reza.clicks <= MOST
    assert troubled_site.state(troubles_here.notices["absent"]) == "QUEUED"


def test_evidence_is_taken_away(sandbox_site: Site, tmp_path: Path) -> None:
    person = recipient(sandbox_site.folder, "article-100", "VIEWED")
    sara = sandbox_site.signed_in("sara", "سارا محمدی", "commission-secretary", bodies=("article-100",))
    sandbox_site.catch_up()
    sara.click("link", NOTICES)
    sara.look_for(person.identifier)
    sara.click("link", person.name, sara.main)
    file = sara.save(("فایل شواهد برای ارائه به دادگاه", "Evidence file for a court"), tmp_path / "one.asice")
    assert file.read_bytes().startswith(b"PK")
    assert sara.clicks <= MOST
