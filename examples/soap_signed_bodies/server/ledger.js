// Letters and receipts, and the ledger on the disk. A line is on the disk before an answer speaks of it.
// A restart with the same folder goes on where the ledger ends.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { dayOf, momentOf, timeOf } from "./jalali.js";

export const WAITING = "در انتظار";
export const DELIVERED = "ابلاغ شد";
export const VIEWED = "رؤیت شد";
export const UNSEEN = "رؤیت نشد";
export const REFUSED = "استنکاف";
export const RETURNED = "رد شد";

export class Ledger {
  constructor(folder, delay) {
    this.delay = delay;
    this.letters = [];
    this.receipts = [];
    const file = join(folder, "ledger.jsonl");
    for (const line of existsSync(file) ? readFileSync(file, "utf8").split("\n") : []) {
      // a last line that was cut off by a crash was never answered
      if (line.endsWith("}")) this.#keep(JSON.parse(line));
    }
    this.handle = openSync(file, "a", 0o600);
  }

  #keep(line) {
    if (line.what === "submitted") this.letters.push({ ...line, made: 0 });
    else {
      this.receipts.push(line);
      this.letters.find((letter) => letter.number === line.number).made += 1;
    }
  }

  #append(line) {
    writeSync(this.handle, `${JSON.stringify(line)}\n`);
    fsyncSync(this.handle);
    this.#keep(line);
  }

  submit(letter, caller, events, override) {
    const now = new Date();
    const number = `${dayOf(now)}${String(this.letters.length + 1).padStart(6, "0")}`;
    this.#append({
      what: "submitted", number, reference: letter.Reference, sha256: letter.Paper.Sha256, at: now.toISOString(),
      moment: momentOf(now), organisation: caller.organisation, unit: caller.unit, call_id: caller.callId,
      recipient: letter.Recipient.Id, kind: letter.Kind, events, delay: this.delay, override,
    });
    return { number, day: dayOf(now), time: timeOf(now) };
  }

  // Makes the receipts whose time has come, in the order of their times.
  settle() {
    const now = Date.now();
    const due = [];
    for (const letter of this.letters) {
      for (let place = letter.made; place < letter.events.length; place += 1) {
        const at = Date.parse(letter.at) + letter.delay * 1000 * (place + 1);
        if (at <= now) due.push({ letter, event: letter.events[place], at });
      }
    }
    due.sort((one, other) => one.at - other.at);
    for (const { letter, event, at } of due) {
      const date = new Date(at);
      this.#append({
        what: "receipt", number: letter.number, reference: letter.reference, organisation: letter.organisation,
        sha256: letter.sha256, recipient: letter.recipient, event, day: dayOf(date),
        // arrival is known to the second, all else to the minute
        time: event === DELIVERED ? timeOf(date) : timeOf(date).slice(0, 5),
        at: date.toISOString(), override: letter.override,
      });
    }
  }

  // The newest letter of that reference: an older one of the same reference cannot be found any more.
  find(organisation, reference) {
    return this.letters.findLast((letter) => letter.organisation === organisation && letter.reference === reference);
  }

  receiptsOf(organisation, from, to) {
    return this.receipts.filter((line) => line.organisation === organisation && line.day >= from && line.day <= to);
  }

  lastReceipt(number) {
    return this.receipts.findLast((line) => line.number === number);
  }

  close() {
    closeSync(this.handle);
  }
}
