// Faults on the wire. DIR/faults.json is read again at each request:
//   {"plan": [{"fault": "cut-after", "operation": "SendLetter", "reference": "A-1", "skip": 0, "times": 1, "seconds": 3}]}
// The first entry that fits is played. When the file changes, the counting of "skip" and "times" begins anew.
import { existsSync, readFileSync, appendFileSync } from "node:fs";
import { join } from "node:path";

export const FAULTS = ["cut-before", "cut-after", "delay", "twice", "permission-lost", "busy",
  "proxy-page", "bad-signature", "wrong-call-id"];
const BY_CHANCE = ["cut-before", "cut-after", "delay", "twice", "permission-lost"];

export class Faults {
  constructor(folder, seeded) {
    this.file = join(folder, "faults.json");
    this.record = join(folder, "faults.jsonl");
    this.text = "";
    this.used = new Map();
    if (seeded) {
      const [seed, percent] = seeded.split(":").map(Number);
      if (!Number.isInteger(seed) || !(percent >= 0 && percent <= 100)) throw new Error("--faults takes SEED:PERCENT");
      this.chance = { next: generator(seed), percent };
    }
  }

  // The fault for this request; undefined for most.
  choose(operation, reference, callId) {
    const entry = this.#planned(operation, reference) ?? this.#byChance();
    if (!entry) return undefined;
    const line = { fault: entry.fault, operation, reference, call_id: callId, at: new Date().toISOString() };
    appendFileSync(this.record, `${JSON.stringify(line)}\n`);
    return entry;
  }

  #planned(operation, reference) {
    const text = existsSync(this.file) ? readFileSync(this.file, "utf8") : "";
    if (text !== this.text) {
      this.text = text;
      this.used.clear();
    }
    const plan = text.trim() ? JSON.parse(text).plan ?? [] : [];
    for (const [place, entry] of plan.entries()) {
      if (entry.operation && entry.operation !== operation) continue;
      if (entry.reference && entry.reference !== reference) continue;
      const met = this.used.get(place) ?? 0;
      const skip = entry.skip ?? 0;
      if (met >= skip + (entry.times ?? 1)) continue;
      this.used.set(place, met + 1);
      if (met >= skip) return entry;
    }
    return undefined;
  }

  #byChance() {
    if (!this.chance || this.chance.next() * 100 >= this.chance.percent) return undefined;
    return { fault: BY_CHANCE[Math.floor(this.chance.next() * BY_CHANCE.length)], seconds: 2 };
  }
}

// A small linear generator: the same seed gives the same faults.
function generator(seed) {
  let state = BigInt.asUintN(64, BigInt(seed));
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 33n) / 2 ** 31;
  };
}
