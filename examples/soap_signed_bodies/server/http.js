// HTTPS: the contract's files by GET, calls by POST. Faults on the wire are played here.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { CODE } from "./codes.js";
import { OPERATIONS } from "./names.js";

const MOST = 10 * 1024 * 1024;
const CALLS = "/neda/letters";
const FILES = { "/neda/neda.wsdl": "neda.wsdl", "/neda/messages.xsd": "messages.xsd", "/neda/types.xsd": "types.xsd" };
const XML = "text/xml; charset=utf-8";

export function serve({ tls, service, faults, contract }) {
  const server = createServer({ key: tls.key, cert: tls.pem, minVersion: "TLSv1.2" }, (request, response) => {
    const path = request.url.split("?")[0];
    if (request.method === "GET" && FILES[path]) giveFile(request, response, contract, FILES[path]);
    else if (path !== CALLS) plain(response, 404, "no such place");
    else if (request.method !== "POST") plain(response, 405, "POST alone");
    else take(request, response, service, faults);
  });
  return server;
}

function plain(response, status, text) {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Connection": "close" });
  response.end(`${text}\n`);
}

function giveFile(request, response, contract, name) {
  const text = readFileSync(join(contract, name), "utf8");
  response.writeHead(200, { "Content-Type": XML });
  response.end(text.replace("https://neda.invalid/neda/letters", `https://${request.headers.host}${CALLS}`));
}

function take(request, response, service, faults) {
  if (!/^text\/xml\s*(;\s*charset="?utf-8"?\s*)?$/i.test(request.headers["content-type"] ?? "")) {
    plain(response, 415, "text/xml; charset=utf-8 alone");
    return;
  }
  const pieces = [];
  let size = 0;
  request.on("data", (piece) => {
    size += piece.length;
    if (size <= MOST) pieces.push(piece);
  });
  request.on("error", () => {});
  request.on("end", () => {
    if (size > MOST) plain(response, 413, "10 MiB is the most");
    else {
      play(Buffer.concat(pieces).toString("utf8").replace(/^\uFEFF/, ""), request, response, service, faults)
        .catch((error) => {
          process.stderr.write(`${error.stack}\n`);
          plain(response, 500, "internal");
        });
    }
  });
}

async function play(text, request, response, service, faults) {
  const seen = peek(text);
  const entry = faults.choose(seen.operation, seen.reference, seen.callId);
  const fault = entry?.fault;
  if (fault === "cut-before") {
    request.socket.destroy();
    return;
  }
  const changes = {};
  if (fault === "permission-lost") changes.forced = CODE.CREDENTIALS;
  if (fault === "busy") changes.forced = CODE.BUSY;
  if (fault === "wrong-call-id") changes.callId = randomUUID();
  const action = request.headers.soapaction;
  let answer = service.handle(text, action, changes);
  // a proxy that sends a request again gives the second answer to the caller
  if (fault === "twice") answer = service.handle(text, action, changes);
  if (fault === "cut-after") {
    request.socket.destroy();
    return;
  }
  if (fault === "delay") await new Promise((resume) => { setTimeout(resume, (entry.seconds ?? 2) * 1000); });
  if (fault === "proxy-page") {
    response.writeHead(502, { "Content-Type": "text/html; charset=utf-8" });
    response.end("<html><body><h1>502 Bad Gateway</h1></body></html>");
    return;
  }
  if (fault === "bad-signature") answer.text = answer.text.replace("</Message>", ".</Message>");
  response.writeHead(answer.status, { "Content-Type": XML });
  response.end(answer.text);
}

// What a request says of itself, before anything is checked: only the plan of faults uses it.
function peek(text) {
  const operation = OPERATIONS.find((name) => new RegExp(`<(?:[\\w.-]+:)?${name}[\\s>]`).test(text));
  const inside = (name) => new RegExp(`<(?:[\\w.-]+:)?${name}(?:\\s[^>]*)?>([^<]{1,80})<`).exec(text)?.[1].trim();
  return { operation, reference: inside("Reference"), callId: inside("CallId") };
}
