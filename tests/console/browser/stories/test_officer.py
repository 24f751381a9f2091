"""A security officer's day: a person is invited and enrols, gets other work, and leaves."""

from __future__ import annotations

import re

import pyotp
from playwright.sync_api import Locator, expect

from tests.console.browser.stories.site import CODE, LOGIN, PASSWORD_FIELD, SIGN_IN, Site
from tests.console.browser.stories.worker import REASON, Words, Worker
from tests.debian import needs
from tests.people import PASSWORD

pytestmark = needs("chromium")

PEOPLE = ("کاربران", "People")
OPERATOR, SECRETARY = ("متصدی سامانه", "Operator"), ("دبیر کمیسیون", "Commission secretary")
BODY = "کمیسیون ماده صد قانون شهرداری"
ONE_TIME_CODE, AGAIN = ("کد دعوت", "One-time code"), ("تکرار گذرواژه", "The password once more")
QUEUE, NEW_NOTICE = ("صف", "Queue"), ("ثبت ابلاغیه", "New notice")


def test_the_day_of_a_security_officer(lived_site: Site) -> None:
    fatemeh = lived_site.signed_in("fatemeh", "فاطمه نوری", "security-officer")
    code = invites(fatemeh)
    leila = enrols(lived_site, code)
    changes_roles(fatemeh, leila, lived_site)
    deactivates(fatemeh, leila, lived_site)


def invites(fatemeh: Worker) -> str:
    fatemeh.click("link", PEOPLE)
    fatemeh.click("link", ("دعوت از کاربر تازه", "Invite a person"))
    fatemeh.fill(("نام", "Name"), "لیلا کریمی")
    fatemeh.fill(LOGIN, "leila")
    fatemeh.click("checkbox", OPERATOR)
    fatemeh.fill(REASON, "حکم ۱۲")
    fatemeh.click("button", ("دعوت", "Invite"))
    fatemeh.sees(("این کد فقط همین یک بار نمایش داده می‌شود.", "This code is shown only now."))
    found = re.search(r"\w{5}(-\w{5}){3}", fatemeh.text)
    assert found is not None
    return found[0]


def enrols(site: Site, code: str) -> Worker:
    leila = site.stranger("leila")
    leila.click("link", ("گذرواژه خود را تعیین کنید", "Set your password"))
    leila.fill(LOGIN, "leila")
    leila.fill(ONE_TIME_CODE, code)
    leila.click("button", ("ادامه", "Continue"))
    # The letters below the picture: what a telephone without a camera is told.
    secret = re.search(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", leila.text)
    assert secret is not None
    site.telephones["leila"] = pyotp.TOTP(secret[0].replace(" ", ""))
    for label in (PASSWORD_FIELD, AGAIN):
        leila.fill(label, PASSWORD)
    leila.fill(CODE, site.code("leila"))
    leila.click("button", ("آغاز کار", "Begin"))
    leila.is_at("/")
    assert leila.is_offered("link", QUEUE)
    assert not leila.is_offered("link", NEW_NOTICE)
    return leila


def form(fatemeh: Worker, button: Words) -> Locator:
    """Return the form of the person's page that has this button."""
    named = fatemeh.page.get_by_role("button", name=fatemeh.says(button), exact=True)
    return fatemeh.main.locator("form").filter(has=named)


def changes_roles(fatemeh: Worker, leila: Worker, site: Site) -> None:
    fatemeh.click("link", PEOPLE)
    fatemeh.click("link", "لیلا کریمی")
    change = ("تغییر نقش‌ها و کمیسیون‌ها", "Change roles and bodies")
    roles = form(fatemeh, change)
    fatemeh.click("checkbox", OPERATOR, roles)
    fatemeh.click("checkbox", SECRETARY, roles)
    fatemeh.click("checkbox", BODY, roles)
    fatemeh.fill(("علت تغییر نقش‌ها و کمیسیون‌ها", "Reason: Change roles and bodies"), "حکم ۱۳", roles)
    fatemeh.click("button", change)
    expect(fatemeh.main.locator("dl").first).to_contain_text(fatemeh.says(SECRETARY))
    [person] = [each for each in site.program("person", "list")["people"] if each["login"] == "leila"]
    assert (person["roles"], person["bodies"]) == (["commission-secretary"], ["article-100"])
    # The open session has them with its next request.
    leila.start()
    assert leila.is_offered("link", NEW_NOTICE)
    assert not leila.is_offered("link", QUEUE)


def deactivates(fatemeh: Worker, leila: Worker, site: Site) -> None:
    end = ("غیرفعال کردن", "Deactivate")
    part = form(fatemeh, end)
    fatemeh.fill(("علت غیرفعال کردن", "Reason: Deactivate"), "پایان مأموریت", part)
    fatemeh.click("button", end)
    expect(fatemeh.main.locator("dl").first).to_contain_text(fatemeh.says(("غیرفعال", "Deactivated")))
    leila.start()
    leila.is_at("/sign-in")
    leila.fill(LOGIN, "leila")
    leila.fill(PASSWORD_FIELD, PASSWORD)
    leila.fill(CODE, site.code("leila"))
    leila.click("button", SIGN_IN)
    expect(leila.page.get_by_role("alert")).to_be_visible()
    leila.is_at("/sign-in")
    [person] = [each for each in site.program("person", "list")["people"] if each["login"] == "leila"]
    assert not person["active"]
