// Runs every operation, code, outcome and fault once against a started service, and prints what it saw.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, startService } from './client.js';
import { FAULTS } from './faults.js';
import { OUTCOME_WORDS } from './outcomes.js';
import { CODES } from './problems.js';
import { SCOPES } from './settings.js';
import { testCodes } from './selftest_codes.js';
import { testFaults } from './selftest_faults.js';
import { testLetters, testOutcomes, testRestart } from './selftest_letters.js';
import { testTokens } from './selftest_tokens.js';

const folder = mkdtempSync(join(tmpdir(), 'ravan-'));
const seen = { codes: new Set(), outcomes: new Set(), faults: new Set() };
let passed = 0;
let failed = 0;

const test = {
  folder,
  seen,
  say: (text) => console.log(text),
  check(fact, what) {
    if (fact) { passed += 1; console.log(`  ok    ${what}`); } else { failed += 1; console.log(`  WRONG ${what}`); }
    return fact;
  },
  write: (name, value) => writeFileSync(join(folder, name), JSON.stringify(value)),
  lines: (name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)),
  submitted: (reference) => test.lines('ledger.jsonl').filter((line) => line.what === 'submitted' && line.reference === reference).length,
  async eventually(what, judge, seconds = 6) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) if (await judge()) return test.check(true, what);
    return test.check(false, what);
  },
};

let service;
try {
  test.write('clients.json', { clients: [
    { id: 'municipality-qom', secret: 'a secret+with/signs=%&', organisation: 'QOM-30417', scopes: SCOPES },
    { id: 'water-office', secret: 'another', organisation: 'WTR-00007', scopes: ['letters:write'], kinds: ['bill'] },
  ] });
  test.write('outcomes.json', {});
  const flags = ['--token-seconds', '3', '--receipt-delay', '0.3', '--key-seconds', '30'];
  service = await startService(folder, ...flags);
  let client = new Client(service);
  await testTokens(test, service, client);
  await testLetters(test, service, client);
  await testCodes(test, service, client);
  await testOutcomes(test, service, client);
  await testFaults(test, service, client);
  client.close();
  test.say('stop and start');
  const before = Date.now();
  test.check(await service.stop() === 0 && Date.now() - before < 2000, 'ends when its standard input closes');
  service = await startService(folder, ...flags);
  client = new Client(service);
  await testRestart(test, service, client);
  client.close();
  service.child.kill('SIGTERM');
  test.check(await service.exit === 0, 'ends at SIGTERM');

  test.say('all of the tables');
  const missing = (all, some) => all.filter((word) => !some.has(word));
  test.check(missing(CODES, seen.codes).length === 0, `every code was seen ${missing(CODES, seen.codes)}`);
  test.check(missing(OUTCOME_WORDS, seen.outcomes).length === 0, `every outcome was seen ${missing(OUTCOME_WORDS, seen.outcomes)}`);
  for (const { fault } of test.lines('faults.jsonl')) seen.faults.add(fault);
  test.check(missing(Object.keys(FAULTS), seen.faults).length === 0, `every fault was played ${missing(Object.keys(FAULTS), seen.faults)}`);
} catch (trouble) {
  failed += 1;
  console.log(`  WRONG ${trouble.stack}\n${service?.complaints() ?? ''}`);
} finally {
  service?.child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
