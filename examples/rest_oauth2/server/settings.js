// The command line, and the clients that the service knows.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const RESOURCE = 'urn:ravan:letters:2';
export const SCOPES = ['letters:write', 'letters:read', 'receipts:read'];

export function readCommandLine(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      folder: { type: 'string' },
      port: { type: 'string', default: '0' },
      'token-seconds': { type: 'string', default: '300' },
      'receipt-delay': { type: 'string', default: '1' },
      'receipt-alg': { type: 'string', default: 'ES256' },
      'key-seconds': { type: 'string', default: '86400' },
      faults: { type: 'string', default: '' },
    },
  });
  if (!values.folder) throw new Error('--folder DIR is required');
  if (!['ES256', 'RS256'].includes(values['receipt-alg'])) throw new Error('--receipt-alg is ES256 or RS256');
  return {
    folder: values.folder,
    port: number('port', values.port, 0, 65535),
    tokenSeconds: Math.round(number('token-seconds', values['token-seconds'], 1, 86400)),
    receiptDelay: number('receipt-delay', values['receipt-delay'], 0, 86400),
    receiptAlg: values['receipt-alg'],
    keySeconds: number('key-seconds', values['key-seconds'], 0, 10 * 86400),
    seededFaults: seededFaults(values.faults),
  };
}

function number(name, text, least, most) {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) throw new Error(`--${name} is a number from ${least} to ${most}`);
  return value;
}

function seededFaults(text) {
  if (!text) return null;
  const found = /^(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (!found || Number(found[2]) > 100) throw new Error('--faults is SEED:PERCENT');
  return { seed: Number(found[1]), percent: Number(found[2]) };
}

// clients.json: { "clients": [ { id, secret, organisation, scopes, kinds? } ] }.
// `kinds` names the kinds of letter that the organisation may send; without it, all.
export function readClients(folder) {
  const path = join(folder, 'clients.json');
  const made = !existsSync(path);
  if (made) {
    const client = { id: 'municipality-qom', secret: randomBytes(24).toString('base64url'), organisation: 'QOM-30417', scopes: SCOPES };
    writeFileSync(path, `${JSON.stringify({ clients: [client] }, null, 2)}\n`, { mode: 0o600 });
  }
  const { clients } = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(clients) || clients.length === 0) throw new Error(`${path} names no clients`);
  for (const client of clients) {
    if (!client.id || !client.secret || !/^[A-Z]{3}-[0-9]{5}$/.test(client.organisation ?? '')) {
      throw new Error(`${path}: a client needs id, secret and organisation (such as QOM-30417)`);
    }
    client.scopes ??= SCOPES;
    for (const scope of client.scopes) if (!SCOPES.includes(scope)) throw new Error(`${path}: no scope ${scope}`);
  }
  return { path, made, clients };
}
