// The three operations. Each takes the request as plain values and gives the fields of its answer, without Result.
import { createHash } from "node:crypto";
import { CODE, Refusal } from "./codes.js";
import { dayOf, daysBetween, startOfDay, timeOf } from "./jalali.js";
import { WAITING } from "./ledger.js";

const MOST_DAYS = 31;
const LENGTH = { "حقیقی": 10, "حقوقی": 11, "تبعه خارجی": 12 };

export class Operations {
  constructor({ ledger, outcomes, duplicateWindow, pageSize }) {
    Object.assign(this, { ledger, outcomes, duplicateWindow, pageSize });
  }

  SendLetter({ Letter: letter }, caller) {
    checkDay(letter.IssueDay, "IssueDay");
    checkPaper(letter.Paper);
    if (caller.kinds && !caller.kinds.includes(letter.Kind)) throw new Refusal(CODE.KIND);
    if (letter.Recipient.Id.length !== LENGTH[letter.Recipient.Type]) throw new Refusal(CODE.SCHEMA, "Id");
    if (!mayExist(letter.Recipient)) throw new Refusal(CODE.RECIPIENT);
    const earlier = this.ledger.find(caller.organisation, letter.Reference);
    if (earlier && Date.now() - Date.parse(earlier.at) < this.duplicateWindow * 1000) throw new Refusal(CODE.DUPLICATE);

    const outcome = this.outcomes.of(letter.Recipient.Id);
    const kept = outcome.acted ? this.ledger.submit(letter, caller, outcome.events, outcome.override) : undefined;
    if (outcome.code !== CODE.GOOD) throw new Refusal(outcome.code);
    return { LetterNumber: kept.number, AcceptedDay: kept.day, AcceptedTime: kept.time };
  }

  FindLetter({ Reference: reference }, caller) {
    const letter = this.ledger.find(caller.organisation, reference);
    if (!letter) throw new Refusal(CODE.NOT_FOUND);
    const last = this.ledger.lastReceipt(letter.number);
    const accepted = new Date(letter.at);
    return {
      Reference: reference, LetterNumber: letter.number, Status: last?.event ?? WAITING,
      StatusDay: last?.day ?? dayOf(accepted), StatusTime: last?.time ?? timeOf(accepted),
    };
  }

  ListReceipts({ FromDay: from, ToDay: to, Page: page }, caller) {
    checkDay(from, "FromDay");
    checkDay(to, "ToDay");
    const days = daysBetween(from, to);
    if (days < 0 || days >= MOST_DAYS) throw new Refusal(CODE.DAYS);
    const all = this.ledger.receiptsOf(caller.organisation, from, to);
    const shown = all.slice((page - 1) * this.pageSize, page * this.pageSize);
    return {
      Pages: Math.ceil(all.length / this.pageSize),
      Receipt: shown.map((line) => ({
        LetterNumber: line.number, Reference: line.reference, PaperSha256: line.sha256, RecipientId: line.recipient,
        Event: line.event, Day: line.day, Time: line.time, ...line.override,
      })),
    };
  }
}

function checkDay(day, name) {
  if (!startOfDay(day)) throw new Refusal(CODE.SCHEMA, name);
}

function checkPaper(paper) {
  const digest = createHash("sha256").update(paper.Content).digest("hex");
  if (digest !== paper.Sha256 || paper.Content.subarray(0, 5).toString("latin1") !== "%PDF-") throw new Refusal(CODE.PAPER);
  if (!/^[^/\\]+\.pdf$/.test(paper.FileName)) throw new Refusal(CODE.PAPER, "FileName");
}

// Check digits of کد ملی and شناسه ملی; a foreign national's number has none that is known.
function mayExist({ Type: type, Id: id }) {
  const digits = [...id].map(Number);
  if (type === "حقیقی") {
    if (new Set(digits).size === 1) return false;
    const rest = digits.slice(0, 9).reduce((sum, digit, place) => sum + digit * (10 - place), 0) % 11;
    return digits[9] === (rest < 2 ? rest : 11 - rest);
  }
  if (type === "حقوقی") {
    const weights = [29, 27, 23, 19, 17];
    const rest = digits.slice(0, 10).reduce((sum, digit, place) => sum + (digit + digits[9] + 2) * weights[place % 5], 0) % 11;
    return digits[10] === rest % 10;
  }
  return true;
}
