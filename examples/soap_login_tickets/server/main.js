// Starts the service: node main.js --folder DIR, with the options that README.md lists.
import { dirname, join, resolve } from "node:path";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Contract } from "./contract.js";
import { Faults } from "./faults.js";
import { makeAuthority, readPair } from "./keys.js";
import { Letters } from "./letters.js";
import { Operations } from "./operations.js";
import { Outcomes } from "./outcomes.js";
import { sealer } from "./receipts.js";
import { Sessions } from "./sessions.js";
import { Wire } from "./wire.js";

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    "folder": { type: "string" }, "port": text("0"), "token-minutes": text("5"), "one-session": { type: "boolean", default: false },
    "lock-after": text("5"), "lock-seconds": text("900"), "ticket-delay": text("2"), "receipt-delay": text("2"),
    "legal-days": text("10"), "day-seconds": text("86400"), "page-size": text("20"), "faults": { type: "string" },
  },
});

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function number(name) {
  const value = Number(values[name]);
  if (!(value >= 0)) stop(`--${name} takes a number`);
  return value;
}

if (!values.folder) stop("--folder DIR is needed: keys, certificates and the ledger are written there");
const folder = resolve(values.folder);
const contractFolder = join(dirname(fileURLToPath(import.meta.url)), "..", "contract");
mkdirSync(folder, { recursive: true });
makeAuthority(folder);
const sessions = new Sessions(folder, {
  minutes: number("token-minutes"), oneSession: values["one-session"], lockAfter: number("lock-after"), lockSeconds: number("lock-seconds"),
});
const letters = new Letters(folder, {
  ticketDelay: number("ticket-delay"), receiptDelay: number("receipt-delay"), legalSeconds: number("legal-days") * number("day-seconds"),
  seal: sealer(readPair(folder, "service-signing")),
});
const operations = new Operations({ sessions, letters, outcomes: new Outcomes(folder), pageSize: number("page-size") });
const wire = new Wire({
  tls: readPair(folder, "service-tls"), folder: contractFolder, contract: new Contract(join(contractFolder, "peyk.xsd")),
  operations, sessions, letters, faults: new Faults(folder, values.faults),
});
await wire.ready();
const timer = setInterval(() => letters.settle(), 200);

let ended = false;
function end() {
  if (ended) return;
  ended = true;
  clearInterval(timer);
  wire.server.close();
  wire.server.closeAllConnections();
  letters.close();
  process.exit(0);
}
process.on("SIGTERM", end);
process.on("SIGINT", end);
process.stdin.on("end", end).on("close", end).on("error", end).resume();

wire.server.listen(number("port"), "127.0.0.1", () => {
  const base = `https://127.0.0.1:${wire.server.address().port}/peyk`;
  process.stdout.write(`${JSON.stringify({
    url: `${base}/exchange`, wsdl: `${base}/peyk.wsdl`, ca: join(folder, "ca.pem"), signing: join(folder, "service-signing.pem"),
    clients: sessions.file, ledger: join(folder, "ledger.jsonl"), folder,
  })}\n`);
});
