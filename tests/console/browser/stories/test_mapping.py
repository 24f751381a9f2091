"""A mapping is changed by two persons: bound in the form, approved by the other, compared, in force, rolled back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.console.browser.stories.site import Site
from tests.console.browser.stories.worker import Worker
from tests.debian import needs

pytestmark = [needs("chromium"), pytest.mark.long]

MAPPINGS, VERSION = ("نگاشت‌ها", "Mappings"), "case-view-1@1"
LOOK = ("دیدن آنچه ثبت می‌شود", "See what will be recorded")
SUBMIT, APPROVE = ("ارائه برای تأیید", "Submit for approval"), ("تأیید نسخه", "Approve")
ACTIVATE = ("جاری کردن", "Put in force")
OWN = (
    "این نسخه را خود شما ارائه کرده‌اید. شخص دیگری آن را تأیید می‌کند.",
    "You submitted this version yourself. Another person approves it.",
)
REPLAY = ("اجرای آزمایشی بر ابلاغیه‌های گذشته", "Replay on past notices")
ROLL_BACK = ("بازگرداندن نسخه پیشین برای cases", "Roll back cases")


def test_a_mapping_is_changed_by_two_persons(lived_site: Site) -> None:
    mina = lived_site.signed_in("mina", "مینا رضایی", "mapping-administrator", "approver")
    arash = lived_site.signed_in("arash", "آرش کریمی", "approver")
    edits(mina)
    submits(mina)
    approves(arash)
    compares(mina)
    puts_in_force(mina, lived_site)
    rolls_back(mina, lived_site)


def in_force(site: Site) -> str:
    return str(site.program("mapping", "list")["sources"]["cases"]["in_force"]["version"])


def edits(mina: Worker) -> None:
    mina.click("link", MAPPINGS)
    mina.click("link", ("ویرایش در فرم", "Edit in a form"))
    mina.is_at("/mappings/edit/cases")
    field = mina.page.get_by_role("group", name="recipient.city" if mina.language == "fa" else "recipient: city")
    mina.fill(("ستون", "Column"), "district", field)
    mina.page.keyboard.press("Tab")
    city = re.compile(mina.says((r"^\s*شهر", "recipient: city")))
    expect(mina.page.locator("#preview dl").first.locator("div").filter(has_text=city)).to_contain_text("منطقه")
    mina.fill(("علت تغییر", "Reason of the change"), "نشانی کامل‌تر")
    mina.click("button", ("ذخیره پیش‌نویس", "Save as a draft"))
    mina.is_at("/mappings/versions/case-view-1/1")
    mina.sees(("بررسی‌شده", "Checked"))


def submits(mina: Worker) -> None:
    mina.click("link", SUBMIT)
    mina.click("checkbox", "cases")
    mina.act("آماده بررسی", look=LOOK)
    mina.sees(("در انتظار تأیید", "Waiting for approval"))
    mina.sees(OWN)
    assert not mina.is_offered("link", APPROVE), "nobody approves the own version"
    mina.page.goto(f"{mina.page.url.partition('?')[0]}/approve")
    mina.sees(OWN)
    assert mina.main.get_by_role("button").count() == 0


def approves(arash: Worker) -> None:
    arash.start()
    arash.click("link", ("بررسی و تأیید", "Look at it, and approve it"))
    arash.is_at("/mappings/versions/case-view-1/1")
    arash.click("link", APPROVE)
    arash.act("بررسی شد", look=LOOK)
    arash.sees(("تأییدشده", "Approved"))


def compares(mina: Worker) -> None:
    mina.click("link", MAPPINGS)
    mina.click("link", VERSION)
    mina.click("link", REPLAY)
    mina.click("button", ("مقایسه", "Compare"))
    differing = mina.main.locator("dl > div").filter(has_text=mina.says(("متفاوت است", "differ in fields")))
    expect(differing).to_contain_text(mina.number(36))
    mina.click("link", VERSION)


def puts_in_force(mina: Worker, site: Site) -> None:
    # The command line compares with the present.
    site.catch_up()
    mina.click("link", ACTIVATE)
    mina.click("checkbox", "cases")
    mina.click("radio", ("بی‌درنگ", "at once"))
    mina.act("نامه ۷", look=LOOK)
    mina.sees(("اکنون جاری است برای: cases", "In force now for: cases"))
    assert in_force(site) == VERSION


def rolls_back(mina: Worker, site: Site) -> None:
    mina.click("link", ROLL_BACK)
    mina.act("بازگشت", look=LOOK)
    mina.is_at("/mappings")
    mina.never_sees(("اکنون جاری است برای: cases", "In force now for: cases"))
    assert in_force(site) == "case-view-1@2", "the file of the configuration is a version, too, now"
