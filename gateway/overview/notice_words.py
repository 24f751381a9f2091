"""Names of a notice's events, states and legal effects for people, and the details of events that are words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.evidence.timeline import SEALED_ANEW, Recorded, courtesy_detail
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.legal_effect import Effect
from gateway.overview.notices.courtesy_words import COURTESY_OUTCOMES
from gateway.record.parcel_answer import FINDING, ParcelFinding
from gateway.runtime.bilingual import Words
from gateway.trust.trust_policy import BY_CONNECTION, ELEMENT_OF_SIGNED, STATUS_OF_ANSWER

_E, _S = DeliveryEvent, DeliveryState

EVENTS: Final[Mapping[str, Words]] = {
    _E.ADMISSION: Words(en="Taken in, and sealed by the issuing body", fa="پذیرش در درگاه و مهر مرجع صادرکننده"),
    _E.CLAIM: Words(en="Taken up for sending", fa="آغاز ارسال"),
    _E.SUBMISSION_ACCEPTANCE: Words(en="Accepted by the judiciary", fa="پذیرش از سوی قوه قضاییه"),
    _E.SUBMISSION_REJECTION: Words(en="Rejected by the judiciary", fa="رد از سوی قوه قضاییه"),
    _E.ACCOUNT_ABSENCE: Words(en="The recipient has no account", fa="اعلام نبود حساب کاربری مخاطب"),
    _E.DEFERRAL: Words(en="Put off; to be sent again", fa="به تعویق افتادن ارسال و بازگشت به صف"),
    _E.LOST_ANSWER: Words(en="No answer came", fa="دریافت نشدن پاسخ ارسال"),
    _E.TICKET_ISSUE: Words(en="Taken for processing; a ticket was given", fa="دریافت برای رسیدگی با کد پیگیری موقت"),
    _E.TICKET_FAILURE: Words(en="Its ticket led to no outcome", fa="به نتیجه نرسیدن کد پیگیری موقت"),
    _E.RECOVERY: Words(
        en="In doubt: it may have arrived without a record here",
        fa="نامعلوم شدن وضعیت: شاید بدون ثبت در این درگاه رسیده باشد",
    ),
    _E.LEASE_EXPIRY: Words(en="Sending was interrupted", fa="قطع شدن ارسال پیش از دریافت پاسخ"),
    _E.UNKNOWN_TO_PEER: Words(
        en="The judiciary, when asked, did not know it", fa="پاسخ استعلام: ابلاغیه نزد قوه قضاییه شناخته نشد"
    ),
    _E.INQUIRY_UNANSWERED: Words(en="An inquiry was not answered", fa="بی‌نتیجه ماندن استعلام"),
    _E.ABSENCE_PROOF: Words(en="Proven not to have arrived", fa="اثبات نرسیدن ابلاغیه به قوه قضاییه"),
    _E.CONTENT_CONSIGNMENT: Words(
        en="Arrived in the recipient's account: service", fa="وصول به حساب کاربری مخاطب (ابلاغ)"
    ),
    _E.CONTENT_CONSIGNMENT_FAILURE: Words(en="Could not be delivered", fa="ممکن نشدن تحویل به حساب کاربری مخاطب"),
    _E.CONTENT_HANDOVER: Words(en="Viewed in the recipient's account", fa="رؤیت در حساب کاربری مخاطب"),
    _E.LEGAL_SERVICE: Words(
        en="Served by law without being viewed, as the service states", fa="ابلاغ قانونی بدون رؤیت، به اعلام قوه قضاییه"
    ),
    _E.LIFETIME_OVER: Words(en="Waited too long to be sent", fa="پایان مهلت انتظار برای ارسال"),
    _E.REQUEUE: Words(en="Put back into the queue by a person", fa="بازگشت به صف به تصمیم متصدی"),
    _E.DECISION_SUBMITTED: Words(
        en="Held to be submitted by a person's decision", fa="ارسال‌شده تلقی شدن به تصمیم متصدی"
    ),
    _E.WITHDRAWAL: Words(en="Withdrawn", fa="پس گرفتن ابلاغیه"),
    _E.CHANNEL_SWITCH: Words(en="Switched to another channel", fa="پایان ابلاغ الکترونیک و تغییر به شیوه دیگر ابلاغ"),
    Recorded.SEALED: Words(en="Sealed by the issuing body", fa="مهر مرجع صادرکننده"),
    Recorded.MESSAGE_SENT: Words(
        en="A message to the judiciary was recorded, to be sent", fa="ثبت پیام برای ارسال به قوه قضاییه"
    ),
    Recorded.ANSWER: Words(en="An answer of the judiciary came", fa="دریافت پاسخ قوه قضاییه"),
    Recorded.ANSWER_NOT_BELIEVED: Words(
        en="Something came that is not believed", fa="دریافت پیامی که معتبر شناخته نشد"
    ),
    Recorded.RECEIPT: Words(en="A receipt came", fa="دریافت رسید"),
    Recorded.ACT: Words(en="Act of a person", fa="اقدام متصدی"),
    Recorded.MAPPING: Words(en="A mapping came into use", fa="به‌کارگیری نگاشت"),
    Recorded.PROFILE: Words(en="A judiciary profile came into use", fa="به‌کارگیری پروفایل قوه قضاییه"),
    Recorded.RECOVERY_BEGUN: Words(
        en="The gateway was restored from a backup", fa="آغاز بازیابی درگاه از نسخه پشتیبان"
    ),
    Recorded.CONFIGURATION: Words(en="The gateway's configuration came into force", fa="اعمال پیکربندی درگاه"),
    Recorded.DAMAGED: Words(en="A stored text was found damaged", fa="آسیب‌دیدگی محتوای ذخیره‌شده"),
    Recorded.RULES: Words(en="Rules of service came into use", fa="به‌کارگیری قواعد ابلاغ"),
    Recorded.CALENDAR: Words(en="An office calendar came into use", fa="به‌کارگیری تقویم اداری"),
    Recorded.DEADLINES: Words(
        en="Another office calendar was decided on; it moves a last day",
        fa="تصویب تقویم اداری تازه که آخرین روز مهلت را تغییر می‌دهد",
    ),
    Recorded.PARCELS: Words(en="The asset register was asked about the parcel", fa="استعلام ملک از سامانه املاک"),
    Recorded.COURTESY: Words(
        en="Courtesy message by telephone handed to Shahrzad; information only, it starts no period",
        fa="سپردن پیام تلفنی اطلاع‌رسانی به شهرزاد؛ فقط جهت اطلاع است و مهلتی را آغاز نمی‌کند",
    ),
    Recorded.COURTESY_OUTCOME: Words(en="Outcome of the courtesy message", fa="نتیجه پیام اطلاع‌رسانی"),
    Recorded.CERTIFICATE: Words(en="A certificate of service was issued", fa="صدور گواهی ابلاغ"),
    Recorded.HISTORY_SET_ASIDE: Words(
        en="A forgotten part of the archive was set aside", fa="کنار گذاشتن بخش ازدست‌رفته بایگانی با ثبت سند"
    ),
    Recorded.DELETED: Words(
        en="Texts were deleted from the archive under a rule of retention", fa="حذف متن از بایگانی طبق قاعده نگهداری"
    ),
}

PARCELS: Final[Mapping[ParcelFinding, Words]] = {
    ParcelFinding.MUNICIPAL: Words(
        en="by the asset register the parcel is the municipality's own, and the recipient is another one",
        fa="ملک طبق سامانه املاک متعلق به شهرداری است و مخاطب شخص دیگری است",
    ),
    ParcelFinding.OTHER: Words(
        en="by the asset register the parcel is not the municipality's own",
        fa="ملک طبق سامانه املاک متعلق به شهرداری نیست",
    ),
    ParcelFinding.UNLISTED: Words(
        en="the asset register does not know the parcel", fa="این کد نوسازی در سامانه املاک ثبت نشده است"
    ),
    ParcelFinding.SILENT: Words(en="the asset register did not answer", fa="سامانه املاک پاسخ نداد"),
    ParcelFinding.NO_CODE: Words(
        en="not looked up in the asset register: the case has no renovation code of seven parts",
        fa="در سامانه املاک جست‌وجو نشد؛ پرونده کد نوسازی هفت‌بخشی ندارد",
    ),
    ParcelFinding.NOT_CONFIGURED: Words(
        en="not looked up in the asset register: none is configured",
        fa="در سامانه املاک جست‌وجو نشد؛ سامانه املاک در پیکربندی نیامده است",
    ),
}
"""Findings about a notice's parcel."""

DETAILS: Final[Mapping[str, Words]] = {
    SEALED_ANEW: Words(en=SEALED_ANEW, fa="مهر دوباره پیش از ارسال: ساعت درگاه هنگام مهر نخست جلو بود"),
    BY_CONNECTION: Words(en=f"{BY_CONNECTION}: nobody signed it", fa="بدون امضا؛ تنها اتصال ایمن آن را آورده است"),
    ELEMENT_OF_SIGNED: Words(en=ELEMENT_OF_SIGNED, fa="بخشی از پاسخ امضاشده قوه قضاییه"),
    **{f"{FINDING}: {finding}": words for finding, words in PARCELS.items()},
    STATUS_OF_ANSWER: Words(en=f"{STATUS_OF_ANSWER}, read by the gateway", fa="وضعیتی که درگاه از پاسخ خوانده است"),
    **{courtesy_detail(outcome): words for outcome, words in COURTESY_OUTCOMES.items()},
}
"""Details that are words; others are codes and names."""

STATES: Final[Mapping[str, Words]] = {
    _S.QUEUED: Words(en="waits to be sent", fa="در صف ارسال"),
    _S.SENDING: Words(en="being sent", fa="در حال ارسال"),
    _S.PENDING: Words(en="being processed at the judiciary", fa="در حال رسیدگی در قوه قضاییه"),
    _S.IN_DOUBT: Words(en="in doubt", fa="نامعلوم"),
    _S.SUBMITTED: Words(en="submitted", fa="تحویل‌شده به قوه قضاییه"),
    _S.DELIVERED: Words(en="delivered", fa="ابلاغ‌شده"),
    _S.VIEWED: Words(en="viewed", fa="رؤیت‌شده"),
    _S.REJECTED: Words(en="rejected", fa="ردشده"),
    _S.NO_ACCOUNT: Words(en="no account", fa="بدون حساب کاربری"),
    _S.UNDELIVERABLE: Words(en="undeliverable", fa="غیر قابل تحویل"),
    _S.OTHER_CHANNEL: Words(en="another channel", fa="شیوه دیگر ابلاغ"),
    _S.WITHDRAWN: Words(en="withdrawn", fa="پس‌گرفته‌شده"),
    _S.DEAD_LETTER: Words(en="given up, for a person", fa="ارسال‌نشده، در انتظار متصدی"),
}

EFFECTS: Final[Mapping[Effect, Words]] = {
    Effect.LEGAL: Words(
        en="legal service (arrived, not viewed so far)", fa="ابلاغ قانونی (وصول، بدون رؤیت تا این زمان)"
    ),
    Effect.ACTUAL: Words(en="actual service (viewed)", fa="ابلاغ واقعی (رؤیت‌شده)"),
}
