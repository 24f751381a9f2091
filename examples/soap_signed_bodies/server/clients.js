// Who may call: DIR/clients.json, read again at each request.
//   [{"organisation": "1405017", "units": ["01", "22"], "certificate": "client.pem",
//     "kinds": ["اخطاریه"], "operations": ["SendLetter"]}]
// "certificate" is a PEM file in DIR, or the PEM text itself. "kinds" and "operations" may be absent: then all are allowed.
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { issueClient } from "./keys.js";

export class Clients {
  constructor(folder) {
    this.folder = folder;
    this.file = join(folder, "clients.json");
    if (!existsSync(this.file)) this.#makeDevelopmentClients();
  }

  #makeDevelopmentClients() {
    issueClient(this.folder, "client", "/C=IR/O=Development Municipality/CN=Development Client");
    issueClient(this.folder, "client-2", "/C=IR/O=Second Municipality/CN=Second Client");
    const clients = [
      { organisation: "1405017", units: ["01", "22"], certificate: "client.pem" },
      { organisation: "1405018", units: ["01"], certificate: "client-2.pem", kinds: ["اخطاریه", "رأی"] },
    ];
    writeFileSync(this.file, `${JSON.stringify(clients, null, 2)}\n`);
  }

  all() {
    return JSON.parse(readFileSync(this.file, "utf8")).map((client) => ({
      ...client,
      x509: new X509Certificate(client.certificate.includes("BEGIN CERTIFICATE")
        ? client.certificate : readFileSync(resolve(this.folder, client.certificate))),
    }));
  }
}
