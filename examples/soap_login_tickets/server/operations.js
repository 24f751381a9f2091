// The five operations, as the npm package "soap" calls them: plain values in, plain values out.
import { createHash } from "node:crypto";
import { CODE, DOCUMENT_KINDS, LETTER_KINDS, Refusal, STATE, textOf } from "./codes.js";
import { dayExists, writtenMoment } from "./tehran.js";

const MOST_PAPER = 8 * 1024 * 1024;
const ID_LENGTH = { 1: 10, 2: 11, 3: 12 };
const BEGINS = {
  "application/pdf": [[0x25, 0x50, 0x44, 0x46, 0x2d]],
  "image/jpeg": [[0xff, 0xd8, 0xff]],
  "image/png": [[0x89, 0x50, 0x4e, 0x47]],
  "image/tiff": [[0x49, 0x49, 0x2a, 0x00], [0x4d, 0x4d, 0x00, 0x2a]],
};

export class Operations {
  constructor({ sessions, letters, outcomes, pageSize }) {
    Object.assign(this, { sessions, letters, outcomes, pageSize });
  }

  Login({ OrganisationCode: code, UserName: name, Password: password }) {
    const { token, until } = this.sessions.login(String(code), String(name), String(password));
    return { Token: token, ValidUntil: writtenMoment(until) };
  }

  SubmitLetter({ Letter: letter }, caller) {
    if (!dayExists(letter.IssuedOn)) throw new Refusal(CODE.DAY, "IssuedOn");
    if (letter.Recipient.NationalId.length !== ID_LENGTH[letter.Recipient.Type]) throw new Refusal(CODE.SCHEMA, "NationalId");
    if (!LETTER_KINDS.includes(letter.Kind) || (caller.kinds && !caller.kinds.includes(letter.Kind))) throw new Refusal(CODE.KIND, "Kind");
    const papers = readPapers([letter.Documents.Document].flat());
    const outcome = mayExist(letter.Recipient)
      ? this.outcomes.of(letter.Recipient.NationalId) : { taken: true, state: STATE.REJECTED, served: false, reason: 301 };
    const { code, taken, ...rest } = outcome;
    const ticket = taken ? this.letters.take(letter, papers, caller, rest) : undefined;
    if (code !== undefined) throw new Refusal(code);
    return { Ticket: ticket };
  }

  TicketStatus({ Ticket: ticket }, caller) {
    const letter = this.letters.byTicket(caller.organisation, ticket);
    const { DecidedAt, ...state } = stateOf(letter);
    return { State: state.State, ...(DecidedAt && { DecidedAt }), ...state };
  }

  FindByReference({ Reference: reference }, caller) {
    const found = this.letters.byReference(caller.organisation, reference);
    if (!found.length) throw new Refusal(CODE.NO_LETTER, "Reference");
    return {
      Letter: found.map((letter) => {
        const { State, DecidedAt, ...rest } = stateOf(letter);
        return {
          Reference: letter.reference, TakenAt: writtenMoment(new Date(letter.at)), State,
          ...(State === STATE.PROCESSING && !letter.outcome.ticketLost && { Ticket: letter.ticket }), ...rest,
        };
      }),
    };
  }

  ReceiptPage(request, caller) {
    const { receipts, next } = this.letters.page(caller.organisation, request?.Cursor, this.pageSize);
    return { NextCursor: next, Receipt: receipts.map(({ xml }) => Buffer.from(xml, "utf8").toString("base64")) };
  }
}

function stateOf(letter) {
  if (!letter.decided) return { State: STATE.PROCESSING };
  const { state, number, reason, at } = letter.decided;
  return {
    State: state, DecidedAt: writtenMoment(new Date(at)), ...(number && state === STATE.ACCEPTED && { LetterNumber: number }),
    ...(reason && { Reason: { Code: reason, Text: textOf(reason) } }),
  };
}

// The documents as the ledger keeps them, after all that the XSD cannot say.
function readPapers(documents) {
  const refuse = (field) => { throw new Refusal(CODE.DOCUMENTS, field); };
  const papers = documents.map((document, place) => {
    const octets = Buffer.from(document.Content, "base64");
    if (Number(document.Row) !== place + 1) refuse("Row");
    if (!DOCUMENT_KINDS.includes(document.Kind)) throw new Refusal(CODE.KIND, "Document/Kind");
    if (octets.length === 0 || octets.length > MOST_PAPER) refuse("Content");
    if (!BEGINS[document.MediaType].some((begin) => octets.subarray(0, begin.length).equals(Buffer.from(begin)))) refuse("MediaType");
    if (/[/\\]/.test(document.FileName)) refuse("FileName");
    const main = String(document.Main) === "true" || String(document.Main) === "1";
    if (main && document.MediaType !== "application/pdf") refuse("MediaType");
    return {
      row: place + 1, main, title: document.Title, kind: document.Kind, file: document.FileName,
      sha256: createHash("sha256").update(octets).digest("hex"),
    };
  });
  if (papers.filter((paper) => paper.main).length !== 1) refuse("Main");
  return papers;
}

// Check digits of a person's and a company's identifier; a foreign national's has none that is published.
function mayExist({ Type: type, NationalId: id }) {
  const digits = [...id].map(Number);
  const last = digits.at(-1);
  if (Number(type) === 1) {
    const rest = digits.slice(0, 9).reduce((sum, digit, place) => sum + digit * (10 - place), 0) % 11;
    return new Set(digits).size > 1 && last === (rest < 2 ? rest : 11 - rest);
  }
  if (Number(type) === 2) {
    const added = digits[9] + 2;
    const weights = [29, 27, 23, 19, 17, 29, 27, 23, 19, 17];
    const rest = weights.reduce((sum, weight, place) => sum + (digits[place] + added) * weight, 0) % 11;
    return last === rest % 10;
  }
  return true;
}
