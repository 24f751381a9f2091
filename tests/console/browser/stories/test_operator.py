"""An operator's day: a doubt is decided, a notice is held and released, rejected input is looked at, and everything
stops and goes on again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.console.browser.stories.site import Site
from tests.console.browser.stories.worker import NOTICES, TODAY, Worker
from tests.console.troubled import Troubled
from tests.debian import needs

pytestmark = needs("chromium")

DECIDE = ("تعیین تکلیف: ارسال دوباره یا پس گرفتن", "Decide: send again or withdraw")
QUEUE = ("صف", "Queue")
STOP, GO_ON = ("متوقف کردن همه کارها", "Stop everything"), ("از سر گرفتن همه کارها", "Let everything go on")
REASON_OF_DOUBT = "قوه قضاییه آن را نمی‌شناسد"


def test_the_day_of_an_operator(troubled_site: Site, troubles_here: Troubled) -> None:
    reza = troubled_site.signed_in("reza", "رضا صادقی", "operator")
    decides_a_doubt(reza, troubled_site, troubles_here.notices["absent"])
    holds_and_releases(reza, troubled_site, troubles_here.notices["away-1"])
    dismisses_an_answer(reza, troubled_site)
    stops_everything(reza, troubled_site)
    reza.leave()


def decides_a_doubt(reza: Worker, site: Site, reference: str) -> None:
    item = reza.main.locator("li").filter(has_text=re.compile(f"{reza.number('1404-absent')}(?!-)"))
    reza.click("link", DECIDE, item)
    reza.is_at(f"/queue/doubts/{reference}")
    reza.sees(("قوه قضاییه دو بار پاسخ داده است که آن را نمی‌شناسد", "twice that it does not know it"))
    reza.click("radio", ("دوباره ارسال شود", "Send it again"))
    shown = reza.preview(REASON_OF_DOUBT)
    reza.sees(("از «نامعلوم» به «در صف ارسال»", "in doubt → waits to be sent"))
    assert site.state(reference) == "IN_DOUBT", "a preview changes nothing"
    record = reza.confirm()
    reza.is_at(f"/notices/{reference}")
    known = site.program("notice", "show", reference)
    assert known["state"] == "QUEUED"
    assert known["timeline"][-1]["record"] == record
    [act] = known["acts"]
    # Only the time is that of the confirmation.
    assert act | {"at": ""} == shown | {"at": ""}
    assert act["account"] == "reza"
    reza.sees(("بازگشت به صف به تصمیم متصدی", "Put back into the queue by a person"))


def holds_and_releases(reza: Worker, site: Site, reference: str) -> None:
    reza.click("link", NOTICES)
    reza.look_for("1404-away-1")
    reza.click("link", "شخص نمونه", reza.main)
    reza.is_at(f"/notices/{reference}")
    reza.click("radio", ("نگه داشتن", "Hold it"))
    reza.act("نامه ۵ معاونت")
    reza.sees(("به دستور متصدی نگه داشته شده است", "a person has had it held"))
    assert site.program("notice", "show", reference)["held"] is not None
    reza.click("radio", ("آزاد کردن", "Release it"))
    reza.act("نامه ۶ معاونت")
    assert not reza.is_offered("radio", ("آزاد کردن", "Release it"))
    assert site.program("notice", "show", reference)["held"] is None


def dismisses_an_answer(reza: Worker, site: Site) -> None:
    reza.click("link", QUEUE)
    reza.click("link", ("قرنطینه", "Quarantine"))
    items = reza.main.locator("tbody tr")
    expect(items).to_have_count(2)
    reza.click("link", ("پاسخ", "answer"), reza.main)
    reza.sees(("تا روشن شدن علت، جعلی تلقی شود.", "treat it as forged until explained"))
    reza.click("radio", ("خارج کردن از فهرست", "Take it off the list"))
    reza.act("از ابزار آزمون شبکه است")
    reza.click("link", ("بازگشت به قرنطینه", "Back to the quarantine"))
    expect(items).to_have_count(1)
    assert [each["kind"] for each in site.program("quarantine", "list")["items"]] == ["receipt"]


def stops_everything(reza: Worker, site: Site) -> None:
    reza.click("link", TODAY)
    reza.unfold(STOP)
    reza.act("کلیدی افشا شده است", reza.part(STOP))
    reza.sees(("همه چیز از", "everything is stopped since"))
    assert site.program("status", check=1)["switch"]["stopped"]
    reza.unfold(GO_ON)
    reza.act("کلید تعویض شد", reza.part(GO_ON))
    reza.never_sees(("همه چیز از", "everything is stopped since"))
    assert not site.program("status", check=1)["switch"]["stopped"]
