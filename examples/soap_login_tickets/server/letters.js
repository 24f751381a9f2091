// Letters, tickets and receipts, and the ledger on the disk. A line is on the disk before an answer speaks of it.
// A restart with the same folder goes on where the ledger ends.
import { createHash, randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { CODE, Refusal, STATE } from "./codes.js";
import { jalaliYear } from "./tehran.js";

const WHAT = { [STATE.REJECTED]: "rejected", [STATE.NO_ACCOUNT]: "no-account", [STATE.AGAIN]: "returned" };

export class Letters {
  constructor(folder, { ticketDelay, receiptDelay, legalSeconds, seal }) {
    Object.assign(this, { ticketDelay, receiptDelay, legalSeconds, seal });
    this.letters = [];
    this.receipts = [];
    this.served = 0;
    const file = join(folder, "ledger.jsonl");
    for (const line of wholeLines(file)) this.#keep(JSON.parse(line));
    this.handle = openSync(file, "a", 0o600);
  }

  #keep(line) {
    if (line.what === "taken") this.letters.push({ ...line, made: 0 });
    else if (line.what === "receipt") {
      this.receipts.push(line);
      this.letters.find((letter) => letter.ticket === line.ticket).made += 1;
    } else {
      const { what, number, state, reason, at } = line;
      if (what === "submitted") this.served += 1;
      Object.assign(this.letters.find((letter) => letter.ticket === line.ticket), { decided: { number, state, reason, at } });
    }
  }

  #append(line) {
    writeSync(this.handle, `${JSON.stringify(line)}\n`);
    fsyncSync(this.handle);
    this.#keep(line);
  }

  // Takes a letter for processing, however often it came before. Returns its ticket.
  take(letter, papers, caller, outcome) {
    const ticket = `TK-${randomBytes(8).toString("hex").toUpperCase()}`;
    this.#append({
      what: "taken", ticket, reference: letter.Reference, organisation: caller.organisation, user: caller.user,
      recipient: letter.Recipient.NationalId, kind: letter.Kind, sha256: papers.find((paper) => paper.main).sha256, papers,
      at: new Date().toISOString(), outcome, events: this.#plan(outcome.events ?? []),
    });
    return ticket;
  }

  // When the events come, in seconds after acceptance.
  #plan(events) {
    let after = 0;
    return events.map((event) => {
      after += event === "LEGAL" ? this.legalSeconds : this.receiptDelay;
      return { event, after };
    });
  }

  // Decides letters and makes receipts whose time has come, in the order of their times.
  settle() {
    const now = Date.now();
    for (const letter of this.letters) {
      const due = Date.parse(letter.at) + this.ticketDelay * 1000;
      const open = !letter.decided && !letter.outcome.lost && letter.outcome.state !== STATE.PROCESSING;
      if (open && due <= now) this.#decide(letter, new Date(due));
    }
    const due = [];
    for (const letter of this.letters) {
      if (!letter.decided?.number) continue;
      for (const { event, after } of letter.events.slice(letter.made)) {
        const at = Date.parse(letter.decided.at) + after * 1000;
        if (at <= now) due.push({ letter, event, at });
      }
    }
    due.sort((one, other) => one.at - other.at);
    for (const { letter, event, at } of due) this.#makeReceipt(letter, event, new Date(at));
  }

  #decide(letter, at) {
    const { state, served, reason } = letter.outcome;
    const number = served ? `PK-${jalaliYear(at)}-${String(this.served + 1).padStart(7, "0")}` : undefined;
    this.#append({
      what: served ? "submitted" : WHAT[state] ?? "undecided", number, ticket: letter.ticket, reference: letter.reference,
      organisation: letter.organisation, sha256: letter.sha256, recipient: letter.recipient, state, reason, at: at.toISOString(),
    });
  }

  #makeReceipt(letter, event, at) {
    const id = `RC-${String(this.receipts.length + 1).padStart(8, "0")}`;
    const { ticket, reference, organisation, recipient, sha256, papers } = letter;
    const number = letter.decided.number;
    const xml = this.seal({ id, organisation, number, reference, recipient, papers, event, at });
    this.#append({ what: "receipt", id, number, ticket, reference, organisation, recipient, sha256, event, at: at.toISOString(), xml });
  }

  #of(organisation) {
    return this.letters.filter((letter) => letter.organisation === organisation && !letter.outcome.lost);
  }

  byTicket(organisation, ticket) {
    const letter = this.#of(organisation).find((one) => one.ticket === ticket && !one.outcome.ticketLost);
    if (!letter) throw new Refusal(CODE.NO_TICKET, "Ticket");
    return letter;
  }

  // All letters of that reference, the newest first.
  byReference(organisation, reference) {
    return this.#of(organisation).filter((letter) => letter.reference === reference).reverse();
  }

  // Only the plan of faults asks this.
  referenceOf(ticket) {
    return this.letters.find((letter) => letter.ticket === ticket)?.reference;
  }

  // {receipts, next} after a cursor of this organisation.
  page(organisation, cursor, size) {
    const mine = this.receipts.filter((line) => line.organisation === organisation);
    const start = cursor === undefined ? 0 : Number(/^p(\d{1,9})\./.exec(cursor)?.[1] ?? NaN);
    if (!(start <= mine.length) || (cursor !== undefined && cursor !== cursorAt(organisation, start))) {
      throw new Refusal(CODE.CURSOR, "Cursor");
    }
    const receipts = mine.slice(start, start + size);
    return { receipts, next: cursorAt(organisation, start + receipts.length) };
  }

  close() {
    closeSync(this.handle);
  }
}

// The lines of earlier runs. A last line that a crash cut off was told to nobody: it goes.
function wholeLines(file) {
  if (!existsSync(file)) return [];
  const octets = readFileSync(file);
  const end = octets.lastIndexOf(0x0a) + 1;
  if (end < octets.length) truncateSync(file, end);
  return octets.subarray(0, end).toString("utf8").split("\n").filter(Boolean);
}

// The check part keeps a cursor of one organisation from another one, and an invented one from both.
function cursorAt(organisation, position) {
  const check = createHash("sha256").update(`${organisation}/${position}`).digest("base64url").slice(0, 10);
  return `p${position}.${check}`;
}
