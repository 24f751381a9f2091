// HTTPS: the contract's files by GET, calls by POST. A call is judged, then the npm package "soap" reads it, finds its
// operation and writes the answer. Faults on the wire are played here.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import soap from "soap";
import { CODE, Refusal, SERVICE } from "./codes.js";
import { SoapFault } from "./contract.js";

const MOST = 16 * 1024 * 1024;
const CALLS = "/peyk/exchange";
const FILES = { "/peyk/peyk.wsdl": "peyk.wsdl", "/peyk/peyk.xsd": "peyk.xsd", "/peyk/receipt.xsd": "receipt.xsd" };
const XML = "text/xml; charset=utf-8";
const NAMES = ["Login", "SubmitLetter", "TicketStatus", "FindByReference", "ReceiptPage"];

export class Wire {
  constructor({ tls, folder, contract, operations, sessions, letters, faults }) {
    Object.assign(this, { folder, contract, operations, sessions, letters, faults });
    this.server = createServer({ key: tls.key, cert: tls.cert, minVersion: "TLSv1.2" }, (request, response) => this.#take(request, response));
  }

  async ready() {
    const file = join(this.folder, "peyk.wsdl");
    // What was learnt of a call before "soap" read it comes to the method in the place of its connection.
    const methods = Object.fromEntries(NAMES.map((name) => [name, async (values, _callback, _headers, { connection: call }) => this.#run(name, values, call)]));
    this.soap = await new Promise((resume, fail) => {
      const made = soap.listen(null, {
        path: CALLS, services: { PeykService: { PeykPort: methods } }, xml: readFileSync(file, "utf8"), uri: file,
        suppressStack: true, callback: (error) => (error ? fail(error) : setImmediate(() => resume(made))),
      });
    });
  }

  #run(operation, values, call) {
    try {
      const caller = operation === "Login" ? undefined : this.sessions.judge(call.token, operation);
      if (call.violation) throw new Refusal(CODE.SCHEMA, call.violation);
      if (call.busy) throw new Refusal(CODE.BUSY);
      this.letters.settle();
      return this.operations[operation](values, caller);
    } catch (error) {
      if (error instanceof Refusal) return error.container;
      process.stderr.write(`${error.stack}\n`);
      return new Refusal(CODE.INTERNAL).container;
    }
  }

  // {status, text}
  async #answer(text, action, busy) {
    try {
      const call = { ...this.contract.open(text, action), busy };
      const { body, statusCode } = await this.soap.processRequest(text, { url: CALLS, headers: { soapaction: action }, connection: call });
      if (statusCode === 200) return { status: 200, text: body };
      process.stderr.write(`${body}\n`);
      return fault("soap:Server", "internal");
    } catch (error) {
      if (error instanceof SoapFault) return fault(error.code, error.message);
      throw error;
    }
  }

  #take(request, response) {
    const path = request.url.split("?")[0];
    if (request.method === "GET" && FILES[path]) {
      const text = readFileSync(join(this.folder, FILES[path]), "utf8");
      response.writeHead(200, { "Content-Type": XML });
      response.end(text.replace("https://peyk.invalid/peyk/exchange", `https://${request.headers.host}${CALLS}`));
    } else if (path !== CALLS) plain(response, 404, "no such place");
    else if (request.method !== "POST") plain(response, 405, "POST alone");
    else if (!/^text\/xml\s*;\s*charset="?utf-8"?\s*$/i.test(request.headers["content-type"] ?? "")) plain(response, 415, XML);
    else {
      const pieces = [];
      let size = 0;
      request.on("error", () => {});
      request.on("data", (piece) => {
        size += piece.length;
        if (size <= MOST) pieces.push(piece);
      });
      request.on("end", () => {
        if (size > MOST) plain(response, 413, "16 MiB is the most");
        else {
          this.#play(Buffer.concat(pieces).toString("utf8"), request, response).catch((error) => {
            process.stderr.write(`${error.stack}\n`);
            plain(response, 500, "internal");
          });
        }
      });
    }
  }

  async #play(text, request, response) {
    const action = request.headers.soapaction ?? "";
    const entry = this.faults.choose(action.replace(/"/g, "").slice(SERVICE.length + 1), this.#referenceIn(text));
    const played = entry?.fault;
    if (played === "cut-before") {
      request.socket.destroy();
      return;
    }
    if (played === "session-lost") this.sessions.forgetAll();
    let answer = await this.#answer(text, action, played === "busy");
    // a proxy that sends a request again gives the second answer to the caller
    if (played === "twice") answer = await this.#answer(text, action, false);
    if (played === "session-lost-after") this.sessions.forgetAll();
    if (played === "cut-after") {
      request.socket.destroy();
      return;
    }
    if (played === "delay") await new Promise((resume) => { setTimeout(resume, (entry.seconds ?? 2) * 1000); });
    if (played === "proxy-page") {
      response.writeHead(502, { "Content-Type": "text/html; charset=utf-8" });
      response.end("<html><body><h1>502 Bad Gateway</h1></body></html>");
      return;
    }
    response.writeHead(answer.status, { "Content-Type": XML, "Content-Length": Buffer.byteLength(answer.text) });
    response.end(answer.text);
  }

  // What a request says of itself, before anything is checked: only the plan of faults uses it.
  #referenceIn(text) {
    const inside = (name) => new RegExp(`<(?:[\\w.-]+:)?${name}(?:\\s[^>]*)?>([^<]{1,80})<`).exec(text)?.[1].trim();
    return inside("Reference") ?? this.letters.referenceOf(inside("Ticket"));
  }
}

function plain(response, status, text) {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Connection": "close" });
  response.end(`${text}\n`);
}

function fault(code, message) {
  const clean = message.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const text = '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
    + `<faultcode>${code}</faultcode><faultstring>${clean}</faultstring></soap:Fault></soap:Body></soap:Envelope>`;
  return { status: 500, text };
}
