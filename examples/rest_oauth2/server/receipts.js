// Receipts: made some time after a letter, signed one by one, and handed out in pages.
import { createHash, randomUUID } from 'node:crypto';
import { CompactSign, generateKeyPair } from 'jose';
import { tehran } from './clock.js';
import { Refusal } from './problems.js';

const MOST_WAIT = 2 ** 31 - 1; // of a timer, in milliseconds

export class Receipts {
  constructor({ ledger, key, delaySeconds, forgedKey }) {
    Object.assign(this, { ledger, key, forgedKey, delay: delaySeconds * 1000 });
    this.streams = new Map(); // organisation → [receipt], in the order of their making
    this.byNumber = new Map(); // number → [receipt]
    this.confirmed = new Map(); // organisation → how many are kept by the client
  }

  static async make(options) {
    // A key that is in no key set, for the outcome `forged-receipt`.
    const { privateKey } = await generateKeyPair(options.key.alg);
    return new Receipts({ ...options, forgedKey: privateKey });
  }

  // The receipts of earlier runs; before Letters.restore, which starts what is still to come.
  restore(lines) {
    for (const line of lines) {
      if (line.what === 'receipt') this.#keep(line);
      if (line.what === 'confirmed') this.confirmed.set(line.organisation, line.until);
    }
  }

  #keep(receipt) {
    this.#list(this.streams, receipt.organisation).push(receipt);
    this.#list(this.byNumber, receipt.number).push(receipt);
  }

  #list(map, name) {
    if (!map.has(name)) map.set(name, []);
    return map.get(name);
  }

  eventsOf(number) {
    return this.byNumber.get(number) ?? [];
  }

  // Starts the timer of the letter's next receipt; each comes one delay after the one before.
  expect(letter) {
    const made = this.eventsOf(letter.number).length;
    if (made >= letter.steps.length) return;
    const due = letter.registeredMs + (made + 1) * this.delay;
    const wait = Math.min(Math.max(0, due - Date.now()), MOST_WAIT);
    setTimeout(() => {
      this.#make(letter, letter.steps[made], due).then(() => this.expect(letter));
    }, wait).unref();
  }

  async #make(letter, { event, twist }, due) {
    const at = tehran(due);
    const other = createHash('sha256').update(`not ${letter.sha256}`).digest('hex');
    const payload = {
      iss: 'urn:ravan:receipts',
      iat: Math.floor(Date.now() / 1000),
      jti: randomUUID(),
      organisation: letter.organisation,
      number: letter.number,
      reference: letter.reference,
      sha256: twist === 'other-digest' ? other : letter.sha256,
      recipient: letter.recipient,
      event,
      at: twist === 'again' ? this.eventsOf(letter.number)[0].at : at,
    };
    const { alg, kid, x5c, privateKey } = this.key;
    const jws = await new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg, kid, typ: 'ravan-receipt+jwt', x5c })
      .sign(twist === 'forged' ? this.forgedKey : privateKey);
    const receipt = {
      what: 'receipt', organisation: letter.organisation, number: letter.number, reference: letter.reference, event, at: payload.at, jti: payload.jti, jws,
      ...(twist ? { twist } : {}),
    };
    this.ledger.append(receipt);
    this.#keep(receipt);
  }

  page(organisation, after, limit) {
    const stream = this.streams.get(organisation) ?? [];
    const from = after === undefined ? this.confirmed.get(organisation) ?? 0 : this.#place(organisation, after);
    const taken = stream.slice(from, from + limit);
    return { receipts: taken.map(({ jws }) => jws), next: cursor(organisation, from + taken.length) };
  }

  // A confirmation of less than what is confirmed already changes nothing.
  confirm(organisation, until) {
    const place = this.#place(organisation, until);
    if (place <= (this.confirmed.get(organisation) ?? 0)) return;
    this.ledger.append({ what: 'confirmed', organisation, until: place, at: tehran(Date.now()) });
    this.confirmed.set(organisation, place);
  }

  #place(organisation, text) {
    const [place] = Buffer.from(text, 'base64url').toString('latin1').split('.');
    const known = /^\d{1,9}$/.test(place) && Number(place) <= (this.streams.get(organisation) ?? []).length;
    if (!known || cursor(organisation, Number(place)) !== text) throw new Refusal('cursor');
    return Number(place);
  }
}

// Opaque to clients, and not another organisation's.
function cursor(organisation, place) {
  const check = createHash('sha256').update(`${organisation} ${place}`).digest('hex').slice(0, 8);
  return Buffer.from(`${place}.${check}`).toString('base64url');
}
