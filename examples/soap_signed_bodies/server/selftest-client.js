// A client of the service, for its self-test. The npm package soap reads the WSDL, signs and parses; the XML of a Body
// is written here by hand, because soap puts a default namespace on it that unqualified elements must not have.
import { spawn } from "node:child_process";
import { createHash, randomUUID, X509Certificate } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import soap from "soap";
import { SignedXml } from "xml-crypto";
import { momentOf } from "./jalali.js";
import { issuerName, readPair, serialNumber } from "./keys.js";
import { DS, EXCLUSIVE, MESSAGES, RSA_SHA256, WSSE } from "./names.js";
import { childrenOf, escape, only, parse } from "./xml.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
export const wait = (seconds) => new Promise((resume) => { setTimeout(resume, seconds * 1000); });

// A started server. stop() closes its standard input, and gives its exit status.
export async function start(folder, ...words) {
  const child = spawn(process.execPath, ["main.js", "--folder", folder, ...words], { cwd: HERE, stdio: ["pipe", "pipe", "inherit"] });
  const exit = new Promise((resume) => { child.on("exit", (status, signal) => resume(signal ?? status)); });
  const [line] = await Promise.race([
    new Promise((resume) => { createInterface(child.stdout).once("line", (first) => resume([first])); }),
    exit.then((status) => { throw new Error(`the server ended with ${status} before it was ready`); }),
  ]);
  return {
    ...JSON.parse(line),
    stop: () => { child.stdin.end(); return exit; },
    terminate: () => { child.kill("SIGTERM"); return exit; },
    write: (name, value) => writeFileSync(join(folder, name), JSON.stringify(value)),
    lines: (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "")
      .split("\n").filter(Boolean).map((text) => JSON.parse(text)),
  };
}

export function letter(reference, changes = {}) {
  const paper = changes.paper ?? Buffer.from(`%PDF-1.7\n% ${reference}\n%%EOF\n`);
  const sha256 = changes.sha256 ?? createHash("sha256").update(paper).digest("hex");
  const part = (name, value) => (value === null ? "" : `<${name}>${escape(value)}</${name}>`);
  return `<m:SendLetter xmlns:m="${MESSAGES}"><m:Letter>${part("Reference", reference)}${part("Kind", changes.kind ?? "رأی")}`
    + `${part("Subject", changes.subject === undefined ? "رأی کمیسیون" : changes.subject)}${part("CaseNumber", "1405/77")}`
    + `${part("IssueDay", changes.day ?? "14050905")}${part("IssueTime", "09:30")}<Recipient>${part("Type", changes.type ?? "حقیقی")}`
    + `${part("Id", changes.id ?? "0012345679")}${part("Name", "نام آزمایشی")}</Recipient><Paper>`
    + `${part("FileName", changes.fileName ?? "letter.pdf")}${part("Sha256", sha256)}${part("Content", paper.toString("base64"))}</Paper></m:Letter></m:SendLetter>`;
}

export const find = (reference) => `<m:FindLetter xmlns:m="${MESSAGES}"><m:Reference>${reference}</m:Reference></m:FindLetter>`;

export const list = (from, to, page) => `<m:ListReceipts xmlns:m="${MESSAGES}"><m:FromDay>${from}</m:FromDay>`
  + `<m:ToDay>${to}</m:ToDay><m:Page>${page}</m:Page></m:ListReceipts>`;

export class Client {
  static async open(server) {
    const client = new Client();
    client.server = server;
    client.agent = new Agent({ ca: readFileSync(server.ca) });
    client.soap = await soap.createClientAsync(server.wsdl, { wsdl_options: { httpsAgent: client.agent } });
    client.signing = new X509Certificate(readFileSync(server.signing));
    return client;
  }

  // The answer as an object: {Result, …, raw}. A SOAP Fault or a broken connection is thrown.
  async call(body, settings = {}) {
    const operation = /<m:(\w+)/.exec(body)[1];
    const callId = settings.callId ?? randomUUID();
    const header = settings.header ?? `<m:CallHeader xmlns:m="${MESSAGES}"><OrganisationCode>${settings.organisation ?? "1405017"}`
      + `</OrganisationCode><UnitCode>${settings.unit ?? "01"}</UnitCode><CallId>${callId}</CallId>`
      + `<CallTime>${settings.time ?? momentOf(new Date())}</CallTime></m:CallHeader>`;
    this.soap.clearSoapHeaders();
    this.soap.addSoapHeader(header + (settings.moreHeader ?? ""));
    const pair = readPair(this.server.folder, settings.signer ?? "client");
    this.soap.setSecurity(new soap.WSSecurityCert(pair.key, pair.pem, "", {
      hasTimeStamp: settings.timestamp ?? false, signatureAlgorithm: RSA_SHA256, signatureTransformations: [EXCLUSIVE],
      additionalReferences: settings.alsoSign ?? [], signerOptions: { idMode: "wssecurity" },
    }));
    const method = this.soap[`${operation in this.soap ? operation : "FindLetter"}Async`];
    const [answer, raw] = await method.call(this.soap, { _xml: body }, {
      httpsAgent: this.agent, timeout: settings.timeout ?? 20000, ...(settings.change && { postProcess: settings.change }),
    }, settings.soapAction ? { SOAPAction: settings.soapAction } : {});
    const trusted = this.check(raw, settings);
    if (settings.invalid) return trusted ? "valid" : "invalid";
    if (!settings.loose && answer.Result.CallId !== callId && !settings.header) throw new Error("the answer names another call");
    return { ...answer, raw };
  }

  // The signature of an answer: over the Body alone, by the certificate that issuer and serial number name.
  check(text, { loose } = {}) {
    const envelope = parse(text.replace(/^<\?xml[^>]*>/, "")).documentElement;
    const [header, body] = childrenOf(envelope);
    const blocks = childrenOf(header);
    const parts = childrenOf(blocks[0]);
    const signature = only(blocks[0], DS, "Signature");
    const named = only(only(only(signature, DS, "KeyInfo"), WSSE, "SecurityTokenReference"), DS, "X509Data");
    const [issuer, serial] = childrenOf(childrenOf(named)[0]).map((node) => node.textContent);
    if (blocks.length !== 1 || parts.length !== 1) throw new Error("more in the header than a signature");
    if (issuer !== issuerName(this.signing) || serial !== serialNumber(this.signing)) throw new Error("another certificate is named");
    const check = new SignedXml({ publicCert: this.signing.publicKey });
    check.loadSignature(signature.toString());
    let good = false;
    try {
      good = check.checkSignature(text);
    } catch (error) {
      if (!loose) throw error;
    }
    if (good && check.getReferences().length !== 1) throw new Error("more than the Body is signed");
    if (good && parse(check.getSignedReferences()[0]).documentElement.localName !== body.localName) throw new Error("not the Body is signed");
    if (!good && !loose) throw new Error("the signature of the answer is bad");
    return good;
  }

  // Octets as they are, without soap: {status, text}.
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

// The fault code of a SOAP Fault that a call ended with; the message of another error.
export function faultOf(error) {
  return error.root?.Envelope?.Body?.Fault?.faultcode ?? error.message;
}
