"""Words of an export for the person whose data it holds: what is in it, and what is not, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from gateway.overview.dates_in_words import day
from gateway.personal_data.part import Page, Part, Wanted
from gateway.runtime.bilingual import Words

RECIPIENT_TITLE: Final = Words(
    en="Data that the gateway for legal notices holds about you",
    fa="داده‌هایی که درگاه ابلاغ درباره شما نگهداری می‌کند",
)
ACCOUNT_TITLE: Final = Words(
    en="Data that the gateway for legal notices holds about your account",
    fa="داده‌هایی که درگاه ابلاغ درباره حساب کاربری شما نگهداری می‌کند",
)

RECIPIENT_INTRO: Final = (
    Words(
        en="This gateway serves the municipality's legal notices through the judiciary's e-notice service. "
        "These files are what a search by your identifier finds. The last section says what they do not hold.",
        fa="این درگاه، ابلاغیه‌های شهرداری را از طریق سامانه ابلاغ الکترونیک قوه قضاییه ابلاغ می‌کند. "
        "این فایل‌ها نتیجه جست‌وجو با شناسه شماست. آنچه در آنها نیست در بخش پایانی آمده است.",
    ),
    Words(
        en="index.csv and index.json list your notices. The folder of each notice has its paper, its attachments, the "
        "receipts of the judiciary, its events (events.csv), the row from which it was made if the gateway keeps that "
        "(row.json), and all the rest in notice.json.",
        fa="فهرست ابلاغیه‌های شما در index.csv و index.json است. پوشه هر ابلاغیه برگه، پیوست‌ها، رسیدهای قوه قضاییه، "
        "رویدادهای آن (events.csv) و ردیفی را دارد که ابلاغیه از آن ساخته شده است "
        "(row.json، اگر درگاه آن را نگه داشته باشد). بقیه داده‌ها در notice.json آمده است.",
    ),
    Words(
        en="People of the municipality who worked on a notice or opened it are named by an opaque id. "
        "The municipality can tell who it is.",
        fa="کارکنانی که درباره ابلاغیه اقدام کرده یا آن را باز کرده‌اند فقط با یک شناسه داخلی آمده‌اند. "
        "شهرداری می‌تواند بگوید این شناسه از آن چه کسی است.",
    ),
)
ACCOUNT_INTRO: Final = (
    Words(
        en="account.json has your account: login, name, roles, bodies, linked accounts and open sessions. "
        "The folder acts has what you did here, and what others did to your account.",
        fa="حساب کاربری شما در account.json آمده است: نام کاربری، نام، نقش‌ها، مراجع، حساب‌های پیوندخورده و نشست‌های باز. "
        "پوشه acts اقدام‌های شما و اقدام‌های دیگران درباره حساب شما را دارد.",
    ),
    Words(
        en="Other people are named by an opaque id. Notices are named by their reference alone.",
        fa="کاربران دیگر فقط با یک شناسه داخلی آمده‌اند و از هر ابلاغیه تنها شناسه آن آمده است.",
    ),
)

RECIPIENT_MISSING: Final = (
    Words(
        en="Rows that the gateway refused or has not decided on yet, also later versions of a notice's row: they are "
        "not searched by identifier. Of each refused row source, case number and reason are kept. A row that was sent "
        "to the gateway, dropped as a file, entered by hand or marked for it is kept whole, with its name, identifier "
        "and documents, until a later version takes its place. Ask the municipality, which finds a refused row by its "
        "case number.",
        fa="ردیف‌هایی که درگاه نپذیرفته یا هنوز درباره آنها تصمیم نگرفته است، و نسخه‌های بعدی ردیف یک ابلاغیه: "
        "این ردیف‌ها با شناسه شخص جست‌وجو نمی‌شود. از هر ردیف پذیرفته‌نشده، منبع، شماره پرونده و دلیل نگهداری می‌شود. "
        "ردیفی که به درگاه فرستاده شده، با فایل رسیده، دستی ثبت یا برای درگاه نشانه‌گذاری شده است با همه محتوا "
        "(نام، شناسه و برگه‌ها) می‌ماند تا نسخه بعدی جای آن را بگیرد. درباره آنها از شهرداری بپرسید؛ "
        "شهرداری ردیف پذیرفته‌نشده را با شماره پرونده پیدا می‌کند.",
    ),
    Words(
        en="Notices that somebody is typing by hand and has not entered: such a draft is deleted after a day.",
        fa="ابلاغیه‌هایی که کاربری در حال نوشتن آن است و هنوز ثبت نشده: چنین پیش‌نویسی پس از یک روز حذف می‌شود.",
    ),
    Words(
        en="The row from which a notice was made, if the gateway does not keep it: it was read from the municipality's "
        "own case system, a later version took its place, or its content was deleted by rule. The notice has what the "
        "gateway took from it.",
        fa="ردیفی که ابلاغیه از آن ساخته شده است، اگر درگاه آن را نگه نداشته باشد: از سامانه پرونده‌های شهرداری "
        "خوانده شده، نسخه بعدی جای آن را گرفته یا محتوای آن طبق قاعده حذف شده است. "
        "آنچه درگاه از آن برداشته در ابلاغیه آمده است.",
    ),
    Words(
        en="Messages between the gateway and the judiciary: they may carry other people's notices, too. Each is listed "
        "with its time and its digest. What it says of you are your notice and its receipts.",
        fa="پیام‌های میان درگاه و قوه قضاییه: هر پیام ممکن است ابلاغیه‌های دیگران را هم داشته باشد. هر پیام با زمان و "
        "چکیده آن فهرست شده است؛ آنچه از شما در آن است همان ابلاغیه و رسیدهای آن است.",
    ),
    Words(
        en="Input that could not be verified (quarantine): it may be anybody's. What names a notice is listed there.",
        fa="ورودی‌هایی که اصالت آن تأیید نشده است (قرنطینه): ممکن است از هر کسی باشد. "
        "هر مورد که شناسه ابلاغیه شما را دارد در همان ابلاغیه فهرست شده است.",
    ),
    Words(
        en="Copies: the archive and the backups hold the same records.",
        fa="نسخه‌های دیگر: بایگانی و نسخه‌های پشتیبان همین رکوردها را دارند.",
    ),
)
WITHOUT_PAPERS: Final = Words(
    en="Papers, attachments, the sealed notices and the rows from which they were made: they were left out, since they "
    "may name other persons. Ask the municipality for them.",
    fa="برگه‌ها، پیوست‌ها، ابلاغیه‌های مهرشده و ردیف‌هایی که ابلاغیه‌ها از آنها ساخته شده است: کنار گذاشته شده است، "
    "چون ممکن است نام اشخاص دیگر در آنها باشد. آنها را از شهرداری بخواهید.",
)
ACCOUNT_MISSING: Final = (
    Words(
        en="Your password and your second factor: a hash and an encrypted secret of them are kept, which go to nobody.",
        fa="گذرواژه و عامل دوم ورود شما: از گذرواژه تنها چکیده و از عامل دوم تنها رمزشده آن نگهداری می‌شود و به کسی "
        "داده نمی‌شود.",
    ),
    Words(
        en="Sessions that have ended: they are deleted. Failed sign-ins: they are counted under a keyed hash alone.",
        fa="نشست‌های پایان‌یافته: حذف می‌شود. ورودهای ناموفق: تنها با چکیده کلیددار شمرده می‌شود.",
    ),
    Words(
        en="Texts of drafts, and filters of saved searches: they are about other people's notices.",
        fa="متن پیش‌نویس‌ها و فیلتر جست‌وجوهای ذخیره‌شده: درباره ابلاغیه‌های دیگران است.",
    ),
    Words(
        en="Mails: recipient and text are deleted once a mail was sent.",
        fa="نامه‌ها: گیرنده و متن هر نامه پس از ارسال حذف می‌شود.",
    ),
    Words(
        en="Acts by an account of the operating system, from before that account was linked to you.",
        fa="اقدام‌هایی که با حساب سیستم‌عامل و پیش از پیوند خوردن آن حساب به شما انجام شده است.",
    ),
)

HELD_ON: Final = Words(en="As held on", fa="وضعیت در تاریخ")
GATEWAY: Final = Words(en="Gateway", fa="درگاه")
NOTICES: Final = Words(en="Notices", fa="شمار ابلاغیه‌ها")
ACTS: Final = Words(en="Acts", fa="شمار اقدام‌ها")
UNINDEXED: Final = Words(
    en="Notices that no identifier finds", fa="ابلاغیه‌هایی که با شناسه یافت نمی‌شود (متن آن حذف شده یا هنوز نمایه ندارد)"
)
DAMAGED: Final = Words(en="Damaged records, which cannot be read", fa="رکوردهای آسیب‌دیده که خوانا نیست")
MISSING: Final = Words(en="What is not in it", fa="آنچه در این فایل نیست")

NOTICE_COLUMNS: Final = (
    Words(en="Files", fa="فایل‌ها"),
    Words(en="Kind", fa="نوع"),
    Words(en="Issuing body", fa="مرجع صادرکننده"),
    Words(en="Case number", fa="شماره پرونده"),
    Words(en="Paper number", fa="شماره برگه"),
    Words(en="State", fa="وضعیت"),
    Words(en="Taken in", fa="ثبت در درگاه"),
    Words(en="Date of service", fa="تاریخ ابلاغ"),
)
ACCOUNT_COLUMNS: Final = (
    Words(en="Files", fa="فایل‌ها"),
    Words(en="Acts", fa="شمار اقدام‌ها"),
    Words(en="From", fa="از"),
    Words(en="Until", fa="تا"),
)


def closing_parts(page: Page, pages: Callable[[Page], Mapping[str, bytes]], wanted: Wanted) -> Iterator[Part]:
    """Yield the files that every export ends with: README and overview in both languages."""
    facts = [(HELD_ON, day(wanted.day)), (GATEWAY, Words(en=wanted.origin, fa=wanted.origin)), *page.facts]
    page = replace(page, facts=facts)
    yield Part(name="README.fa.txt", octets=_readme(page, lambda words: words.fa))
    yield Part(name="README.en.txt", octets=_readme(page, lambda words: words.en))
    yield from (Part(name=name, octets=octets) for name, octets in pages(page).items())


def _readme(page: Page, say: Callable[[Words], str]) -> bytes:
    facts = "\n".join(f"{say(label)}: {say(value)}" for label, value in page.facts)
    missing = [f"- {say(each)}" for each in page.missing]
    text = "\n\n".join([say(page.title), facts, *map(say, page.intro), say(MISSING), *missing])
    return f"{text}\n".encode()
