// Letters from the first answer to the last receipt, every outcome, and a restart.
import { Client, letterTo, personNumber, verifyReceipt } from './client.js';
import { judge, named } from './schema.js';

const fits = (value, name) => judge(value, named(name)).length === 0;

export async function testLetters(test, service, client) {
  const { check } = test;
  test.say('letters');
  const letter = letterTo(personNumber(3));
  const sent = await client.send('case:14/1', letter).catch((trouble) => trouble);
  check(sent.status === 400, 'a slash is not of a reference');
  const first = await client.send('case:14-1', letter, { key: 'first-key-1' });
  check(first.status === 202 && fits(first.json, 'Registered'), `202 ${JSON.stringify(first.json)}`);
  check(first.headers.location === `${client.base}/letters/${first.json.number}`, 'Location is the letter');
  const turned = Object.fromEntries(Object.entries(letter).reverse());
  const again = await client.send('case:14-1', turned, { key: 'first-key-1' });
  check(again.status === 202 && again.json.number === first.json.number && again.headers['idempotency-replayed'] === 'true', 'the same key and content: the first answer');
  check(test.submitted('case:14-1') === 1, 'one letter in the ledger');
  const second = await client.send('case:14-1', letter, { key: 'second-key-1' });
  check(second.status === 202 && second.json.number !== first.json.number, 'another key: a second letter');
  check(test.submitted('case:14-1') === 2, 'two letters in the ledger');
  const found = await client.find('case:14-1');
  check(found.json.length === 2 && found.json.every((standing) => fits(standing, 'Standing') && standing.sha256 === letter.paper.sha256), 'both are found by the reference');
  check((await client.find('nobody-knows')).json.length === 0, 'an unknown reference: an empty array');

  test.say('receipts');
  await test.eventually('four receipts come', async () => (await client.receipts()).json.receipts.length === 4);
  const page = (await client.receipts('?limit=3')).json;
  check(fits(page, 'ReceiptPage') && page.receipts.length === 3, 'a page of three');
  const rest = (await client.receipts(`?after=${page.next}&limit=200`)).json;
  check(rest.receipts.length === 1, 'the page after it: one');
  check((await client.receipts(`?after=${rest.next}`)).json.next === rest.next, 'an empty page keeps its cursor');
  const jwks = (await client.call('GET', '/v2/keys', { token: null })).json;
  const events = [];
  for (const jws of [...page.receipts, ...rest.receipts]) {
    const { header, payload } = await verifyReceipt(jws, jwks, service);
    events.push(payload.event);
    check(fits(header, 'ReceiptHeader') && fits(payload, 'ReceiptPayload') && payload.sha256 === letter.paper.sha256
      && payload.recipient === letter.recipient.nationalId && payload.reference === 'case:14-1', `verified: ${payload.event} of ${payload.number} at ${payload.at}`);
  }
  check(events.filter((event) => event === 'viewed').length === 2, 'delivered and viewed, of both letters');
  const state = (await client.read(first.json.number)).json;
  check(fits(state, 'LetterState') && state.status === 'viewed' && state.events.length === 2, 'the letter stands at viewed');
  check((await client.confirm(page.next)).status === 204, 'three are confirmed');
  check((await client.receipts()).json.receipts.length === 1, 'without a cursor: from what is not confirmed');
  check((await client.confirm(page.next)).status === 204, 'confirmed once more: nothing changes');
  check((await client.receipts(`?after=${page.next}`)).json.receipts.length === 1, 'a cursor stays good');
  await client.confirm(rest.next);
}

export async function testOutcomes(test, service, client) {
  const { check } = test;
  test.say('outcomes');
  const expected = {
    viewed: ['viewed', 2], delivered: ['delivered', 1], silent: ['received', 0], 'refused-by-recipient': ['refused', 2], 'account-closed': ['undeliverable', 1],
    returned: ['undeliverable', 1], 'unknown-status': ['under-review', 0], 'unknown-event': ['guardian-informed', 2], 'forged-receipt': ['delivered', 1],
    'other-digest': ['delivered', 1], 'receipt-twice': ['delivered', 2],
  };
  const words = Object.keys(expected);
  test.write('outcomes.json', Object.fromEntries(words.map((word, index) => [personNumber(100 + index), word])));
  await test.eventually('no receipt is on its way', async () => {
    const before = (await client.receipts('?limit=200')).json;
    await new Promise((done) => { setTimeout(done, 700); });
    return (await client.receipts(`?after=${before.next}`)).json.receipts.length === 0;
  });
  const start = (await client.receipts('?limit=200')).json.next;
  const numbers = {};
  for (const [index, word] of words.entries()) {
    const answer = await client.send(`outcome-${word}`, letterTo(personNumber(100 + index)));
    numbers[word] = answer.json.number;
    if (word === 'unknown-status') check(answer.json.status === 'under-review', 'unknown-status: the answer has a word that is not listed');
  }
  for (const [word, [status, count]] of Object.entries(expected)) {
    test.seen.outcomes.add(word);
    await test.eventually(`${word}: ${status} with ${count} receipts`, async () => {
      const { json } = await client.read(numbers[word]);
      return json.status === status && json.events.length === count;
    });
  }
  const jwks = (await client.call('GET', '/v2/keys', { token: null })).json;
  const { receipts } = (await client.receipts(`?after=${start}&limit=200`)).json;
  const claims = receipts.map((jws) => JSON.parse(Buffer.from(jws.split('.')[1], 'base64url')));
  const of = (word) => receipts.filter((_, index) => claims[index].number === numbers[word]);
  const forged = await verifyReceipt(of('forged-receipt')[0], jwks, service).then(() => 'taken', (trouble) => trouble.code);
  check(forged === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'forged-receipt: the signature is not good');
  const standing = (await client.read(numbers['other-digest'])).json;
  check((await verifyReceipt(of('other-digest')[0], jwks, service)).payload.sha256 !== standing.sha256, 'other-digest: signed well, of another paper');
  check(new Set(of('receipt-twice')).size === 2, 'receipt-twice: two documents of one event');
  test.write('outcomes.json', {});
}

// Called after the service was stopped and started again in the same folder.
export async function testRestart(test, service, client) {
  const { check } = test;
  const found = (await client.find('case:14-1')).json;
  check(found.length === 2 && found.every(({ status }) => status === 'viewed'), 'the letters are there after a restart');
  const number = (await client.send('after-restart', letterTo(personNumber(4)))).json.number;
  const numbers = test.lines('ledger.jsonl').filter(({ what }) => what === 'submitted').map((line) => line.number);
  check(new Set(numbers).size === numbers.length && numbers.at(-1) === number, 'numbers are not used twice');
  const jwks = (await client.call('GET', '/v2/keys', { token: null })).json;
  const last = test.lines('ledger.jsonl').filter(({ what, twist }) => what === 'receipt' && !twist)[0];
  check((await verifyReceipt(last.jws, jwks, service)).payload.jti === last.jti, 'receipts of before can be verified');
  check((await client.receipts()).status === 200, 'what was confirmed is known');
  const other = new Client(service, { secret: 'wrong' });
  check((await other.token()).status === 401, 'secrets are known');
  other.close();
}
