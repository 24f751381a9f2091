"""The day of a commission's head: figures of the own body, as a file too; nothing to act on."""

from __future__ import annotations

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.console.browser.stories.sample_person import recipient
from tests.console.browser.stories.site import Site
from tests.console.browser.stories.worker import NOTICES, PREVIEW, Words, Worker
from tests.debian import needs

pytestmark = needs("chromium")

BODY = "article-100"
REPORTS, GROUPED, SHOW = ("گزارش‌ها", "Reports"), ("گروه‌بندی بر پایه", "Grouped by"), ("نمایش", "Show")
GROUPS: list[Words] = [("مرجع صادرکننده", "Issuing body"), ("نوع ابلاغیه", "Kind"), ("منطقه", "District")]
FILE = ("ذخیره این آمار به صورت فایل صفحه‌گسترده (CSV)", "Save these figures as a file for a spreadsheet (CSV)")
PAPER = ("متن برگه، به همان صورت که مهر شده است", "The paper as it was sealed")
EVIDENCE = ("فایل شواهد برای ارائه به دادگاه", "Evidence file for a court")


def test_the_day_of_a_head(lived_site: Site, tmp_path: Path) -> None:
    hossein = lived_site.signed_in("hossein", "حسین موسوی", "head-of-commission", bodies=(BODY,))
    admitted = len(lived_site.program("notice", "find", "--body", BODY)["notices"])
    reads_the_report(hossein, admitted, tmp_path)
    acts_on_nothing(hossein, lived_site)


def reads_the_report(hossein: Worker, admitted: int, folder: Path) -> None:
    hossein.click("link", REPORTS)
    for group in GROUPS:
        hossein.choose(GROUPED, group)
        hossein.click("button", SHOW)
        expect(hossein.main.locator("thead th").first).to_have_text(hossein.says(group))
        total = hossein.main.locator("table").last.locator("tr").last.locator("td").first
        expect(total).to_have_text(hossein.number(admitted))
        with hossein.save(FILE, folder / "figures.csv").open(encoding="utf-8-sig", newline="") as file:
            head, *lines, last = csv.reader(file)
        assert head[:2] == [hossein.says(group), hossein.says(("پذیرفته‌شده", "Admitted"))]
        assert sum(int(line[1]) for line in lines) == int(last[1]) == admitted


def acts_on_nothing(hossein: Worker, site: Site) -> None:
    person = recipient(site.folder, BODY, "NO_ACCOUNT")
    hossein.click("link", NOTICES)
    hossein.look_for(person.identifier)
    hossein.click("link", person.name, hossein.main)
    hossein.sees(person.name)
    assert hossein.main.get_by_role("link", name=hossein.says(PAPER)).count() == 1
    assert not hossein.is_offered("button", PREVIEW)
    assert not hossein.is_offered("link", EVIDENCE)
    assert hossein.main.get_by_role("button").count() == 0
    assert hossein.main.get_by_role("radio").count() == 0
    for path in ("intake/new", "queue", "mappings", "people", "audit", "refused", f"notices/{person.reference}/act"):
        answer = hossein.context.request.get(f"{hossein.address}/{path}", max_redirects=0)
        assert answer.status == 403, path
