// The self-test: node selftest.js [FOLDER]. It starts the service, calls it as a client would, and prints what it saw.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, start } from "./selftest-client.js";
import { codes, operations, outcomes } from "./selftest-cases.js";
import { life, soapFaults, wireFaults } from "./selftest-wire.js";

let good = 0;
let bad = 0;

// One line: what was looked at, what was seen. An answer is seen as its code.
function see(title, seen, expected) {
  const value = seen?.Result ? Number(seen.Result.Code) : seen;
  const fits = expected instanceof RegExp ? expected.test(value) : String(value) === String(expected);
  if (fits) good += 1;
  else bad += 1;
  const text = seen?.Result?.Message ? `${value} ${seen.Result.Message}` : String(value);
  process.stdout.write(`${fits ? "ok " : "BAD"} ${title}: ${text}${fits ? "" : ` (expected ${expected})`}\n`);
}

const given = process.argv[2];
const folder = given ?? mkdtempSync(join(tmpdir(), "neda-"));
const server = await start(join(folder, "main"), "--receipt-delay", "0.5", "--duplicate-window", "3", "--page-size", "4");
try {
  const client = await Client.open(server);
  await operations(client, see);
  await codes(client, see);
  await outcomes(client, see, server);
  await soapFaults(client, see);
  await wireFaults(client, see, server);
  const counts = new Map();
  for (const line of server.lines("ledger.jsonl")) {
    if (line.what === "submitted") counts.set(line.reference, (counts.get(line.reference) ?? 0) + 1);
  }
  const twice = [...counts].filter(([, count]) => count > 1).map(([reference, count]) => `${reference} ${count}`);
  see("letters of one reference in the ledger, more than one", twice.join(", "), "DUP-1 2");
} finally {
  await server.stop();
}
await life(folder, see);
if (!given) rmSync(folder, { recursive: true });
process.stdout.write(`${good} good, ${bad} bad\n`);
process.exit(bad ? 1 : 0);
