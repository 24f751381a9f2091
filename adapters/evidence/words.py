"""Words of the timeline page in Persian and English. `gateway.overview.notice_words` has those of events and states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.evidence.evidence_file import Withheld
from gateway.notice.legal_effect import NO_RECEIPT_OF_ARRIVAL
from gateway.runtime.bilingual import Words

WITHHELD: Final[Mapping[Withheld, Words]] = {
    Withheld.OTHERS: Words(
        en="by digest only: it also carried notices of others", fa="تنها چکیده: ابلاغیه‌های دیگران را نیز در بر داشت"
    ),
    Withheld.WORDS: Words(
        en="by digest only: a person's own words and account", fa="تنها چکیده: در بر دارنده نام کاربری و نوشته متصدی"
    ),
    Withheld.REFUSED: Words(en="by digest only: it is not believed", fa="تنها چکیده: معتبر شناخته نشد"),
    Withheld.CONFIGURATION: Words(en="by digest only: the gateway's configuration", fa="تنها چکیده: پیکربندی درگاه"),
    Withheld.DELETED: Words(
        en="by digest only: deleted under a rule of retention", fa="تنها چکیده: طبق قاعده نگهداری حذف شده است"
    ),
    Withheld.DAMAGED: Words(
        en="by digest only: damaged in the gateway's store", fa="تنها چکیده: محتوای ذخیره‌شده آن آسیب دیده است"
    ),
}

TITLE: Final = Words(en="What happened to the notice, and what proves it", fa="سوابق ابلاغ و سند هر رویداد")
CASE: Final = Words(en="Every notice of the case", fa="همه ابلاغیه‌های پرونده")
NOTICE: Final = Words(en="Notice", fa="ابلاغیه")
STATE: Final = Words(en="It stands", fa="وضعیت")
SERVICE: Final = Words(en="Date of service (in Tehran)", fa="تاریخ ابلاغ")
SERVICE_BY: Final = Words(en="Date of service, at the latest (in Tehran)", fa="تاریخ ابلاغ، حداکثر تا")
SERVED: Final = Words(en="Service", fa="ابلاغ")
EFFECT: Final = Words(en="Character of service", fa="نوع ابلاغ")
RULE: Final = Words(en="under", fa="به موجب")
NONE_YET: Final = NO_RECEIPT_OF_ARRIVAL
PAPER: Final = Words(en="Paper", fa="متن برگه")
DEADLINE: Final = Words(en="Deadline", fa="مهلت")
COMPUTED: Final = Words(
    en="The gateway computed this when the file was made, by its rules and office calendar. No record here proves it.",
    fa="درگاه این مهلت را هنگام تهیه فایل، بر پایه قواعد و تقویم اداری خود محاسبه کرده است؛ سندی در این فایل آن را "
    "اثبات نمی‌کند.",
)
STEPS: Final = Words(en="Events", fa="رویدادها")
MADE: Final = Words(en="Made", fa="زمان تهیه")
ARCHIVE: Final = Words(en="Archive", fa="بایگانی")
COLUMNS: Final = (
    Words(en="Event", fa="رویداد"),
    Words(en="Happened (Tehran, UTC)", fa="زمان رویداد (تهران، UTC)"),
    Words(en="Known to the gateway", fa="زمان آگاهی درگاه"),
    Words(en="Proof", fa="سند"),
)
RECORD: Final = Words(en="record", fa="سند شماره")
OUR_WORD: Final = Words(en="no record: the gateway's own word", fa="بدون سند: تنها به گفته درگاه")
NOTE: Final = Words(
    en="This page is made from the records beside it, to be read. What counts are the records: VERIFY.en.txt says how "
    "to check them with tools that are not the municipality's.",
    fa="این صفحه از روی اسناد همین پرونده و تنها برای خواندن تهیه شده است. آنچه اعتبار دارد خود اسناد است؛ فایل "
    "VERIFY.fa.txt روش راستی‌آزمایی آن‌ها را با ابزارهایی که از شهرداری نیست شرح می‌دهد.",
)
