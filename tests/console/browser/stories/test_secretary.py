"""A secretary's day: a person asks after a notice, a colleague takes over, and papers are entered by hand."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.console.browser.stories.sample_person import recipient
from tests.console.browser.stories.site import Site
from tests.console.browser.stories.worker import NOTICES, REASON, Words, Worker, persian
from tests.debian import needs
from tests.papers import PDF

pytestmark = needs("chromium")

BODY, OTHER = "article-100", "article-55-20"
COMMISSION = "کمیسیون ماده صد قانون شهرداری"
COMMENT, HAND_OVER = ("نوشتن یادداشت", "Write a comment"), ("ارجاع پیگیری به همکار", "Hand it over to a colleague")
IDENTIFIER = ("نمایش شناسه مخاطب", "Show the recipient's identifier")
PURPOSE = ("هدف", "Purpose")
PAPER = ("متن برگه، به همان صورت که مهر شده است", "The paper as it was sealed")
NEW_NOTICE = ("ثبت ابلاغیه", "New notice")
NATIONAL_ID = ("کد ملی یا شناسه ملی", "National ID or identifier")
CHECK = ("بررسی و پیش‌نمایش", "Check and preview")
WRONG_DIGIT = ("رقم کنترل کد ملی مخاطب", "the national ID's check digit is wrong")
WRONG_DAY = ("چنین روزی در تقویم هجری شمسی نیست", "the date is not a day of the Jalali calendar")
ENTERED = ("ابلاغیه ثبت و به نام شما در سوابق درج شد.", "The notice is entered, and recorded with your name.")
TYPED: list[tuple[Words, str]] = [
    (("شماره پرونده", "Case number"), "۱۴۰۴-۱۰۰-۱"),
    (("شماره برگه", "Paper number"), "۱۷"),
    (("موضوع", "Subject"), "ابلاغ رأی کمیسیون"),
    (("تاریخ صدور", "Date of issue"), "۱۴۰۴/۱۱/۱۴"),
    (("منطقه", "District"), "منطقه ۵"),
    (("نام", "Name"), "شخص نمونه"),
]
ROW = [COMMISSION, "ابلاغ رأی", "۱۴۰۴-۱۰۰-۲", "۱۸", "ابلاغ رأی", "۱۴۰۴/۱۱/۱۴", "منطقه ۵", "حقیقی", "شخص نمونه"]


def test_the_day_of_a_secretary(sandbox_site: Site, tmp_path: Path) -> None:
    sandbox_site.invited("zahra", "زهرا احمدی", "commission-secretary", bodies=(BODY,))
    sara = sandbox_site.signed_in("sara", "سارا محمدی", "commission-secretary", bodies=(BODY,))
    finds_a_person(sara, sandbox_site)
    hands_over(sara, sandbox_site)
    reads_the_paper(sara)
    sees_no_other_body(sara, sandbox_site)
    (tmp_path / "17.pdf").write_bytes(PDF)
    types_a_notice(sara, sandbox_site, tmp_path / "17.pdf")
    sends_a_spreadsheet(sara, sandbox_site, tmp_path)


def finds_a_person(sara: Worker, site: Site) -> None:
    person = recipient(site.folder, BODY, "NO_ACCOUNT")
    sara.click("link", NOTICES)
    sara.look_for(persian(person.identifier))
    sara.is_at("/notices")
    for digits in (person.identifier, persian(person.identifier)):
        assert digits not in unquote(sara.page.url)
    sara.click("link", person.name, sara.main)
    sara.sees(("مخاطب این ابلاغیه حساب کاربری ندارد", "the recipient of this notice has no account"))
    sara.never_sees(person.identifier)
    sara.never_sees(persian(person.identifier))
    sara.unfold(IDENTIFIER)
    sara.fill(PURPOSE, "تماس با مخاطب", sara.part(IDENTIFIER))
    sara.click("button", ("ثبت هدف و نمایش شناسه", "Record the purpose and show it"))
    sara.sees(person.identifier)
    sara.click("link", ("بازگشت به ابلاغیه", "Back to the notice"))


def hands_over(sara: Worker, site: Site) -> None:
    sara.click("button", ("پیگیری را بر عهده می‌گیرم", "Claim it"))
    sara.sees(("پیگیری این ابلاغیه بر عهده شماست.", "You have claimed this notice."))
    sara.unfold(COMMENT)
    sara.fill(("یادداشت", "Comment"), "با مخاطب صحبت شد", sara.part(COMMENT))
    sara.click("button", ("ثبت یادداشت", "Add the comment"))
    sara.sees("با مخاطب صحبت شد")
    sara.unfold(HAND_OVER)
    sara.choose(("ارجاع به", "To whom"), "زهرا احمدی")
    sara.fill(("یادداشت", "Comment"), "لطفاً امروز ابلاغ کنید", sara.part(HAND_OVER))
    sara.click("button", ("ارجاع", "Hand it over"))
    sara.sees(("پیگیری بر عهده زهرا احمدی است.", "Claimed by زهرا احمدی."))
    zahra = site.stranger("zahra")
    site.sign_in(zahra)
    mine = zahra.main.locator("#mine + ol > li")
    expect(mine).to_have_count(1)
    zahra.sees(("با ارجاع سارا محمدی", "Handed over by سارا محمدی."), mine)
    zahra.leave()


def reads_the_paper(sara: Worker) -> None:
    address = sara.page.get_by_role("link", name=sara.says(PAPER)).get_attribute("href")
    # The browser shows the paper in a viewer of its own, whose octets no test reads.
    answer = sara.context.request.get(f"{sara.address}{address}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")


def sees_no_other_body(sara: Worker, site: Site) -> None:
    stranger = recipient(site.folder, OTHER, "NO_ACCOUNT")
    sara.click("link", NOTICES)
    sara.look_for(stranger.identifier)
    sara.sees(("با این رقم‌ها ابلاغیه‌ای یافت نشد.", "No notice was found by these digits."))
    sara.page.goto(f"{sara.address}/notices/{stranger.reference}")
    sara.sees(("چنین صفحه‌ای وجود ندارد", "There is no such page"))
    sara.start()


def types_a_notice(sara: Worker, site: Site, paper: Path) -> None:
    sara.click("link", NEW_NOTICE)
    sara.click("link", ("ثبت یک ابلاغیه", "Type a notice"))
    sara.choose(("مرجع صادرکننده و نوع ابلاغیه", "Issuing body and kind of notice"), ("ابلاغ رأی", "Ruling"))
    for label, text in TYPED:
        sara.fill(label, text)
    sara.click("radio", ("شخص حقیقی", "a natural person"))
    sara.fill(NATIONAL_ID, persian("9990000019"))
    sara.attach(("فایل PDF برگه", "PDF of the paper"), paper)
    sara.click("button", CHECK)
    field = sara.page.get_by_label(sara.says(NATIONAL_ID), exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    sara.sees(WRONG_DIGIT)
    sara.sees("17.pdf")
    for label, text in TYPED:
        expect(sara.page.get_by_label(sara.says(label), exact=True).first).to_have_value(text)
    sara.fill(NATIONAL_ID, persian("9990000018"))
    sara.click("button", CHECK)
    sara.sees(("دقیقاً همین مشخصات مهر و ارسال می‌شود.", "Exactly this will be sealed and sent."))
    sara.sees(sara.number("9990000018"))
    sara.fill(REASON, "ثبت دستی")
    sara.click("button", ("ثبت این ابلاغیه", "Enter this notice"))
    sara.sees(ENTERED)
    reference = re.findall(r"EB-[A-Z2-7]{32}", sara.text)[0]
    site.program("run-once", "collect")
    assert site.state(reference) == "QUEUED"
    sara.page.reload()
    sara.click_at(sara.main.locator(f'a[href="/notices/{reference}"]').first)
    sara.sees(("ثبت دستی ابلاغیه", "entered it by hand"))


def sends_a_spreadsheet(sara: Worker, site: Site, folder: Path) -> None:
    sara.click("link", NEW_NOTICE)
    sara.click("link", ("بارگذاری صفحه‌گسترده", "Upload a spreadsheet"))
    empty = ("دریافت صفحه‌گسترده خالی (Excel)", "Save the empty spreadsheet (Excel)")
    workbook = load_workbook(sara.save(empty, folder / "empty.xlsx"))
    sheet = workbook.worksheets[0]
    for line, wrong in ((2, {}), (3, {4: "۱۹", 6: "1404/13/40"})):
        cells = dict(enumerate([*ROW, "9990000018"], start=1)) | {18: "17.pdf"} | wrong
        for column, text in cells.items():
            sheet.cell(line, column, text)
    workbook.save(folder / "filled.xlsx")
    sara.attach(("صفحه‌گسترده تکمیل‌شده", "Filled spreadsheet"), folder / "filled.xlsx")
    sara.attach(("فایل‌های PDF و پیوست‌ها", "PDFs and attachments"), folder / "17.pdf")
    sara.click("button", ("بررسی ردیف‌ها", "Check the rows"))
    sara.sees(WRONG_DAY)
    rejected = ("دریافت این ردیف‌ها همراه اشکال هر یک (CSV)", "Save these rows with the reasons (CSV)")
    lines = sara.save(rejected, folder / "rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert sara.says(WRONG_DAY) in lines[1]
    sara.fill(REASON, "ثبت فهرست")
    sara.click("button", ("ثبت ۱ ردیف بدون اشکال", "Enter the 1 good row"))
    sara.sees(("غیر قابل ثبت: ۱", "Cannot be entered: 1"))
    sara.sees(("ثبت‌شده: ۱", "Entered: 1"))
    site.program("run-once", "collect")
    found = site.program("notice", "find", "--case", "1404-100-2")["notices"]
    assert [(each["paper"], each["state"]) for each in found] == [("18", "QUEUED")]
