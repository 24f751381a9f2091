// How a letter ends, by its recipient: DIR/outcomes.json, { "<national identifier>": WORD or OBJECT }, read again at each letter.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CODES } from './problems.js';

const steps = (...events) => events.map((event) => ({ event }));

// Words for letters that are registered. A step is one receipt; `twist` makes it a receipt that a careful client refuses.
const REGISTERED = {
  viewed: { steps: steps('delivered', 'viewed') },
  delivered: { steps: steps('delivered') },
  silent: { steps: [] },
  'refused-by-recipient': { steps: steps('delivered', 'refused-by-recipient') },
  'account-closed': { steps: steps('account-closed') },
  returned: { steps: steps('returned') },
  'unknown-status': { status: 'under-review', steps: [] },
  'unknown-event': { steps: steps('delivered', 'guardian-informed') },
  'forged-receipt': { steps: [{ event: 'delivered', twist: 'forged' }] },
  'other-digest': { steps: [{ event: 'delivered', twist: 'other-digest' }] },
  'receipt-twice': { steps: [{ event: 'delivered' }, { event: 'delivered', twist: 'again' }] },
};

export const OUTCOME_WORDS = Object.keys(REGISTERED);

export class Outcomes {
  constructor(folder) {
    this.path = join(folder, 'outcomes.json');
    this.waits = new Map();
  }

  // Returns { refuse: code } or { status, steps }.
  of(recipient) {
    const table = existsSync(this.path) ? JSON.parse(readFileSync(this.path, 'utf8')) : {};
    const chosen = Object.hasOwn(table, recipient) ? table[recipient] : 'viewed';
    const outcome = typeof chosen === 'string' ? { then: chosen } : chosen;
    for (const code of ['busy', 'closed', 'internal']) {
      const played = this.waits.get(`${recipient} ${code}`) ?? 0;
      if (played < (outcome[code] ?? 0)) {
        this.waits.set(`${recipient} ${code}`, played + 1);
        return { refuse: code };
      }
    }
    if (outcome.events) return { status: outcome.status ?? 'received', steps: steps(...outcome.events) };
    const word = outcome.then ?? 'viewed';
    if (word === 'unknown-code') return { refuse: 'quota-review' };
    if (CODES.includes(word)) return { refuse: word };
    if (!Object.hasOwn(REGISTERED, word)) throw new Error(`outcomes.json: no outcome ${word}`);
    return { status: 'received', ...REGISTERED[word] };
  }
}
