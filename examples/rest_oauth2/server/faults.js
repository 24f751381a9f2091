// Faults on the wire: a plan in DIR/faults.json, read again at each request, or a seeded share of the requests.
//
// faults.json: { "faults": [ { "id", "operation", "fault", "times"?, "after"?, "seconds"? } ] }
//   operation  an operationId of the contract, `token`, or `*`
//   times      how often it is played (default 1); counted by id, also over restarts (from faults.jsonl)
//   after      how many matching requests are let through before (default 0)
//   seconds    of a delay, or of Retry-After
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tehran } from './clock.js';
import { Ledger } from './ledger.js';

export const FAULTS = {
  'cut-before': 'the connection is cut, nothing was done',
  'cut-after': 'the request is carried out, the connection is cut before the answer',
  'cut-middle': 'the request is carried out, half of the answer comes',
  'delay-before': 'waits, then carries out and answers',
  'delay-after': 'carries out, waits, then answers',
  twice: 'carried out twice, the second answer is sent (a submission has its key, so it stays one letter)',
  'gateway-before': '502 with a page of HTML, nothing was done',
  'gateway-after': '502 with a page of HTML, the request is carried out',
  busy: '429 with Retry-After, nothing was done',
  closed: '503 with Retry-After, nothing was done',
  internal: '500 with a problem document, nothing was done',
  'revoke-all': 'all tokens are revoked now, then the request goes on',
  'token-error': 'the token endpoint answers 500 without a token',
  'token-refused': 'the token endpoint answers invalid_client',
};

const WIRE = ['cut-before', 'cut-after', 'cut-middle', 'delay-before', 'delay-after', 'gateway-before', 'gateway-after'];
const SEEDED = { token: ['cut-before', 'cut-after', 'delay-after', 'token-error'], other: [...WIRE, 'twice', 'busy', 'closed', 'internal', 'revoke-all'] };

export class Faults {
  constructor(folder, seeded) {
    this.path = join(folder, 'faults.json');
    this.played = new Map();
    this.seen = new Map();
    for (const { id } of Ledger.read(join(folder, 'faults.jsonl'))) this.#count(this.played, id);
    this.log = new Ledger(join(folder, 'faults.jsonl'));
    this.seeded = seeded && { percent: seeded.percent, next: randomNumbers(seeded.seed) };
  }

  #count(map, id) {
    map.set(id, (map.get(id) ?? 0) + 1);
    return map.get(id);
  }

  // The fault for this request, or null. It is written down before it is played.
  choose(operation, requestId) {
    const chosen = this.#planned(operation) ?? this.#seeded(operation);
    if (!chosen) return null;
    this.#count(this.played, chosen.id);
    this.log.append({ at: tehran(Date.now()), id: chosen.id, operation, fault: chosen.fault, seconds: chosen.seconds, requestId });
    return chosen;
  }

  #planned(operation) {
    if (!existsSync(this.path)) return undefined;
    const { faults } = JSON.parse(readFileSync(this.path, 'utf8'));
    for (const rule of faults) {
      if (!rule.id || !Object.hasOwn(FAULTS, rule.fault)) throw new Error(`faults.json: a fault needs an id and one of ${Object.keys(FAULTS).join(', ')}`);
      if (rule.operation !== '*' && rule.operation !== operation) continue;
      if ((this.played.get(rule.id) ?? 0) >= (rule.times ?? 1)) continue;
      if (this.#count(this.seen, rule.id) <= (rule.after ?? 0)) continue;
      return { seconds: 1, ...rule };
    }
    return undefined;
  }

  #seeded(operation) {
    if (!this.seeded) return undefined;
    // Two numbers for each request, so that a fault does not move the ones after it.
    const [first, second] = [this.seeded.next(), this.seeded.next()];
    if (first * 100 >= this.seeded.percent) return undefined;
    const kinds = operation === 'token' ? SEEDED.token : SEEDED.other;
    return { id: 'seeded', fault: kinds[Math.floor(second * kinds.length)], seconds: 0.5 };
  }
}

// The same numbers for the same seed (a linear congruence; no secret hangs on it).
function randomNumbers(seed) {
  let state = BigInt(seed) + 0x9e3779b97f4a7c15n;
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 33n) / 2 ** 31;
  };
}
