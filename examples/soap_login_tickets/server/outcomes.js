// How a letter to a recipient ends: DIR/outcomes.json, read again at each SubmitLetter.
//   {"0012345679": "unseen", "1234567891": {"end": "busy", "times": 2, "then": "viewed"}}
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CODE, STATE } from "./codes.js";

// The events of accepted letters. LEGAL comes when the days of viewing are over, the others one receipt delay after another.
const SERVED = {
  "viewed": ["PLACED", "VIEWED"],
  "placed": ["PLACED"],
  "unseen": ["PLACED", "LEGAL"],
  "unseen-then-viewed": ["PLACED", "LEGAL", "VIEWED"],
  "account-closed": ["NO_ACCOUNT"],
};

export class Outcomes {
  constructor(folder) {
    this.file = join(folder, "outcomes.json");
    this.met = new Map();
  }

  // {code, taken, state, served, reason, ticketLost, events}. "code" ends the call with an Error; "taken" says that
  // the letter is kept all the same; "served" that it reaches the recipient; "state" is what TicketStatus tells at the end.
  of(recipient) {
    const all = existsSync(this.file) ? JSON.parse(readFileSync(this.file, "utf8")) : {};
    const entry = all[recipient] ?? "viewed";
    const { end, times, then = "viewed", ...rest } = typeof entry === "string" ? { end: entry } : entry;
    if (end === "busy" || end === "again") {
      const met = this.met.get(recipient) ?? 0;
      if (met >= (times ?? 1)) return plain(then, {});
      this.met.set(recipient, met + 1);
      return end === "busy" ? { code: CODE.BUSY, taken: false } : { taken: true, state: STATE.AGAIN, served: false };
    }
    return plain(end, { then, ...rest });
  }
}

function plain(end, { then, acted, reason, code, state, events }) {
  const accepted = (names) => ({ taken: true, state: STATE.ACCEPTED, served: true, events: names });
  if (SERVED[end]) return accepted(SERVED[end]);
  switch (end) {
    case "events": return accepted(events);
    case "rejected": return { taken: true, state: STATE.REJECTED, served: false, reason: reason ?? 301 };
    case "no-account": return { taken: true, state: STATE.NO_ACCOUNT, served: false };
    case "processing": return { taken: true, state: STATE.PROCESSING, served: false };
    // a ticket that its service lost: the letter is served, or with "acted": false it is lost as well
    case "ticket-lost": return acted === false ? { taken: true, lost: true } : { ...plain(then, {}), ticketLost: true };
    case "internal": return { ...plain(then, {}), code: CODE.INTERNAL, taken: acted === true };
    // an Error that the contract lists or does not list
    case "code": return { ...plain(then, {}), code, taken: acted === true };
    // a state that the contract does not list
    case "state": return { ...plain(then, {}), state, served: acted === true };
    default: throw new Error(`outcomes.json: the end ${end} is not known`);
  }
}
