"""Names of records for people: their kinds, and the acts of persons that are not about a notice's course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.operations.notice_access import Access
from gateway.operations.notice_work import Work
from gateway.overview.notices.timeline_line import ACTS
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.bilingual import Words

_K = EvidenceKind

RECORD_KINDS: Final[Mapping[EvidenceKind, Words]] = {
    _K.SEALED_NOTICE: Words(en="Sealed notice", fa="ابلاغیه مهرشده"),
    _K.MESSAGE_SENT: Words(en="Message to the judiciary", fa="پیام به قوه قضاییه"),
    _K.MESSAGE_RECEIVED: Words(en="Message from the judiciary", fa="پیام قوه قضاییه"),
    _K.RECEIPT: Words(en="Receipt", fa="رسید"),
    _K.PERSON_ACT: Words(en="Act of a person", fa="اقدام شخص"),
    _K.MAPPING_ACTIVATED: Words(en="Mapping put in force", fa="جاری شدن نگاشت"),
    _K.PROFILE_ACTIVATED: Words(en="Profile put in force", fa="جاری شدن پروفایل"),
    _K.RECOVERY_BEGUN: Words(en="Restore of the store", fa="بازیابی پایگاه داده"),
    _K.CONFIGURATION_CHANGED: Words(en="Change of the configuration", fa="تغییر پیکربندی"),
    _K.PAYLOAD_DELETED: Words(en="Deletion at the end of retention", fa="حذف در پایان مدت نگهداری"),
    _K.HISTORY_SET_ASIDE: Words(en="History set aside", fa="کنار گذاشتن تاریخچه"),
    _K.PAYLOAD_DAMAGED: Words(en="Damaged payload", fa="داده آسیب‌دیده"),
    _K.SERVICE_CERTIFICATE: Words(en="Certificate of service", fa="گواهی ابلاغ"),
    _K.RULES_ACTIVATED: Words(en="Rules of service put in force", fa="جاری شدن قواعد ابلاغ"),
    _K.CALENDAR_ACTIVATED: Words(en="Office calendar put in force", fa="جاری شدن تقویم اداری"),
    _K.DEADLINES_MOVED: Words(en="Last days that a new calendar moved", fa="تغییر آخرین روز مهلت‌ها با تقویم تازه"),
    _K.OUTAGE_CERTIFICATE: Words(en="Certificate of outages", fa="گواهی اختلال"),
    _K.ASSET_LOOKUP: Words(en="Lookup in the asset register", fa="استعلام از سامانه املاک"),
    _K.COURTESY_MESSAGE: Words(en="Courtesy message to a recipient", fa="پیام اطلاع‌رسانی به مخاطب"),
    _K.COURTESY_OUTCOME: Words(en="Outcome of a courtesy message", fa="نتیجه پیام اطلاع‌رسانی"),
}

PAPERS: Final = frozenset({_K.SEALED_NOTICE, _K.MESSAGE_SENT, _K.MESSAGE_RECEIVED, _K.RECEIPT})
"""Kinds whose payload is a paper or a message."""

OF_NOTICES: Final = PAPERS | {_K.ASSET_LOOKUP}
"""Kinds whose payload is a paper or a message, or may lead to a person: it is shown to those alone who may open
papers.
"""

ABOUT: Final[Mapping[str, Words]] = {
    "act": Words(en="act", fa="اقدام"),
    "courtesy": Words(en="outcome of the courtesy message", fa="نتیجه پیام اطلاع‌رسانی"),
    "event": Words(en="event", fa="رویداد"),
    "passed": Words(en="checks that it passed", fa="بررسی‌های گذرانده"),
}
"""Names of parts of a record's header; others are codes."""

ACCESSES: Final[Mapping[str, Words]] = {
    Access.NOTICE: Words(en="opened a notice", fa="باز کردن ابلاغیه"),
    Access.PAPER: Words(en="opened a paper", fa="باز کردن برگه"),
    Access.MESSAGE: Words(en="opened a stored message", fa="باز کردن پیام ذخیره‌شده"),
    Access.EVIDENCE: Words(en="downloaded an evidence file", fa="دریافت فایل شواهد"),
    Access.IDENTIFIER: Words(en="had an identifier revealed", fa="آشکار کردن شناسه"),
    Access.CERTIFICATE: Words(en="had a certificate of service issued", fa="گرفتن گواهی ابلاغ"),
    Access.QUARANTINE: Words(en="opened an item of the quarantine", fa="باز کردن مورد قرنطینه"),
    Access.PREVIEW: Words(en="previewed rows of a source", fa="پیش‌نمایش ردیف‌های منبع"),
    Access.REPLAY: Words(en="replayed a mapping on past notices", fa="اجرای آزمایشی نگاشت بر ابلاغیه‌های گذشته"),
    Access.SHARING: Words(en="read the state of service (another body)", fa="دریافت وضعیت ابلاغ (دستگاه دیگر)"),
    Access.EXPORT: Words(en="exported all that is held about a person", fa="گرفتن خروجی همه داده‌های یک شخص"),
}

WORK: Final[Mapping[str, Words]] = {
    Work.CLAIM: Words(en="claimed it", fa="بر عهده گرفتن پیگیری"),
    Work.UNCLAIM: Words(en="released the claim", fa="انصراف از پیگیری"),
    Work.HAND_OVER: Words(en="handed it over", fa="ارجاع پیگیری به همکار"),
    Work.COMMENT: Words(en="commented", fa="نوشتن یادداشت"),
}
"""Work of persons on a notice that waits for one."""

_OTHER_ACTS: Final[Mapping[str, Words]] = {
    "stop-everything": Words(en="stopped everything", fa="متوقف کردن همه کارها"),
    "resume": Words(en="let everything go on", fa="از سر گرفتن همه کارها"),
    "endpoint.test": Words(en="tested a destination", fa="آزمودن مقصد با یک استعلام واقعی"),
    "bulk.begin": Words(en="began an act on many notices", fa="آغاز اقدام گروهی"),
    "bulk.stop": Words(en="stopped an act on many notices", fa="توقف اقدام گروهی"),
    "bulk.end": Words(en="an act on many notices ended", fa="پایان اقدام گروهی"),
    "outages.certify": Words(en="had a certificate of outages issued", fa="گرفتن گواهی اختلال"),
    "endpoint.retry": Words(en="had a destination tried at once", fa="دستور تماس بی‌درنگ با مقصد"),
    "person.first": Words(en="invited the first person", fa="دعوت از نخستین کاربر"),
    "person.add": Words(en="invited a person", fa="دعوت از کاربر"),
    "person.enrol": Words(en="accepted the invitation", fa="پذیرش دعوت و ساختن حساب"),
    "person.password": Words(en="changed the own password", fa="تغییر گذرواژه خود"),
    "person.second-factor": Words(en="renewed the own second factor", fa="نوسازی عامل دوم ورود خود"),
    "person.roles": Words(en="changed a person's roles", fa="تغییر نقش‌های کاربر"),
    "person.bodies": Words(en="changed a person's bodies", fa="تغییر مراجع کاربر"),
    "person.activate": Words(en="activated an account", fa="فعال کردن حساب کاربر"),
    "person.deactivate": Words(en="deactivated an account", fa="غیرفعال کردن حساب کاربر"),
    "person.recover": Words(en="invited a person anew", fa="دعوت دوباره از کاربر"),
    "person.provider": Words(
        en="changed a person's account at the provider", fa="تغییر حساب کاربر در سامانه ورود یکپارچه"
    ),
    "person.link": Words(en="changed a person's account of the operating system", fa="تغییر حساب سیستم‌عامل کاربر"),
    "person.address": Words(en="changed a person's mailbox", fa="تغییر نشانی رایانامه کاربر"),
    "person.digest": Words(en="chose the morning's mail", fa="انتخاب دریافت یا قطع نامه صبحگاهی"),
    "archive.override": Words(en="allowed sending without proof", fa="اجازه ارسال بدون اثبات"),
    "archive.accept-damage": Words(en="took note of damage", fa="ثبت آگاهی از آسیب"),
    "archive.set-aside": Words(en="set a history aside", fa="کنار گذاشتن تاریخچه"),
    "recovery.begin": Words(en="began a recovery", fa="آغاز بازیابی"),
    "recovery.end": Words(en="ended a recovery", fa="پایان بازیابی"),
    "mapping.import": Words(en="imported a mapping", fa="وارد کردن نگاشت"),
    "mapping.submit": Words(en="submitted a mapping", fa="ارائه نگاشت برای تأیید"),
    "mapping.approve": Words(en="approved a mapping", fa="تأیید نگاشت"),
    "mapping.activate": Words(en="put a mapping in force", fa="جاری کردن نگاشت"),
    "mapping.rollback": Words(en="rolled a mapping back", fa="بازگرداندن نگاشت"),
    "mapping.retire": Words(en="retired a mapping", fa="کنار گذاشتن نگاشت"),
    "profile.import": Words(en="imported a profile", fa="وارد کردن پروفایل"),
    "profile.submit": Words(en="submitted a profile", fa="ارائه پروفایل برای تأیید"),
    "profile.approve": Words(en="approved a profile", fa="تأیید پروفایل"),
    "profile.activate": Words(en="put a profile in force", fa="جاری کردن پروفایل"),
    "profile.rollback": Words(en="rolled a profile back", fa="بازگرداندن پروفایل"),
    "profile.retire": Words(en="retired a profile", fa="کنار گذاشتن پروفایل"),
    "rules.import": Words(en="imported rules of service", fa="وارد کردن قواعد ابلاغ"),
    "rules.submit": Words(en="submitted rules of service", fa="ارائه قواعد ابلاغ برای تأیید"),
    "rules.approve": Words(en="approved rules of service", fa="تأیید قواعد ابلاغ"),
    "rules.activate": Words(en="put rules of service in force", fa="جاری کردن قواعد ابلاغ"),
    "rules.rollback": Words(en="rolled rules of service back", fa="بازگرداندن قواعد ابلاغ"),
    "rules.retire": Words(en="retired rules of service", fa="کنار گذاشتن قواعد ابلاغ"),
    "calendar.import": Words(en="imported an office calendar", fa="وارد کردن تقویم اداری"),
    "calendar.submit": Words(en="submitted an office calendar", fa="ارائه تقویم اداری برای تأیید"),
    "calendar.approve": Words(en="approved an office calendar", fa="تأیید تقویم اداری"),
    "calendar.activate": Words(en="put an office calendar in force", fa="جاری کردن تقویم اداری"),
    "calendar.rollback": Words(en="rolled an office calendar back", fa="بازگرداندن تقویم اداری"),
    "calendar.retire": Words(en="retired an office calendar", fa="کنار گذاشتن تقویم اداری"),
}

ACT_NAMES: Final[Mapping[str, Words]] = {**ACTS, **ACCESSES, **WORK, **_OTHER_ACTS}
"""Acts of persons by the name in their records; another one is shown by that name."""
