// Every code of the contract, and strictness of the schema.
import { Client, letterTo, personNumber } from './client.js';
import { judge, named } from './schema.js';

export async function testCodes(test, service, client) {
  const { check } = test;
  test.say('codes');
  const isProblem = (answer, status, code, what) => {
    test.seen.codes.add(answer.json?.code);
    const whole = judge(answer.json, named('Problem')).length === 0 && /[آ-ی]/.test(answer.json.detail) && answer.headers['x-request-id'] === answer.requestId;
    return check(answer.status === status && answer.json.code === code && answer.type === 'application/problem+json' && whole,
      `${status} ${code}: ${what}${answer.json?.code === code ? '' : ` (${answer.status} ${answer.text})`}`);
  };
  const person = personNumber(2);
  let serial = 0;
  const send = (letter, rest) => client.send(`code-${serial += 1}`, letter, rest);
  const schema = async (letter, pointer, what, rest) => {
    const answer = await send(letter, rest);
    if (isProblem(answer, 400, 'schema', what)) check(answer.json.errors.some((error) => error.pointer === pointer), `its pointer is ${pointer}`);
  };
  const good = letterTo(person);
  await schema({ ...good, urgent: true }, '/urgent', 'an unknown member');
  await schema({ ...good, recipient: { ...good.recipient, 'a/b': 1 } }, '/recipient/a~1b', 'an unknown member inside');
  await schema({ ...good, subject: undefined }, '/subject', 'no subject');
  await schema({ ...good, subject: 'الف'.repeat(90) }, '/subject', 'a subject that is too long');
  await schema({ ...good, issued: '2026-11-20T06:00:00Z' }, '/issued', 'Z in the place of an offset');
  await schema({ ...good, issued: '2026-02-31T06:00:00+03:30' }, '/issued', 'a day that does not exist');
  await schema({ ...good, paper: { ...good.paper, content: `${good.paper.content}\n` } }, '/paper/content', 'base64 with a line break');
  await schema({ ...good, paper: { ...good.paper, sha256: good.paper.sha256.toUpperCase() } }, '/paper/sha256', 'a digest in capitals');
  await schema({ ...good, paper: { ...good.paper, mediaType: 'text/html' } }, '/paper/mediaType', 'a media type that is not listed');
  await schema({ ...good, recipient: { ...good.recipient, nationalId: '۰۰۱۲۳۴۵۶۷۹' } }, '/recipient/nationalId', 'Persian digits');
  await schema('{"recipient":', '/', 'no JSON');
  await schema('[]', '/', 'an array');
  await schema(Buffer.from([0x22, 0xff, 0x22]).toString('latin1'), '/', 'a string');
  await schema(good, '/Idempotency-Key', 'a key that is too short', { key: 'abc' });
  isProblem(await client.send('bad reference', good), 400, 'schema', 'a blank in the reference');
  const none = await client.call('PUT', `${client.base}/letters/code-none`, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(good) });
  isProblem(none, 400, 'schema', 'no Idempotency-Key');
  isProblem(await client.call('GET', `${client.base}/letters`), 400, 'schema', 'no reference in the query');
  isProblem(await client.receipts('?limit=0'), 400, 'schema', 'limit 0');
  isProblem(await client.receipts('?limit=201'), 400, 'schema', 'limit 201');
  isProblem(await client.receipts('?page=2'), 400, 'schema', 'a query parameter that is not in the contract');
  isProblem(await client.read('17'), 400, 'schema', 'a number of another form');
  isProblem(await client.receipts('?after=AAAAAAAAAA'), 400, 'cursor', 'a cursor of nobody');
  isProblem(await client.confirm('AAAAAAAAAA'), 400, 'cursor', 'the same, to confirm');
  const other = new Client(service, { organisation: 'WTR-00007' });
  isProblem(await other.find('code-1'), 403, 'organisation', 'the code of another organisation');
  isProblem(await other.send('code-1', good), 403, 'organisation', 'the same, to send');
  other.close();
  isProblem(await client.read('RV9999999999'), 404, 'not-found', 'a number that nobody has');
  isProblem(await client.call('GET', '/v1/ping'), 404, 'path', 'an unknown path');
  isProblem(await client.call('DELETE', `${client.base}/receipts`), 405, 'method', 'an unknown method');
  await client.send('code-twice', good);
  isProblem(await client.send('code-twice', letterTo(person)), 409, 'reference-conflict', 'the same reference with other content');
  isProblem(await send({ ...good, paper: { ...good.paper, content: Buffer.alloc(8 * 1024 * 1024 + 1).toString('base64') } }), 413, 'too-large', 'a paper of more than 8 MiB');
  isProblem(await send('x'.repeat(12 * 1024 * 1024 + 1)), 413, 'too-large', 'a body of more than 12 MiB');
  isProblem(await send(good, { headers: { 'Content-Type': 'text/plain' } }), 415, 'media-type', 'another media type');
  isProblem(await send({ ...good, paper: { ...good.paper, content: letterTo(person).paper.content } }), 422, 'digest', 'the digest of another paper');
  const to = (category, nationalId) => ({ ...good, recipient: { ...good.recipient, category, nationalId } });
  isProblem(await send(to('person', '0012345678')), 422, 'identifier', 'a wrong check digit of a person');
  isProblem(await send(to('person', '1111111111')), 422, 'identifier', 'ten equal digits');
  isProblem(await send(to('company', '14007650911')), 422, 'identifier', 'a wrong check digit of a company');
  isProblem(await send(to('company', person)), 422, 'identifier', 'a person\'s number for a company');
  check((await send(to('company', '14007650912'))).status === 202, '202: a company');
  check((await send(to('foreigner', '100000000001'))).status === 202, '202: a foreigner');
  isProblem(await send({ ...good, kind: 'greeting' }), 422, 'kind-not-allowed', 'an unknown kind');
  const office = new Client(service, { id: 'water-office', secret: 'another', organisation: 'WTR-00007' });
  isProblem(await office.send('w-1', good, { scope: 'letters:write' }), 422, 'kind-not-allowed', 'a kind that this organisation may not send');
  check((await office.send('w-1', { ...good, kind: 'bill' }, { scope: 'letters:write' })).status === 202, '202: a kind that it may send');
  office.close();
  for (const code of ['recipient-unknown', 'recipient-deceased', 'no-account', 'unknown-code', 'busy', 'closed', 'internal']) {
    const waits = ['busy', 'closed', 'internal'].includes(code);
    test.write('outcomes.json', { [person]: waits ? { [code]: 1, then: 'viewed' } : code });
    const status = { busy: 429, closed: 503, internal: 500 }[code] ?? 422;
    const answer = await client.send(`code-${code}`, good, { key: `key-of-${code}` });
    isProblem(answer, status, code === 'unknown-code' ? 'quota-review' : code, 'by the recipient');
    check(test.submitted(`code-${code}`) === 0, 'nothing is in the ledger');
    if (status === 429 || status === 503) check(answer.headers['retry-after'] === '1', 'with Retry-After');
    if (waits) check((await client.send(`code-${code}`, good, { key: `key-of-${code}` })).status === 202, '202: the same key afterwards');
  }
  isProblem(await client.send('code-busy', good, { key: 'key-of-closed' }), 422, 'key-reused', 'the key of another letter');
  test.write('outcomes.json', {});
}
