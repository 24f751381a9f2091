"""An auditor's day: records are searched and verified, evidence is taken away and judged elsewhere; nothing changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.conftest import Program
from tests.console.browser.stories.site import Site
from tests.console.browser.stories.worker import NOTICES, PREVIEW, Worker
from tests.debian import needs

pytestmark = [needs("chromium"), pytest.mark.long]

ROOM, FIND = ("اتاق حسابرسی", "Audit room"), ("جست‌وجو", "Search")
EVIDENCE = ("فایل شواهد برای ارائه به دادگاه", "Evidence file for a court")
READ = ("چه کسی چه خوانده است", "Who read what")


def test_the_day_of_an_auditor(sandbox_site: Site, tmp_path: Path) -> None:
    nader = sandbox_site.signed_in("nader", "نادر حسینی", "auditor")
    reference = sandbox_site.program("notice", "find", "--state", "VIEWED")["notices"][0]["reference"]
    before = sandbox_site.program("notice", "list", "--limit", 100)["notices"]
    verifies_a_receipt(nader, reference)
    takes_evidence(nader, sandbox_site, reference, tmp_path)
    sees_who_read_what(nader, reference)
    changes_nothing(nader, reference)
    assert sandbox_site.program("notice", "list", "--limit", 100)["notices"] == before


def verifies_a_receipt(nader: Worker, reference: str) -> None:
    nader.click("link", ROOM)
    nader.fill(("شماره مرجع ابلاغیه", "Reference of a notice"), reference)
    nader.choose(("نوع", "Kind"), ("رسید", "Receipt"))
    nader.click("button", FIND)
    rows = nader.main.locator("tbody tr").filter(has_text=reference)
    nader.sees(reference, rows.first)
    nader.click_at(rows.first.get_by_role("link").first)
    nader.is_at("/audit/records/.+")
    nader.click("link", ("راستی‌آزمایی", "Verify now"))
    verdicts = nader.main.locator("table").first.locator("tbody tr > :nth-child(2)")
    expect(verdicts).to_have_text([nader.says(("تأیید شد", "passed"))] * 6)


def takes_evidence(nader: Worker, site: Site, reference: str, folder: Path) -> None:
    site.catch_up()
    nader.click("link", NOTICES)
    nader.look_for(reference)
    nader.click_at(nader.main.locator("tbody a").first)
    nader.is_at(f"/notices/{reference}")
    file = nader.save(EVIDENCE, folder / "one.asice")
    trust = site.folder / "pki" / "anchors"
    verdicts = Program().json("evidence", "verify", file, "--trust", trust)["verdicts"]
    # This moment's revocation lists are not in a demonstration's trust folder.
    assert {name for name, verdict in verdicts.items() if verdict != "PASSED"} <= {"13 revocation"}


def sees_who_read_what(nader: Worker, reference: str) -> None:
    nader.click("link", ROOM)
    nader.click("link", READ)
    for act in (("باز کردن ابلاغیه", "opened a notice"), ("دریافت فایل شواهد", "downloaded an evidence file")):
        row = nader.main.locator("tbody tr").filter(has_text=nader.says(act)).filter(has_text=reference)
        nader.sees("nader", row)


def changes_nothing(nader: Worker, reference: str) -> None:
    nader.click("link", NOTICES)
    nader.look_for(reference)
    nader.click_at(nader.main.locator("tbody a").first)
    nader.is_at(f"/notices/{reference}")
    assert not nader.is_offered("button", PREVIEW)
    assert nader.main.get_by_role("radio").count() == 0
    for path in (f"notices/{reference}/act", "switch", "intake/new", "people/new", "mappings/import"):
        answer = nader.context.request.get(f"{nader.address}/{path}", max_redirects=0)
        assert answer.status == 403, path
