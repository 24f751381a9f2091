// A client of the service, written from the contract: it is what the self-test speaks with.
import { spawn } from 'node:child_process';
import { createHash, createPublicKey, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose';

export const ALL = 'letters:write letters:read receipts:read';

// Starts the service; resolves with its ready line and a `stop` that closes its standard input.
export async function startService(folder, ...flags) {
  const script = new URL('./server.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, '--folder', folder, ...flags], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (part) => { complaints += part; });
  const exit = new Promise((done) => { child.once('exit', (code, signal) => done(code ?? signal)); });
  const line = new Promise((done) => { createInterface({ input: child.stdout }).once('line', done); });
  const first = await Promise.race([line, exit.then(() => { throw new Error(complaints); })]);
  const ready = JSON.parse(first);
  return { ...ready, child, exit, complaints: () => complaints, stop: () => { child.stdin.end(); return exit; } };
}

export class Client {
  constructor(ready, { id, secret, organisation } = {}) {
    const [first] = JSON.parse(readFileSync(ready.clients, 'utf8')).clients;
    Object.assign(this, { url: ready.url, id: id ?? first.id, secret: secret ?? first.secret, organisation: organisation ?? first.organisation });
    this.agent = new Agent({ ca: readFileSync(ready.ca), keepAlive: true });
  }

  close() { this.agent.destroy(); }

  // One exchange; rejects when the connection is cut or when nothing came within `patience`.
  exchange(method, path, { headers = {}, body, patience = 8000 } = {}) {
    return new Promise((done, failed) => {
      const octets = body === undefined ? undefined : Buffer.from(body);
      const request = httpsRequest(this.url + path, { method, agent: this.agent, headers: { ...headers, ...(octets ? { 'Content-Length': octets.length } : {}) } }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', failed);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          const type = response.headers['content-type'] ?? '';
          done({ status: response.statusCode, headers: response.headers, type, text, json: /json/.test(type) ? JSON.parse(text) : undefined });
        });
      });
      request.setTimeout(patience, () => request.destroy(new Error('no answer in time')));
      request.on('error', failed);
      request.end(octets);
    });
  }

  // `form` replaces or, with undefined, removes parameters.
  token(form = {}, headers = {}) {
    const all = { grant_type: 'client_credentials', resource: 'urn:ravan:letters:2', scope: ALL, ...form };
    const text = new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined)).toString();
    const basic = Buffer.from(`${encodeURIComponent(this.id)}:${encodeURIComponent(this.secret)}`).toString('base64');
    return this.exchange('POST', '/oauth/token', { headers: { Authorization: `Basic ${basic}`, 'Content-Type': 'application/x-www-form-urlencoded', ...headers }, body: text });
  }

  revoke(token) {
    const basic = Buffer.from(`${encodeURIComponent(this.id)}:${encodeURIComponent(this.secret)}`).toString('base64');
    return this.exchange('POST', '/oauth/revoke', { headers: { Authorization: `Basic ${basic}`, 'Content-Type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ token }).toString() });
  }

  // One call with a token of its own, unless one is given (null: none at all).
  async call(method, path, { token, scope = ALL, headers = {}, body, requestId = randomUUID(), patience } = {}) {
    const bearer = token === undefined ? (await this.token({ scope })).json.access_token : token;
    const answer = await this.exchange(method, path, {
      headers: { 'X-Request-Id': requestId, ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}), ...headers }, body, patience,
    });
    return { ...answer, requestId };
  }

  get base() { return `/v2/organisations/${this.organisation}`; }

  send(reference, letter, { key = randomUUID(), headers = {}, ...rest } = {}) {
    const body = typeof letter === 'string' ? letter : JSON.stringify(letter);
    return this.call('PUT', `${this.base}/letters/${encodeURIComponent(reference)}`, { ...rest, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key, ...headers }, body });
  }

  find(reference, rest) { return this.call('GET', `${this.base}/letters?reference=${encodeURIComponent(reference)}`, rest); }

  read(number, rest) { return this.call('GET', `${this.base}/letters/${number}`, rest); }

  receipts(query = '', rest) { return this.call('GET', `${this.base}/receipts${query}`, rest); }

  confirm(until, rest) {
    return this.call('POST', `${this.base}/receipts/confirm`, { ...rest, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ until }) });
  }
}

export function letterTo(nationalId, changes = {}) {
  const paper = Buffer.from(`برگه ${nationalId} ${randomUUID()}`);
  return {
    recipient: { category: 'person', nationalId, name: 'سارا احمدی' },
    kind: 'warning-10d',
    subject: 'اخطار ده‌روزه',
    issued: '2026-11-20T09:30:00+03:30',
    paper: { mediaType: 'application/pdf', sha256: createHash('sha256').update(paper).digest('hex'), content: paper.toString('base64') },
    ...changes,
  };
}

// The n-th valid identifier of a person.
export function personNumber(n) {
  const nine = String(100000000 + n);
  const rest = [...nine].reduce((sum, digit, index) => sum + Number(digit) * (10 - index), 0) % 11;
  return nine + (rest < 2 ? rest : 11 - rest);
}

// Verifies a receipt by the key set and, independently, by the certificate in its header, which the authority must have issued.
export async function verifyReceipt(jws, jwks, ready) {
  const { payload } = await compactVerify(jws, createLocalJWKSet(jwks));
  const header = decodeProtectedHeader(jws);
  const certificate = new X509Certificate(Buffer.from(header.x5c[0], 'base64'));
  const authority = new X509Certificate(readFileSync(ready.ca));
  if (!certificate.verify(authority.publicKey)) throw new Error('the certificate is not of the authority');
  if (certificate.fingerprint256 !== new X509Certificate(readFileSync(ready.signing)).fingerprint256) throw new Error('another certificate than the published one');
  await compactVerify(jws, createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' })));
  return { header, payload: JSON.parse(new TextDecoder().decode(payload)) };
}
