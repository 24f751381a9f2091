// Each fault once, the seeded ones, and what the ledger says of them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, letterTo, personNumber, startService } from './client.js';

export async function testFaults(test, service, client) {
  const { check } = test;
  test.say('faults');
  const person = personNumber(5);
  const play = (fault, operation = 'sendLetter', more = {}) => test.write('faults.json', { faults: [{ id: `${fault} ${operation}`, operation, fault, ...more }] });
  const took = async (action) => {
    const start = Date.now();
    const answer = await action().then((value) => value, (trouble) => ({ trouble: trouble.code ?? trouble.message }));
    return { ...answer, seconds: (Date.now() - start) / 1000 };
  };
  const send = (name) => took(() => client.send(`fault-${name}`, letterTo(person), { key: `fault-key-${name}` }));
  const ledgerHas = (name, count) => check(test.submitted(`fault-${name}`) === count, `${name}: ${count} in the ledger`);

  for (const [fault, count] of [['cut-before', 0], ['cut-after', 1], ['cut-middle', 1]]) {
    play(fault);
    const answer = await send(fault);
    check(answer.trouble !== undefined, `${fault}: ${answer.trouble}`);
    ledgerHas(fault, count);
    check((await client.find(`fault-${fault}`)).json.length === count, `${fault}: asked afterwards, ${count}`);
  }
  for (const [fault, count] of [['gateway-before', 0], ['gateway-after', 1]]) {
    play(fault);
    const answer = await send(fault);
    check(answer.status === 502 && /text\/html/.test(answer.type), `${fault}: 502 without a problem document`);
    ledgerHas(fault, count);
  }
  for (const [fault, status] of [['busy', 429], ['closed', 503], ['internal', 500]]) {
    play(fault, 'sendLetter', { seconds: 2 });
    const answer = await send(fault);
    check(answer.status === status && answer.json.code === fault && (status === 500 || answer.headers['retry-after'] === '2'), `${fault}: ${status}`);
    ledgerHas(fault, 0);
  }
  for (const fault of ['delay-before', 'delay-after']) {
    play(fault, 'sendLetter', { seconds: 0.6 });
    const answer = await send(fault);
    check(answer.status === 202 && answer.seconds >= 0.6, `${fault}: ${answer.seconds} s`);
    ledgerHas(fault, 1);
  }
  play('twice');
  check((await send('twice')).headers['idempotency-replayed'] === 'true', 'twice: the second answer of a submission');
  ledgerHas('twice', 1);
  play('twice', 'nextReceipts');
  check((await client.receipts()).status === 200, 'twice: a page of receipts');

  play('revoke-all');
  const { access_token: token } = (await client.token()).json;
  const revoked = await took(() => client.send('fault-revoke-all', letterTo(person), { token }));
  check(revoked.status === 401 && revoked.json.code === 'token', 'revoke-all: 401 in the middle');
  ledgerHas('revoke-all', 0);
  check((await client.call('GET', '/v2/ping', { token })).status === 401, 'revoke-all: the token stays revoked');
  check((await client.call('GET', '/v2/ping')).status === 200, 'revoke-all: a new token is good');

  play('token-error', 'token');
  check((await client.token()).status === 500, 'token-error: 500');
  play('token-refused', 'token');
  const refused = await client.token();
  check(refused.status === 401 && refused.json.error === 'invalid_client', 'token-refused: invalid_client');
  play('cut-before', 'token');
  check((await took(() => client.token())).trouble !== undefined, 'token: cut before');
  play('cut-after', 'token');
  check((await took(() => client.token())).trouble !== undefined, 'token: cut after');

  play('cut-before', 'ping', { times: 2, after: 1 });
  const pings = [];
  for (let round = 0; round < 4; round += 1) pings.push((await took(() => client.call('GET', '/v2/ping'))).status ?? 'cut');
  check(pings.join() === '200,cut,cut,200', `times 2, after 1: ${pings}`);
  test.write('faults.json', { faults: [] });
  await seeded(test);
}

// The same seed plays the same faults for the same requests.
async function seeded(test) {
  const runs = [];
  for (let round = 0; round < 2; round += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'ravan-seeded-'));
    const service = await startService(folder, '--faults', '7:40', '--receipt-alg', 'RS256', '--key-seconds', '0');
    try {
      const client = new Client(service);
      for (let call = 0; call < 30; call += 1) await client.exchange('GET', '/v2/keys').catch(() => {});
      runs.push(readFileSync(join(folder, 'faults.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line).fault).join(' '));
      if (round === 1) await keySeconds(test, client, folder);
      client.close();
    } finally {
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  test.check(runs[0] !== '' && runs[0] === runs[1], `seed 7, 40 percent: ${runs[0]}`);
}

// After the time of a key, the same key makes a second letter.
async function keySeconds(test, client, folder) {
  const letter = letterTo(personNumber(6));
  const numbers = new Set();
  for (let call = 0; call < 40 && numbers.size < 2; call += 1) {
    const answer = await client.send('late', letter, { key: 'the-same-key' }).catch(() => ({}));
    if (answer.status === 202) numbers.add(answer.json.number);
  }
  const served = readFileSync(join(folder, 'ledger.jsonl'), 'utf8').split('\n').filter((line) => line.includes('"submitted"')).length;
  test.check(numbers.size === 2 && served >= 2, `a key that is too old: a second letter (${served} in the ledger, lost answers with them)`);
}
