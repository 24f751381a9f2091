// Starts the service, says on one line that it is ready, and ends when its standard input closes.
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:https';
import { join, resolve } from 'node:path';
import { Faults } from './faults.js';
import { Ledger } from './ledger.js';
import { Letters } from './letters.js';
import { makeOperations } from './operations.js';
import { Outcomes } from './outcomes.js';
import { makeCertificates, readReceiptKey } from './pki.js';
import { Receipts } from './receipts.js';
import { makeHandler } from './service.js';
import { readClients, readCommandLine, RESOURCE } from './settings.js';
import { makeTokens } from './tokens.js';

const options = readOptions();
const folder = resolve(options.folder);
process.umask(0o077);
mkdirSync(folder, { recursive: true });

const certificates = makeCertificates(folder, options.receiptAlg);
const key = await readReceiptKey(folder);
const { path: clientsPath, clients } = readClients(folder);
const earlier = Ledger.read(join(folder, 'ledger.jsonl'));
const ledger = new Ledger(join(folder, 'ledger.jsonl'));
const receipts = await Receipts.make({ ledger, key, delaySeconds: options.receiptDelay });
const letters = new Letters({ ledger, outcomes: new Outcomes(folder), receipts, keySeconds: options.keySeconds });
receipts.restore(earlier);
letters.restore(earlier);

let handle;
const server = createServer(certificates.tls, (request, response) => handle(request, response));
server.keepAliveTimeout = 30000;
await new Promise((ready, failed) => {
  server.once('error', failed);
  server.listen(options.port, '127.0.0.1', ready);
});
// The issuer has the port in its name, so the authorisation server is made after the port is known.
const url = `https://127.0.0.1:${server.address().port}`;
const tokens = await makeTokens(url, clients, options.tokenSeconds);
handle = makeHandler({
  operations: makeOperations({ letters, receipts, jwks: key.jwks }),
  tokens,
  faults: new Faults(folder, options.seededFaults),
  report: (trouble) => process.stderr.write(`${trouble.stack ?? trouble}\n`),
});

function stop() {
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();

process.stdout.write(`${JSON.stringify({
  url, ca: certificates.ca, token: `${url}/oauth/token`, resource: RESOURCE, signing: certificates.signing,
  clients: clientsPath, organisation: clients[0].organisation, ledger: ledger.path, pid: process.pid,
})}\n`);

function readOptions() {
  try {
    return readCommandLine(process.argv.slice(2));
  } catch (trouble) {
    process.stderr.write(`${trouble.message}\n`);
    return process.exit(2);
  }
}
