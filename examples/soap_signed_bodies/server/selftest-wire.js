// SOAP Faults, faults on the wire, and the life of the process.
import { MESSAGES, SOAP } from "./names.js";
import { faultOf, find, letter, start, Client } from "./selftest-client.js";

export async function soapFaults(client, see) {
  const fault = async (title, body, settings, expected) => {
    const got = await client.call(body, settings).then((answer) => answer.Result.Code, faultOf);
    see(`SOAP Fault: ${title}`, got, expected);
  };
  const change = (from, to) => ({ change: (xml) => { if (!xml.includes(from)) throw new Error(`no ${from}`); return xml.replace(from, to); } });
  await fault("a Body that was changed", find("S-1"), change(">S-1<", ">S-2<"), "wsse:FailedCheck");
  await fault("a Timestamp beside the signature", find("S-1"), { timestamp: true }, "wsse:InvalidSecurity");
  await fault("the call header is signed too", find("S-1"), { alsoSign: ["m:CallHeader"] }, "wsse:InvalidSecurity");
  await fault("an unregistered certificate", find("S-1"), { signer: "service-tls" }, "wsse:InvalidSecurityToken");
  await fault("WS-Addressing that must be understood", find("S-1"), {
    moreHeader: '<a:To xmlns:a="http://www.w3.org/2005/08/addressing" soap:mustUnderstand="1">x</a:To>' }, "soap:MustUnderstand");
  await fault("an operation that is not in the contract", `<m:Delete xmlns:m="${MESSAGES}"/>`, {}, "soap:Client");
  await fault("no security header", find("S-1"), { change: (xml) => xml.replace(/<wsse:Security .*<\/wsse:Security>/s, "") }, "wsse:InvalidSecurity");
  await fault("a signed Body moved aside, another in its place", find("S-1"), { change: (xml) => {
    const [body] = /<soap:Body.*<\/soap:Body>/s.exec(xml);
    const other = body.replace(/wsu:Id="[^"]*"/, 'wsu:Id="x"').replace("S-1", "S-9");
    return xml.replace(body, other).replace("</soap:Header>", `${body}</soap:Header>`);
  } }, "wsse:InvalidSecurity");
  // nobody signs the header: a call id that was changed under way is not seen here
  const strange = "00000000-0000-4000-8000-000000000000";
  const answer = await client.call(find("S-1"), { callId: strange.replace("4", "5"), loose: true,
    change: (xml) => xml.replace(strange.replace("4", "5"), strange) });
  see("a changed call header is accepted, the answer names the changed id", answer.Result.CallId, strange);

  const raw = async (title, text, status, expected, headers) => {
    const got = await client.post(text, headers);
    see(title, `${got.status} ${/<faultcode[^>]*>([^<]*)/.exec(got.text)?.[1] ?? ""}`.trim(), `${status} ${expected}`.trim());
    if (expected) client.check(got.text);
  };
  await raw("SOAP Fault: not XML", "hello", 500, "soap:Client");
  await raw("SOAP Fault: XML that is cut off", `<e:Envelope xmlns:e="${SOAP}"><e:Header/>`, 500, "soap:Client");
  await raw("SOAP Fault: a DOCTYPE", `<!DOCTYPE a [<!ENTITY b "c">]><e:Envelope xmlns:e="${SOAP}"/>`, 500, "soap:Client");
  await raw("SOAP Fault: SOAP 1.2", '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"/>', 500, "soap:VersionMismatch");
  await raw("HTTP 415: another content type", "<a/>", 415, "", { "Content-Type": "application/soap+xml" });
  await raw("HTTP 413: more than 10 MiB", "x".repeat(10 * 1024 * 1024 + 1), 413, "");
}

export async function wireFaults(client, see, server) {
  const acted = (reference) => server.lines("ledger.jsonl").filter((line) => line.what === "submitted" && line.reference === reference).length;
  const play = async (fault, body, expected, settings, more = {}) => {
    server.write("faults.json", { plan: [{ fault, ...more }], for: `${fault} ${Math.random()}` });
    const begun = Date.now();
    const got = await client.call(body, settings).catch((error) => error.response?.status ?? error.code ?? faultOf(error));
    see(`fault ${fault}`, got, expected);
    return (Date.now() - begun) / 1000;
  };
  await play("cut-before", letter("W-1"), "ECONNRESET", {}, { operation: "SendLetter", reference: "W-1" });
  see("nothing was acted on", acted("W-1"), 0);
  await play("cut-after", letter("W-2"), "ECONNRESET");
  see("it was acted on", acted("W-2"), 1);
  const seconds = await play("delay", letter("W-3"), 0, {}, { seconds: 1 });
  see("the answer came late", seconds >= 1, true);
  await play("twice", letter("W-4"), 201);
  see("one letter, though the answer is 201", acted("W-4"), 1);
  await play("permission-lost", letter("W-5"), 103);
  see("nothing was acted on", acted("W-5"), 0);
  await play("busy", letter("W-6"), 503);
  see("nothing was acted on", acted("W-6"), 0);
  await play("proxy-page", letter("W-7"), 502);
  see("it was acted on", acted("W-7"), 1);
  await play("bad-signature", find("W-7"), "invalid", { loose: true, invalid: true });
  await play("wrong-call-id", find("W-7"), "the answer names another call");
  server.write("faults.json", { plan: [{ fault: "busy", skip: 1, times: 2, operation: "FindLetter" }] });
  const row = [];
  for (let count = 0; count < 4; count += 1) row.push(Number((await client.call(find("W-7"))).Result.Code));
  see("a plan that skips one and plays two", row.join(" "), "0 503 503 0");
  server.write("faults.json", {});
  see("each played fault is recorded", server.lines("faults.jsonl").map((line) => line.fault).join(" "),
    "cut-before cut-after delay twice permission-lost busy proxy-page bad-signature wrong-call-id busy busy");
}

// The same seed plays the same faults; a restart goes on with the letters; no process stays behind.
export async function life(folder, see) {
  const runs = [];
  for (const round of [1, 2]) {
    const server = await start(`${folder}/seeded`, "--faults", "7:60");
    const client = await Client.open(server);
    const before = server.lines("faults.jsonl").length;
    for (let count = 0; count < 8; count += 1) {
      await client.call(find("L-1"), { timeout: 5000 }).catch(() => undefined);
    }
    runs.push(server.lines("faults.jsonl").slice(before).map((line) => line.fault).join(" "));
    if (round === 1) see("it ends when its standard input closes", await server.stop(), 0);
    else see("it ends at SIGTERM", await server.terminate(), 0);
  }
  see(`the seed decides (${runs[0]})`, runs[1], runs[0]);

  let server = await start(`${folder}/again`);
  await (await Client.open(server)).call(letter("L-2"));
  await server.stop();
  server = await start(`${folder}/again`);
  const found = await (await Client.open(server)).call(find("L-2"));
  see("a letter is there after a restart", found, 0);
  await server.stop();
}
