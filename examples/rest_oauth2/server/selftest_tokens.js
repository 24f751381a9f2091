// Tokens: who gets one, what it opens, and how it ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, letterTo, personNumber } from './client.js';
import { judge, named } from './schema.js';

export async function testTokens(test, service, client) {
  const { check } = test;
  test.say('tokens');
  const good = await client.token();
  check(good.status === 200 && good.json.token_type === 'Bearer' && good.json.expires_in === 3, 'a token for id and secret');
  const ping = await client.call('GET', '/v2/ping', { token: good.json.access_token, requestId: 'question-1' });
  check(ping.status === 200 && judge(ping.json, named('Pong')).length === 0, 'ping answers');
  check(ping.headers['x-request-id'] === 'question-1', 'X-Request-Id is echoed');
  const keys = await client.call('GET', '/v2/keys', { token: null });
  check(keys.status === 200 && keys.json.keys[0].kid && !keys.json.keys[0].d, 'the key set is public and holds no private key');

  const wrong = new Client(service, { secret: 'wrong' });
  const refused = await wrong.token();
  check(refused.status === 401 && refused.json.error === 'invalid_client', 'a wrong secret: invalid_client');
  wrong.close();
  const posted = await client.exchange('POST', '/oauth/token', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret, resource: 'urn:ravan:letters:2' }).toString(),
  });
  check(posted.status === 401 && posted.json.error === 'invalid_client', 'the secret in the form: invalid_client');
  check((await client.token({ resource: undefined })).json.error === 'invalid_target', 'no resource: invalid_target');
  check((await client.token({ resource: 'urn:other:1' })).json.error === 'invalid_target', 'another resource: invalid_target');
  check((await client.token({ grant_type: 'password' })).json.error === 'unsupported_grant_type', 'another grant: unsupported_grant_type');
  const office = new Client(service, { id: 'water-office', secret: 'another', organisation: 'WTR-00007' });
  check((await office.token({ scope: 'receipts:read' })).json.error === 'invalid_scope', 'a scope that is not the client\'s: invalid_scope');
  office.close();

  const isToken = (answer, what) => {
    test.seen.codes.add(answer.json?.code);
    return check(answer.status === 401 && answer.json.code === 'token' && answer.type === 'application/problem+json'
      && answer.headers['www-authenticate'] === 'Bearer error="invalid_token"', what);
  };
  isToken(await client.call('GET', '/v2/ping', { token: null }), 'no token: 401');
  isToken(await client.call('GET', '/v2/ping', { token: 'made-up' }), 'a made-up token: 401');
  const second = (await client.token()).json.access_token;
  check((await client.revoke(second)).status === 200, 'a client revokes a token');
  isToken(await client.call('GET', '/v2/ping', { token: second }), 'the revoked token: 401');
  await sleep(3200);
  isToken(await client.call('GET', '/v2/ping', { token: good.json.access_token }), 'the expired token: 401');

  const lacks = (answer, what) => {
    test.seen.codes.add(answer.json?.code);
    return check(answer.status === 403 && answer.json.code === 'scope' && /insufficient_scope/.test(answer.headers['www-authenticate']), what);
  };
  const bare = (await client.token({ scope: undefined })).json;
  lacks(await client.find('scope-1', { token: bare.access_token }), 'a token that asked for no scope: 403');
  check((await client.call('GET', '/v2/ping', { token: bare.access_token })).status === 200, 'but ping answers it');
  const odd = await client.call('GET', '/v2/ping', { requestId: 'a b' });
  check(odd.status === 400 && odd.headers['x-request-id'] !== 'a b', 'an X-Request-Id of another form: 400, not echoed');
  lacks(await client.send('scope-1', letterTo(personNumber(1)), { scope: 'letters:read' }), 'sendLetter without letters:write: 403');
  lacks(await client.find('scope-1', { scope: 'letters:write' }), 'findLetters without letters:read: 403');
  lacks(await client.read('RV0000000001', { scope: 'receipts:read' }), 'readLetter without letters:read: 403');
  lacks(await client.receipts('', { scope: 'letters:read' }), 'nextReceipts without receipts:read: 403');
  lacks(await client.confirm('MC4wMDAwMDAwMA', { scope: 'letters:read' }), 'confirmReceipts without receipts:read: 403');
}
