// The codes of the contract, each with its HTTP status, its English title and its Persian text.
const TABLE = {
  schema: [400, 'The request is not of the schema', 'درخواست با قرارداد سرویس مطابقت ندارد.'],
  cursor: [400, 'The cursor is not one of this service', 'نشانگر صفحه معتبر نیست.'],
  token: [401, 'The access token is missing, expired or revoked', 'توکن دسترسی وجود ندارد، منقضی شده یا باطل شده است.'],
  organisation: [403, 'The organisation is not the client\'s', 'کد سازمان با سرویس‌گیرنده مطابقت ندارد.'],
  scope: [403, 'The token lacks a scope', 'توکن دسترسی مجوز این عملیات را ندارد.'],
  'not-found': [404, 'There is no such letter', 'نامه‌ای با این شماره یافت نشد.'],
  path: [404, 'There is no such path', 'این نشانی در سرویس وجود ندارد.'],
  method: [405, 'The method is not allowed here', 'این روش برای این نشانی مجاز نیست.'],
  'reference-conflict': [409, 'The reference exists with other content', 'شناسه نامه پیش از این با محتوای دیگری ثبت شده است.'],
  'too-large': [413, 'The body or the paper is too large', 'حجم درخواست یا برگه بیش از حد مجاز است.'],
  'media-type': [415, 'The body must be application/json', 'نوع محتوای درخواست باید application/json باشد.'],
  digest: [422, 'The digest is not that of the paper', 'چکیده اعلام‌شده با محتوای برگه برابر نیست.'],
  identifier: [422, 'The national identifier is not valid', 'شناسه ملی مخاطب معتبر نیست.'],
  'recipient-unknown': [422, 'The recipient is not known', 'مخاطب در پایگاه ثبت احوال یا ثبت شرکت‌ها یافت نشد.'],
  'recipient-deceased': [422, 'The recipient has died', 'مخاطب فوت شده است.'],
  'no-account': [422, 'The recipient has no account', 'مخاطب حساب کاربری فعال ندارد.'],
  'kind-not-allowed': [422, 'The organisation may not send this kind', 'سازمان مجاز به ارسال این نوع نامه نیست.'],
  'key-reused': [422, 'The idempotency key was used for another letter', 'کلید یکتایی پیش از این برای نامه دیگری به کار رفته است.'],
  busy: [429, 'Too many requests', 'تعداد درخواست‌ها بیش از حد مجاز است؛ کمی بعد دوباره تلاش کنید.'],
  internal: [500, 'The request failed and was not acted on', 'خطای داخلی سرویس؛ درخواست انجام نشد.'],
  closed: [503, 'The service is closed for a while', 'سرویس موقتاً در دسترس نیست؛ درخواست انجام نشد.'],
};

export const CODES = Object.keys(TABLE);

// A refusal: nothing was acted on. `code` may be a word outside the table (an outcome that tests ask for).
export class Refusal extends Error {
  constructor(code, { errors, headers } = {}) {
    super(code);
    this.code = code;
    this.errors = errors;
    const [status, title, detail] = TABLE[code] ?? [422, 'The letter is refused', 'نامه پذیرفته نشد.'];
    Object.assign(this, { status, title, detail, headers: headers ?? {} });
  }

  document(requestId) {
    return {
      type: `https://ravan.invalid/problems/${this.code}`,
      title: this.title,
      status: this.status,
      detail: this.detail,
      instance: `urn:ravan:request:${requestId}`,
      code: this.code,
      ...(this.errors ? { errors: this.errors } : {}),
    };
  }
}

export const KINDS = {
  'hearing-invitation': 'دعوت‌نامه جلسه رسیدگی',
  'defence-invitation': 'دعوت به دفاع',
  'warning-48h': 'اخطار ۴۸ ساعته',
  'warning-5d': 'اخطار پنج‌روزه',
  'warning-10d': 'اخطار ده‌روزه',
  'stop-work': 'اخطار توقف عملیات',
  ruling: 'رأی',
  order: 'دستور',
  'execution-order': 'اجراییه',
  'file-completion': 'اخطار رفع نقص پرونده',
  'exchange-of-briefs': 'تبادل لوایح',
  bill: 'قبض',
};

// What a letter's state is called after an event.
export const STATE_AFTER = {
  delivered: 'delivered',
  viewed: 'viewed',
  'refused-by-recipient': 'refused',
  'account-closed': 'undeliverable',
  returned: 'undeliverable',
};
