// How the letters of a recipient end: DIR/outcomes.json, read again at each request.
//   {"0012345679": "refused", "1234567891": {"end": "busy", "times": 2, "then": "viewed"}}
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CODE } from "./codes.js";
import { DELIVERED, REFUSED, RETURNED, UNSEEN, VIEWED } from "./ledger.js";

const EVENTS = {
  viewed: [DELIVERED, VIEWED],
  delivered: [DELIVERED],
  unseen: [DELIVERED, UNSEEN],
  refused: [DELIVERED, REFUSED],
  returned: [RETURNED],
  waiting: [],
};

const CODES = {
  "schema": CODE.SCHEMA,
  "organisation": CODE.ORGANISATION,
  "credentials": CODE.CREDENTIALS,
  "call-time": CODE.CALL_TIME,
  "duplicate": CODE.DUPLICATE,
  "unknown-recipient": CODE.RECIPIENT,
  "no-account": CODE.NO_ACCOUNT,
  "kind-not-allowed": CODE.KIND,
  "paper": CODE.PAPER,
  "internal-error": CODE.INTERNAL,
};

export class Outcomes {
  constructor(folder) {
    this.file = join(folder, "outcomes.json");
    this.busy = new Map();
  }

  // {acted, events, code, override}: whether the letter is served, its events, and the code of the answer.
  of(recipient) {
    const all = existsSync(this.file) ? JSON.parse(readFileSync(this.file, "utf8")) : {};
    const chosen = all[recipient] ?? "viewed";
    const outcome = typeof chosen === "string" ? { end: chosen } : chosen;
    if (outcome.end === "busy") {
      const met = this.busy.get(recipient) ?? 0;
      if (met < (outcome.times ?? 1)) {
        this.busy.set(recipient, met + 1);
        return { acted: false, code: CODE.BUSY };
      }
      return this.#plain({ end: outcome.then ?? "viewed" });
    }
    return this.#plain(outcome);
  }

  #plain(outcome) {
    const override = outcome.receipt;
    if (outcome.end === "events") return { acted: true, code: CODE.GOOD, events: outcome.events, override };
    if (EVENTS[outcome.end]) return { acted: true, code: CODE.GOOD, events: EVENTS[outcome.end], override };
    const code = outcome.end === "code" ? outcome.code : CODES[outcome.end];
    if (code === undefined) throw new Error(`outcomes.json: the end ${outcome.end} is not known`);
    // internal errors and codes of no table: "acted" says whether the letter is served all the same
    return { acted: outcome.acted === true, code, events: EVENTS[outcome.then ?? "viewed"], override };
  }
}
