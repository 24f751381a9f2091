// The numbers of the contract and the texts that a person reads. CONTRACT.md has the same tables in English.
export const SERVICE = "http://peyk.invalid/service/3";
export const EXCHANGE = "http://peyk.invalid/exchange/3";

// Error/Code. A call that ended with one of them was not acted on; INTERNAL is the exception.
export const CODE = {
  SCHEMA: -1,
  DOCUMENTS: -2,
  KIND: -3,
  DAY: -4,
  CURSOR: -5,
  PASSWORD: -11,
  ORGANISATION: -12,
  LOCKED: -13,
  TOKEN: -14,
  PERMISSION: -15,
  NO_LETTER: -21,
  NO_TICKET: -22,
  BUSY: -41,
  INTERNAL: -99,
};

const ERRORS = {
  [CODE.SCHEMA]: "درخواست با قرارداد سازگار نیست",
  [CODE.DOCUMENTS]: "اسناد نامه پذیرفته نیست",
  [CODE.KIND]: "این نوع نامه یا سند برای سازمان مجاز نیست",
  [CODE.DAY]: "چنین روزی در تقویم نیست",
  [CODE.CURSOR]: "نشانگر صفحه معتبر نیست",
  [CODE.PASSWORD]: "نام کاربری یا گذرواژه نادرست است",
  [CODE.ORGANISATION]: "کد سازمان نادرست است",
  [CODE.LOCKED]: "کاربر قفل شده است",
  [CODE.TOKEN]: "نشست پایان یافته یا شناخته نشده است؛ دوباره وارد شوید",
  [CODE.PERMISSION]: "کاربر اجازه این عملیات را ندارد",
  [CODE.NO_LETTER]: "نامه‌ای با این شناسه نرسیده است",
  [CODE.NO_TICKET]: "این برگه پیگیری شناخته نشد",
  [CODE.BUSY]: "سامانه شلوغ است؛ کاری انجام نشد، بعداً دوباره بفرستید",
  [CODE.INTERNAL]: "خطای داخلی؛ ممکن است کار انجام شده باشد",
};

// State of a letter.
export const STATE = { PROCESSING: 10, ACCEPTED: 20, REJECTED: 30, NO_ACCOUNT: 40, AGAIN: 50 };

// Reason/Code of a rejected letter.
export const REASONS = {
  301: "مخاطب در پایگاه ثبت احوال یا ثبت شرکت‌ها یافت نشد",
  302: "مخاطب فوت شده است",
  303: "نام مخاطب با شناسه او برابر نیست",
  304: "سند اصلی خوانا نیست",
  305: "شماره پرونده لازم است",
  306: "سهمیه سازمان به پایان رسیده است",
};

export const LETTER_KINDS = ["10", "11", "20", "21", "22", "23", "30", "31", "32", "40", "41", "50"];
export const DOCUMENT_KINDS = ["01", "02", "03", "04", "09"];

// Event of a receipt.
export const EVENTS = {
  PLACED: "درج در صندوق مخاطب",
  VIEWED: "مشاهده شد",
  LEGAL: "ابلاغ قانونی",
  NO_ACCOUNT: "مخاطب حساب کاربری ندارد",
};

export const textOf = (code) => ERRORS[code] ?? REASONS[code] ?? "نامشخص";

// Thrown where a call ends with an Error.
export class Refusal extends Error {
  constructor(code, field) {
    super(textOf(code));
    this.code = code;
    this.field = field;
  }

  get container() {
    return { Error: { Code: this.code, Text: this.message, ...(this.field ? { Field: this.field } : {}) } };
  }
}
