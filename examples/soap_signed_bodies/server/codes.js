// The numbers of Result/Code and the text that a person reads. CONTRACT.md has the same table in English.
export const CODE = {
  GOOD: 0,
  SCHEMA: 101,
  ORGANISATION: 102,
  CREDENTIALS: 103,
  CALL_TIME: 104,
  DUPLICATE: 201,
  RECIPIENT: 202,
  NO_ACCOUNT: 203,
  KIND: 204,
  PAPER: 205,
  NOT_FOUND: 206,
  DAYS: 207,
  BUSY: 503,
  INTERNAL: 900,
};

const TEXTS = {
  0: "انجام شد",
  101: "پیام با طرح‌واره سازگار نیست",
  102: "کد سازمان شناخته نشد",
  103: "گواهی، واحد یا مجوز این فراخوان پذیرفته نیست",
  104: "زمان فراخوان با ساعت سامانه اختلاف دارد",
  201: "نامه‌ای با همین شناسه در همین دقیقه رسیده است؛ این فراخوان انجام نشد",
  202: "مخاطب شناخته نشد",
  203: "مخاطب حساب کاربری ندارد",
  204: "این نوع نامه برای سازمان مجاز نیست",
  205: "پرونده PDF نیست یا چکیده آن برابر نیست",
  206: "نامه‌ای با این شناسه یافت نشد",
  207: "بازه روزها پذیرفته نیست",
  503: "سامانه مشغول است؛ کاری انجام نشد",
  900: "خطای داخلی؛ ممکن است کار انجام شده باشد",
};

export function textOf(code) {
  return TEXTS[code] ?? "وضعیت نامشخص";
}

// Thrown where an operation ends with a code other than 0.
export class Refusal extends Error {
  constructor(code, detail = "") {
    super(detail ? `${textOf(code)}: ${detail}` : textOf(code));
    this.code = code;
  }
}
