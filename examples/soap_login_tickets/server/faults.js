// Faults on the wire. DIR/faults.json is read again at each request:
//   [{"fault": "cut-after", "operation": "SubmitLetter", "reference": "A-1", "skip": 0, "times": 1, "seconds": 3}]
// All but "fault" may be absent; "reference" is that of the letter, also where the request names its ticket.
// The first entry that fits is played. When the file changes, "skip" and "times" count anew.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const FAULTS = ["cut-before", "cut-after", "delay", "twice", "session-lost", "session-lost-after", "busy", "proxy-page"];
const BY_CHANCE = ["cut-before", "cut-after", "delay", "twice", "session-lost"];
// a second SubmitLetter is a second letter, so no honest proxy repeats it
const MAY_REPEAT = ["TicketStatus", "FindByReference", "ReceiptPage"];

export class Faults {
  constructor(folder, seeded) {
    this.file = join(folder, "faults.json");
    this.record = join(folder, "faults.jsonl");
    this.text = "";
    this.met = new Map();
    if (seeded === undefined) return;
    const [, seed, percent] = /^(\d+):(\d+(?:\.\d+)?)$/.exec(seeded) ?? [];
    if (!seed || Number(percent) > 100) throw new Error("--faults takes SEED:PERCENT");
    this.chance = { next: generator(Number(seed)), share: Number(percent) / 100 };
  }

  // The entry to play at this request, or undefined.
  choose(operation, reference) {
    const entry = this.#planned(operation, reference) ?? this.#byChance(operation);
    if (!entry) return undefined;
    const line = { fault: entry.fault, operation, reference, seconds: entry.seconds, at: new Date().toISOString() };
    appendFileSync(this.record, `${JSON.stringify(line)}\n`);
    return entry;
  }

  #planned(operation, reference) {
    const text = existsSync(this.file) ? readFileSync(this.file, "utf8") : "[]";
    if (text !== this.text) {
      this.text = text;
      this.met.clear();
    }
    for (const [place, entry] of JSON.parse(text).entries()) {
      if (!FAULTS.includes(entry.fault)) throw new Error(`faults.json: ${entry.fault} is not known`);
      if (entry.operation && entry.operation !== operation) continue;
      if (entry.reference && entry.reference !== reference) continue;
      if (entry.fault === "twice" && !MAY_REPEAT.includes(operation)) continue;
      const met = this.met.get(place) ?? 0;
      const skip = entry.skip ?? 0;
      if (met >= skip + (entry.times ?? 1)) continue;
      this.met.set(place, met + 1);
      if (met >= skip) return entry;
    }
    return undefined;
  }

  #byChance(operation) {
    if (!this.chance || this.chance.next() >= this.chance.share) return undefined;
    const fault = BY_CHANCE[Math.floor(this.chance.next() * BY_CHANCE.length)];
    return fault === "twice" && !MAY_REPEAT.includes(operation) ? undefined : { fault, seconds: 2 };
  }
}

// The same seed gives the same numbers, each from 0 up to 1.
function generator(seed) {
  let count = 0;
  return () => createHash("sha256").update(`${seed}/${count += 1}`).digest().readUInt32BE(0) / 2 ** 32;
}
