// Days and times of Tehran. The calendar is that of the runtime's ICU; Tehran is +03:30 all year.
const TEHRAN = 3.5 * 3600_000;
const DAY = 86_400_000;
const persian = new Intl.DateTimeFormat("en-u-ca-persian-nu-latn", {
  timeZone: "UTC", year: "numeric", month: "numeric", day: "numeric",
});

const two = (number) => String(number).padStart(2, "0");

function partsOf(date) {
  const shifted = new Date(date.getTime() + TEHRAN);
  const found = {};
  for (const { type, value } of persian.formatToParts(shifted)) found[type] = Number(value);
  return {
    year: found.year, month: found.month, day: found.day,
    time: `${two(shifted.getUTCHours())}:${two(shifted.getUTCMinutes())}:${two(shifted.getUTCSeconds())}`,
  };
}

// 14050907
export function dayOf(date) {
  const { year, month, day } = partsOf(date);
  return year * 10000 + month * 100 + day;
}

// "13:05:22"
export function timeOf(date) {
  return partsOf(date).time;
}

// "1405/09/07 13:05:22"
export function momentOf(date) {
  const { year, month, day, time } = partsOf(date);
  return `${year}/${two(month)}/${two(day)} ${time}`;
}

// The Date at which a Jalali day begins in Tehran; null where the calendar has no such day.
export function startOfDay(number) {
  const year = Math.floor(number / 10000);
  const month = Math.floor(number / 100) % 100;
  const day = number % 100;
  if (month < 1 || month > 12 || day < 1 || day > 31) return null;
  // 1 Farvardin falls on 20 to 22 March: begin with a near day, then step to the one that fits.
  const before = month <= 7 ? (month - 1) * 31 : 186 + (month - 7) * 30;
  const guess = Date.UTC(year + 621, 2, 21) + (before + day - 1) * DAY - TEHRAN;
  for (const step of [0, -1, 1, -2, 2]) {
    const date = new Date(guess + step * DAY);
    if (dayOf(date) === number) return date;
  }
  return null;
}

// How many days ToDay is after FromDay; null where one of the two does not exist.
export function daysBetween(from, to) {
  const first = startOfDay(from);
  const last = startOfDay(to);
  return first && last ? Math.round((last - first) / DAY) : null;
}

const MOMENT = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)$/;

// The Date of "1405/09/07 13:05:22"; null where there is no such moment.
export function readMoment(text) {
  const found = MOMENT.exec(text);
  if (!found) return null;
  const [, year, month, day, hour, minute, second] = found.map(Number);
  const start = startOfDay(year * 10000 + month * 100 + day);
  if (!start || hour > 23 || minute > 59 || second > 59) return null;
  return new Date(start.getTime() + ((hour * 60 + minute) * 60 + second) * 1000);
}
