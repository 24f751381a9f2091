// Written days and times of Tehran. The calendar is that of the runtime's ICU; Tehran is +03:30 all year.
const OFFSET = 3.5 * 3600_000;
const DAY = 86_400_000;
const calendar = new Intl.DateTimeFormat("en-u-ca-persian-nu-latn", {
  timeZone: "UTC", year: "numeric", month: "2-digit", day: "2-digit",
});

const shifted = (date) => new Date(date.getTime() + OFFSET);

function jalali(local) {
  const part = Object.fromEntries(calendar.formatToParts(local).map(({ type, value }) => [type, value]));
  return `${part.year}/${part.month}/${part.day}`;
}

// 1405/09/07 ساعت 13:05:22
export function writtenMoment(date) {
  const local = shifted(date);
  return `${jalali(local)} ساعت ${local.toISOString().slice(11, 19)}`;
}

// 1405, for numbers of letters
export const jalaliYear = (date) => jalali(shifted(date)).slice(0, 4);

// 2026-11-28T13:05:22+03:30
export const localMoment = (date) => `${shifted(date).toISOString().slice(0, 19)}+03:30`;

// Whether the calendar has the day 1405/09/07.
export function dayExists(text) {
  const [year, month, day] = text.split("/").map(Number);
  const before = month <= 7 ? (month - 1) * 31 : 186 + (month - 7) * 30;
  // 1 Farvardin falls on 20 to 22 March
  const near = Date.UTC(year + 621, 2, 21) + (before + day - 1) * DAY;
  return [-2, -1, 0, 1, 2].some((step) => jalali(new Date(near + step * DAY)) === text);
}

// The Date of a written moment; a client of the service needs it.
export function readMoment(text) {
  const [, day, time] = /^([\d/]{10}) ساعت ([\d:]{8})$/.exec(text) ?? [];
  if (!day || !dayExists(day)) return null;
  const [year, month, date] = day.split("/").map(Number);
  const before = month <= 7 ? (month - 1) * 31 : 186 + (month - 7) * 30;
  const near = Date.UTC(year + 621, 2, 21) + (before + date - 1) * DAY;
  const step = [-2, -1, 0, 1, 2].find((one) => jalali(new Date(near + one * DAY)) === day);
  const [hour, minute, second] = time.split(":").map(Number);
  return new Date(near + step * DAY + ((hour * 60 + minute) * 60 + second) * 1000 - OFFSET);
}
