// Every operation, every code and every outcome once.
import { dayOf, momentOf } from "./jalali.js";
import { MESSAGES } from "./names.js";
import { find, letter, list, wait } from "./selftest-client.js";

const OUTCOMES = {
  "0790419904": "delivered",
  "0499370899": "unseen",
  "1234567891": "refused",
  "14007650912": "returned",
  "10380284790": "waiting",
  "10100302746": "no-account",
  "100000000001": "unknown-recipient",
  "100000000002": "kind-not-allowed",
  "100000000003": "credentials",
  "100000000004": { end: "busy", times: 2, then: "delivered" },
  "100000000005": { end: "internal-error", acted: true },
  "100000000006": { end: "internal-error", acted: false },
  "100000000007": { end: "code", code: 777, acted: true, then: "delivered" },
  "100000000008": { end: "code", code: 778 },
  "100000000009": { end: "events", events: ["ابلاغ شد", "رد شد"] },
  "100000000010": { end: "delivered", receipt: { PaperSha256: "0".repeat(64) } },
  "100000000011": "schema",
  "100000000012": "organisation",
  "100000000013": "call-time",
  "100000000014": "duplicate",
  "100000000015": "paper",
};
const PERSON = { type: "حقیقی" };
const FOREIGN = { type: "تبعه خارجی" };
const LEGAL = { type: "حقوقی" };

export async function operations(client, see) {
  const today = dayOf(new Date());
  const sent = await client.call(letter("OP-1"));
  see("SendLetter of a good letter", sent, 0);
  see("it has a number, a day and a time", /^\d{14}$/.test(sent.LetterNumber) && Number(sent.AcceptedDay) === today && sent.AcceptedTime, /^\d\d:/);
  see("FindLetter before the first receipt", (await client.call(find("OP-1"))).Status, "در انتظار");
  await wait(1.6);
  const found = await client.call(find("OP-1"));
  see("FindLetter after both receipts", found.Status, "رؤیت شد");
  see("the same number", found.LetterNumber, sent.LetterNumber);
  const page = await client.call(list(today, today, 1));
  see("ListReceipts", page, 0);
  const [first, second] = page.Receipt;
  see("arrival, to the second", `${first.Event} ${first.Time}`, /^ابلاغ شد \d\d:\d\d:\d\d$/);
  see("viewing, to the minute", `${second.Event} ${second.Time}`, /^رؤیت شد \d\d:\d\d$/);
  see("the receipt names reference, number and digest", `${first.Reference} ${first.LetterNumber} ${first.PaperSha256}`, /^OP-1 \d{14} [0-9a-f]{64}$/);
  see("the same receipts again, nothing was confirmed", (await client.call(list(today, today, 1))).Receipt.length, 2);
  see("a page after the last is empty", (await client.call(list(today, today, 9))).Receipt ?? "empty", "empty");
  see("a day without receipts has no pages", (await client.call(list(14050101, 14050102, 1))).Pages, "0");
  see("another organisation sees none of them", (await client.call(list(today, today, 1), { organisation: "1405018", signer: "client-2" })).Pages, "0");
}

export async function codes(client, see) {
  const code = async (title, body, settings, expected) => see(title, await client.call(body, settings), expected);
  await code("101: an element is missing", letter("C-1", { subject: null }), {}, 101);
  await code("101: a word of no enumeration", letter("C-1", { kind: "نامه" }), {}, 101);
  await code("101: Persian digits", letter("C-1", { day: "۱۴۰۵۰۹۰۵" }), {}, 101);
  await code("101: a day that is not in the calendar", letter("C-1", { day: "14051230" }), {}, 101);
  await code("101: qualified where it must not be", letter("C-1").replace("<Subject>", "<m:Subject>").replace("</Subject>", "</m:Subject>"), {}, 101);
  await code("101: a number of wrong length for the type", letter("C-1", { id: "100000000001" }), {}, 101);
  await code("101: no call header", find("C-1"), { header: "<!-- none -->" }, 101);
  await code("101: a header block that is not in the contract", find("C-1"), { moreHeader: '<x:To xmlns:x="urn:other">a</x:To>' }, 101);
  await code("101: another SOAPAction", find("C-1"), { soapAction: '"urn:other"' }, 101);
  await code("101: page 0", list(14050901, 14050902, 0), {}, 101);
  await code("102: unknown organisation", find("C-1"), { organisation: "9999999" }, 102);
  await code("103: a unit that is not ours", find("C-1"), { unit: "99" }, 103);
  await code("103: a certificate of another organisation", find("C-1"), { signer: "client-2" }, 103);
  await code("104: a call of two hours ago", find("C-1"), { time: momentOf(new Date(Date.now() - 7_200_000)) }, 104);
  await code("204: a kind that is not allowed to this organisation", letter("C-1", { kind: "قرار" }), { organisation: "1405018", signer: "client-2" }, 204);
  await code("202: check digit of a national code", letter("C-1", { id: "0012345678" }), {}, 202);
  await code("202: check digit of a legal person", letter("C-1", { ...LEGAL, id: "14007650911" }), {}, 202);
  await code("205: another digest", letter("C-1", { sha256: "a".repeat(64) }), {}, 205);
  await code("205: not a PDF", letter("C-1", { paper: Buffer.from("text") }), {}, 205);
  await code("206: nothing of all this was served", find("C-1"), {}, 206);
  await code("207: days in the wrong order", list(14050905, 14050901, 1), {}, 207);
  await code("207: 32 days", list(14050101, 14050201, 1), {}, 207);

  await code("a letter", letter("DUP-1"), {}, 0);
  await code("201: the same reference at once", letter("DUP-1"), {}, 201);
  await wait(3.2);
  await code("the same reference after the window: a SECOND letter", letter("DUP-1"), {}, 0);
  const header = `<m:CallHeader xmlns:m="${MESSAGES}"><OrganisationCode>1405017</OrganisationCode></m:CallHeader>`;
  const short = await client.call(find("C-1"), { header });
  see("no call id comes back where none was readable", short.Result.CallId ?? "none", "none");
}

export async function outcomes(client, see, server) {
  server.write("outcomes.json", OUTCOMES);
  const send = (id, kind) => client.call(letter(`OUT-${id}`, { ...kind, id }));
  const many = [["0790419904", PERSON, 0], ["0499370899", PERSON, 0], ["1234567891", PERSON, 0], ["14007650912", LEGAL, 0],
    ["10380284790", LEGAL, 0], ["10100302746", LEGAL, 203], ["100000000001", FOREIGN, 202], ["100000000002", FOREIGN, 204],
    ["100000000003", FOREIGN, 103], ["100000000004", FOREIGN, 503], ["100000000004", FOREIGN, 503], ["100000000004", FOREIGN, 0],
    ["100000000005", FOREIGN, 900], ["100000000006", FOREIGN, 900], ["100000000007", FOREIGN, 777], ["100000000008", FOREIGN, 778],
    ["100000000009", FOREIGN, 0], ["100000000010", FOREIGN, 0], ["100000000011", FOREIGN, 101], ["100000000012", FOREIGN, 102],
    ["100000000013", FOREIGN, 104], ["100000000014", FOREIGN, 201], ["100000000015", FOREIGN, 205]];
  for (const [id, kind, expected] of many) see(`send to ${id}: ${JSON.stringify(OUTCOMES[id])}`, await send(id, kind), expected);
  await wait(1.6);
  const status = async (id, expected) => {
    const found = await client.call(find(`OUT-${id}`));
    see(`status of ${id}`, found.Status ?? Number(found.Result.Code), expected);
  };
  await status("0790419904", "ابلاغ شد");
  await status("0499370899", "رؤیت نشد");
  await status("1234567891", "استنکاف");
  await status("14007650912", "رد شد");
  await status("10380284790", "در انتظار");
  await status("10100302746", 206);
  await status("100000000004", "ابلاغ شد");
  await status("100000000005", "رؤیت شد");
  await status("100000000006", 206);
  await status("100000000007", "ابلاغ شد");
  await status("100000000008", 206);
  await status("100000000009", "رد شد");

  const today = dayOf(new Date());
  const pages = Number((await client.call(list(today, today, 1))).Pages);
  const all = [];
  for (let page = 1; page <= pages; page += 1) all.push(...(await client.call(list(today, today, page))).Receipt);
  const kept = server.lines("ledger.jsonl").filter((line) => line.what === "receipt").length;
  see(`${pages} pages give every receipt of the ledger`, all.length, kept);
  see("a receipt that names another paper", all.find((one) => one.RecipientId === "100000000010").PaperSha256, /^0{64}$/);
}
