// Letters: what is accepted, under which number, and where each stands.
import { createHash } from 'node:crypto';
import { tehran } from './clock.js';
import { KINDS, Refusal, STATE_AFTER } from './problems.js';

const MOST_OCTETS = 8 * 1024 * 1024;
const LENGTH = { person: 10, company: 11, foreigner: 12 };

export class Letters {
  constructor({ ledger, outcomes, receipts, keySeconds }) {
    Object.assign(this, { ledger, outcomes, receipts, keySeconds });
    this.byNumber = new Map();
    this.byReference = new Map();
    this.keys = new Map();
    this.count = 0;
  }

  // The letters of earlier runs, from the lines of the ledger.
  restore(lines) {
    for (const line of lines) if (line.what === 'submitted') this.#keep(line);
  }

  #keep(letter) {
    this.count = Math.max(this.count, Number(letter.number.slice(2)));
    this.byNumber.set(letter.number, letter);
    const name = `${letter.organisation} ${letter.reference}`;
    this.byReference.set(name, [...this.byReference.get(name) ?? [], letter]);
    this.keys.set(`${letter.organisation} ${letter.key}`, letter);
    this.receipts.expect(letter);
  }

  // Answers { letter, replayed }. Everything from the first check to the line in the ledger is one step: nothing waits in between.
  send(client, reference, key, body) {
    const content = createHash('sha256').update(canonical(body)).digest('hex');
    const first = this.keys.get(`${client.organisation} ${key}`);
    if (first && Date.now() - first.registeredMs < this.keySeconds * 1000) {
      if (first.reference !== reference || first.content !== content) throw new Refusal('key-reused');
      return { letter: first, replayed: true };
    }
    const earlier = this.byReference.get(`${client.organisation} ${reference}`) ?? [];
    if (earlier.some((letter) => letter.content !== content)) throw new Refusal('reference-conflict');
    this.#judge(client, body);
    const recipient = body.recipient.nationalId;
    const outcome = this.outcomes.of(recipient);
    if (outcome.refuse) throw new Refusal(outcome.refuse, ['busy', 'closed'].includes(outcome.refuse) ? { headers: { 'Retry-After': '1' } } : {});
    const now = Date.now();
    const letter = {
      what: 'submitted',
      organisation: client.organisation,
      number: `RV${String(this.count + 1).padStart(10, '0')}`,
      reference,
      key,
      sha256: body.paper.sha256,
      content,
      recipient,
      kind: body.kind,
      receivedAt: tehran(now),
      registeredMs: now,
      status: outcome.status,
      steps: outcome.steps,
    };
    this.ledger.append(letter);
    this.#keep(letter);
    return { letter, replayed: false };
  }

  #judge(client, body) {
    const paper = Buffer.from(body.paper.content, 'base64');
    if (paper.length > MOST_OCTETS) throw new Refusal('too-large');
    if (createHash('sha256').update(paper).digest('hex') !== body.paper.sha256) throw new Refusal('digest');
    if (!isIdentifier(body.recipient)) throw new Refusal('identifier');
    if (!Object.hasOwn(KINDS, body.kind) || (client.kinds && !client.kinds.includes(body.kind))) throw new Refusal('kind-not-allowed');
  }

  find(client, reference) {
    return (this.byReference.get(`${client.organisation} ${reference}`) ?? []).map((letter) => this.#standing(letter));
  }

  read(client, number) {
    const letter = this.byNumber.get(number);
    if (!letter || letter.organisation !== client.organisation) throw new Refusal('not-found');
    const events = this.receipts.eventsOf(number).map(({ event, at }) => ({ event, at }));
    return { ...this.#standing(letter), receivedAt: letter.receivedAt, events };
  }

  #standing(letter) {
    const last = this.receipts.eventsOf(letter.number).at(-1)?.event;
    const status = last === undefined ? letter.status : STATE_AFTER[last] ?? last;
    return { reference: letter.reference, number: letter.number, status, sha256: letter.sha256 };
  }
}

// The same JSON with its members in one order, so that "the same content" does not hang on how it was written.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value && typeof value === 'object') return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
  return JSON.stringify(value);
}

function isIdentifier({ category, nationalId }) {
  if (nationalId.length !== LENGTH[category]) return false;
  const digits = [...nationalId].map(Number);
  const check = digits.at(-1);
  if (category === 'person') {
    if (new Set(nationalId).size === 1) return false;
    const rest = digits.slice(0, 9).reduce((sum, digit, index) => sum + digit * (10 - index), 0) % 11;
    return check === (rest < 2 ? rest : 11 - rest);
  }
  if (category === 'company') {
    const weights = [29, 27, 23, 19, 17, 29, 27, 23, 19, 17];
    const rest = weights.reduce((sum, weight, index) => sum + (digits[index] + digits[9] + 2) * weight, 0) % 11;
    return check === (rest === 10 ? 0 : rest);
  }
  return true; // the check digit of a foreigner's identifier is not published
}
