// Starts the service: node main.js --folder DIR [--port 0] [--receipt-delay 2] [--duplicate-window 60]
//                                 [--page-size 20] [--call-window 900] [--faults SEED:PERCENT]
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Clients } from "./clients.js";
import { Faults } from "./faults.js";
import { serve } from "./http.js";
import { makeAuthority, readPair } from "./keys.js";
import { Ledger } from "./ledger.js";
import { Operations } from "./operations.js";
import { Outcomes } from "./outcomes.js";
import { Schema } from "./schema.js";
import { Service } from "./service.js";

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    "folder": { type: "string" }, "port": text("0"), "receipt-delay": text("2"), "duplicate-window": text("60"),
    "page-size": text("20"), "call-window": text("900"), "faults": { type: "string" },
  },
});
if (!values.folder) {
  process.stderr.write("--folder DIR is needed: keys, certificates and the ledger are written there\n");
  process.exit(2);
}
const number = (name) => {
  const value = Number(values[name]);
  if (!(value >= 0)) {
    process.stderr.write(`--${name} takes a number\n`);
    process.exit(2);
  }
  return value;
};

const folder = resolve(values.folder);
const contract = join(dirname(fileURLToPath(import.meta.url)), "..", "contract");
makeAuthority(folder);
const clients = new Clients(folder);
const ledger = new Ledger(folder, number("receipt-delay"));
const operations = new Operations({
  ledger, outcomes: new Outcomes(folder), duplicateWindow: number("duplicate-window"), pageSize: number("page-size"),
});
const service = new Service({
  schema: new Schema(join(contract, "messages.xsd")), clients, ledger, operations,
  pair: readPair(folder, "service-signing"), callWindow: number("call-window"),
});
const server = serve({ tls: readPair(folder, "service-tls"), service, faults: new Faults(folder, values.faults), contract });
const timer = setInterval(() => ledger.settle(), 250);

let ended = false;
function end() {
  if (ended) return;
  ended = true;
  clearInterval(timer);
  server.close();
  server.closeAllConnections();
  ledger.close();
  process.exit(0);
}
process.on("SIGTERM", end);
process.on("SIGINT", end);
process.stdin.on("end", end).on("close", end).on("error", end).resume();

server.listen(number("port"), "127.0.0.1", () => {
  const base = `https://127.0.0.1:${server.address().port}/neda`;
  process.stdout.write(`${JSON.stringify({
    url: `${base}/letters`, wsdl: `${base}/neda.wsdl`, ca: join(folder, "ca.pem"),
    signing: join(folder, "service-signing.pem"), clients: clients.file, ledger: join(folder, "ledger.jsonl"), folder,
  })}\n`);
});
