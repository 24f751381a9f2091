"""The tables of the contract: error codes, states of a notice, kinds of notice."""

NAMESPACE = "http://notices.example.invalid/services/1"
SERVICE_PATH = "/Services/NoticeService"

OK = 0
INTERNAL = -1
NOT_IN_CONTRACT = -2
LOGIN = -3
NOT_ALLOWED = -4
QUOTA = -5
BUSY = -6
MAINTENANCE = -7
CLOSED = -8
SESSION = -9
NOT_FOUND = -10
NATIONAL_ID = -11
POSTAL_CODE = -12
KIND = -13
DOCUMENT = -14
ISSUED_DATE = -15
DECEASED = -16
NAME_MISMATCH = -17
ADDRESS = -18

ERROR_TEXTS = {
    OK: "",
    INTERNAL: "خطای داخلی سامانه",
    NOT_IN_CONTRACT: "درخواست با قرارداد سرویس مطابقت ندارد",
    LOGIN: "نام کاربری یا رمز عبور نادرست است",
    NOT_ALLOWED: "دسترسی به این خدمت یا این نوع ابلاغیه برای شما تعریف نشده است",
    QUOTA: "تعداد درخواست‌ها از سقف مجاز بیشتر است",
    BUSY: "سامانه مشغول است؛ بعداً تلاش کنید",
    MAINTENANCE: "سامانه در حال به‌روزرسانی است",
    CLOSED: "سرویس در این ساعت شبانه‌روز بسته است",
    SESSION: "نشست شما منقضی شده است",
    NOT_FOUND: "ابلاغیه‌ای با این مشخصات یافت نشد",
    NATIONAL_ID: "کد ملی مخاطب نامعتبر است",
    POSTAL_CODE: "کد پستی نامعتبر است",
    KIND: "نوع ابلاغیه تعریف نشده است",
    DOCUMENT: "فایل پیوست PDF نیست یا حجم آن بیش از حد مجاز است",
    ISSUED_DATE: "تاریخ صدور نامعتبر است",
    DECEASED: "مخاطب فوت شده است",
    NAME_MISMATCH: "نام و نام خانوادگی با کد ملی مطابقت ندارد",
    ADDRESS: "نشانی مخاطب در استان و شهر اعلام‌شده یافت نشد",
}
# What a person reads beside a code that is in no table.
OTHER_ERROR_TEXT = "خطای تعریف‌نشده؛ با پشتیبانی تماس بگیرید"

REGISTERED = 1
DELIVERED = 2
VIEWED = 3
NO_ACCOUNT = 4
REJECTED = 5
LEGAL_SERVICE = 6
CANCELLED = 9

STATUS_TEXTS = {
    REGISTERED: "ثبت شد",
    DELIVERED: "به حساب کاربری مخاطب واصل شد",
    VIEWED: "توسط مخاطب رؤیت شد",
    NO_ACCOUNT: "برگشت: مخاطب حساب کاربری ندارد",
    REJECTED: "توسط کارشناس رد شد",
    LEGAL_SERVICE: "ابلاغ قانونی کامل شد",
    CANCELLED: "لغو شد",
}
OTHER_STATUS_TEXT = "در دست بررسی"
REJECT_REASON = "تصویر ابلاغیه خوانا نیست"

KINDS = {
    1: "دعوتنامه جلسه رسیدگی",
    2: "دعوتنامه ارائه دفاعیه",
    3: "اخطار پنج‌روزه",
    4: "اخطار ده‌روزه",
    5: "اخطار چهل‌وهشت‌ساعته",
    6: "اخطار توقف عملیات ساختمانی",
    7: "رأی",
    8: "دستور",
    9: "اجراییه",
    10: "اخطار رفع نقص پرونده",
    11: "تبادل لوایح",
    12: "صورت‌حساب عوارض",
    99: "سایر",
}

MAX_DOCUMENT = 5_000_000
MAX_REQUEST = 8_000_000


def error_text(code: int) -> str:
    return ERROR_TEXTS.get(code, OTHER_ERROR_TEXT)


def status_text(status: int) -> str:
    return STATUS_TEXTS.get(status, OTHER_STATUS_TEXT)
