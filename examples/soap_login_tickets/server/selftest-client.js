// A client of the service, for the self-test: npm "soap" over the published WSDL, npm "xml-crypto" for the receipts.
import { execFileSync, spawn } from "node:child_process";
import { X509Certificate, createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import soap from "soap";
import { SignedXml } from "xml-crypto";
import { EXCHANGE } from "./codes.js";
import { Contract, childrenOf, parse } from "./contract.js";
import { RECEIPT, SIGNED_PROPERTIES, XADES } from "./receipts.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DS = "http://www.w3.org/2000/09/xmldsig#";
const contract = new Contract(join(HERE, "..", "contract", "peyk.xsd"));
export const wait = (seconds) => new Promise((resume) => { setTimeout(resume, seconds * 1000); });

// A started server. stop() closes its standard input and gives its exit status.
export async function start(folder, ...words) {
  const child = spawn(process.execPath, ["main.js", "--folder", folder, ...words], { cwd: HERE, stdio: ["pipe", "pipe", "inherit"] });
  const exit = new Promise((resume) => { child.on("exit", (status, signal) => resume(signal ?? status)); });
  const line = await Promise.race([
    new Promise((resume) => { createInterface(child.stdout).once("line", resume); }),
    exit.then((status) => { throw new Error(`the server ended with ${status} before it was ready`); }),
  ]);
  return {
    ...JSON.parse(line),
    stop: () => { child.stdin.end(); return exit; },
    terminate: () => { child.kill("SIGTERM"); return exit; },
    write: (name, value) => {
      writeFileSync(join(folder, `${name}.new`), JSON.stringify(value));
      renameSync(join(folder, `${name}.new`), join(folder, name));
    },
    lines: (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "")
      .split("\n").filter(Boolean).map((text) => JSON.parse(text)),
  };
}

export const pdf = (text) => Buffer.from(`%PDF-1.7\n% ${text}\n%%EOF\n`);

export const paper = (row, main, changes = {}) => ({
  Row: row, Main: main, Title: main ? "رأی کمیسیون" : `پیوست ${row}`, Kind: main ? "02" : "04", FileName: `paper-${row}.pdf`,
  MediaType: "application/pdf", Content: pdf(`paper ${row}`).toString("base64"), ...changes,
});

export const letter = (reference, changes = {}) => {
  const { id = "0012345679", type = 1, documents = [paper(1, true)], ...rest } = changes;
  return {
    Letter: {
      Reference: reference, Kind: "30", Subject: "رأی کمیسیون ماده صد", CaseNumber: "1405/77", IssuedOn: "1405/09/05",
      Recipient: { Type: type, NationalId: id, FirstName: "نام", LastName: "آزمایشی", FatherName: "پدر" },
      Documents: { Document: documents }, ...rest,
    },
  };
};

export class Client {
  static async open(server) {
    const client = new Client();
    client.server = server;
    client.agent = new Agent({ ca: readFileSync(server.ca) });
    client.soap = await soap.createClientAsync(server.wsdl, { wsdl_options: { httpsAgent: client.agent } });
    client.users = JSON.parse(readFileSync(server.clients)).organisations;
    return client;
  }

  password(code, name) {
    return this.users.find((one) => one.code === code).users.find((one) => one.user === name).password;
  }

  // The answer as an object; its XML must fit the XSD. A SOAP Fault or a broken connection is thrown.
  async call(operation, values, { token = this.token, headerXml } = {}) {
    this.soap.clearSoapHeaders();
    if (headerXml) this.soap.addSoapHeader(headerXml);
    else if (operation !== "Login" && token) this.soap.addSoapHeader({ Session: { Token: token } }, "", "p", EXCHANGE);
    const [answer, raw] = await this.soap[`${operation}Async`](values, { httpsAgent: this.agent, timeout: 20000 });
    const body = childrenOf(parse(raw))[0];
    contract.judge(childrenOf(body)[0]);
    return answer ?? {};
  }

  async login({ code = "M-2101", name = "letters", password } = {}) {
    const answer = await this.call("Login", { OrganisationCode: code, UserName: name, Password: password ?? this.password(code, name) });
    if (answer.Token) this.token = answer.Token;
    return answer;
  }

  submit(reference, changes, settings) { return this.call("SubmitLetter", letter(reference, changes), settings); }

  status(ticket, settings) { return this.call("TicketStatus", { Ticket: ticket }, settings); }

  find(reference, settings) { return this.call("FindByReference", { Reference: reference }, settings); }

  page(cursor, settings) { return this.call("ReceiptPage", cursor === undefined ? {} : { Cursor: cursor }, settings); }

  // All receipts after a cursor, checked: [{event, number, …}]
  async receipts(cursor) {
    const all = [];
    for (let next = cursor; ;) {
      const page = await this.page(next);
      const list = [page.Receipt ?? []].flat();
      if (!list.length) return all;
      all.push(...list.map((text) => this.open(Buffer.from(text, "base64").toString("utf8"))));
      next = page.NextCursor;
    }
  }

  // The facts of a receipt whose signature is good, over the whole document and over its SignedProperties.
  open(xml) {
    const certificate = new X509Certificate(readFileSync(this.server.signing));
    const root = parse(xml);
    const [signature] = Array.from(root.getElementsByTagNameNS(DS, "Signature"));
    const check = new SignedXml({ publicCert: certificate.publicKey });
    check.loadSignature(signature);
    if (!check.checkSignature(xml)) throw new Error("the signature of a receipt is bad");
    const references = Array.from(signature.getElementsByTagNameNS(DS, "Reference"));
    const [properties] = Array.from(signature.getElementsByTagNameNS(XADES, "SignedProperties"));
    const [whole, signed] = references;
    if (references.length !== 2 || whole.getAttribute("URI") !== "" || signed.getAttribute("Type") !== SIGNED_PROPERTIES
        || signed.getAttribute("URI") !== `#${properties.getAttribute("Id")}`) throw new Error("the references are not those of the contract");
    const [digest] = Array.from(properties.getElementsByTagNameNS(DS, "DigestValue"));
    if (digest.textContent !== createHash("sha256").update(certificate.raw).digest("base64")) throw new Error("another certificate is named");
    const [time] = Array.from(properties.getElementsByTagNameNS(XADES, "SigningTime"));
    const inside = (name) => Array.from(root.getElementsByTagNameNS(RECEIPT, name));
    const text = (name) => inside(name)[0].textContent;
    return {
      xml, event: text("Event"), number: text("LetterNumber"), reference: text("Reference"), recipient: text("RecipientId"),
      at: text("HappenedAt"), signedAt: time.textContent,
      papers: inside("Paper").map((one) => `${one.getAttribute("row")} ${one.getAttribute("main")} ${one.getAttribute("sha256")}`),
    };
  }

  // Octets as they are, without "soap": {status, text}
  post(text, headers = {}) {
    return new Promise((resume, fail) => {
      const going = request(this.server.url, {
        method: "POST", agent: this.agent, headers: { "Content-Type": "text/xml; charset=utf-8", ...headers },
      }, (response) => {
        const pieces = [];
        response.on("data", (piece) => pieces.push(piece));
        response.on("end", () => resume({ status: response.statusCode, text: Buffer.concat(pieces).toString("utf8") }));
      });
      going.on("error", fail);
      going.end(text);
    });
  }
}

// What xmlsec1 says of a receipt; undefined where the command is not installed.
export function xmlsec(server, xml, folder) {
  const file = join(folder, "receipt.xml");
  writeFileSync(file, xml);
  try {
    execFileSync("xmlsec1", ["--verify", "--trusted-pem", server.ca, "--id-attr:Id", `${XADES}:SignedProperties`, file], { stdio: "pipe" });
    return "good";
  } catch (error) {
    return error.code === "ENOENT" ? undefined : `bad: ${error.stderr}`;
  }
}
