// A loop over node's soap and xml-crypto: keys and the connection are kept, several notices a call, a commit for 50.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { connect } from "./judiciary.js";
import { jalaliDay, referenceOf, unsigned } from "./notice.js";
import { loadSigner, seal, sha256 } from "./signatures.js";

const COMMIT = 50;
const PAGE = 500;
const WAIT = 50;

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const cases = open(given.cases);
const own = open(given.own);
own.exec(`
  CREATE TABLE IF NOT EXISTS served (
    reference TEXT PRIMARY KEY, row_key INTEGER NOT NULL UNIQUE, seal_digest TEXT NOT NULL, tracking TEXT NOT NULL,
    delivered_at TEXT, viewed_at TEXT, shown INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS answers (id INTEGER PRIMARY KEY, octets TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS receipts (receipt_id TEXT PRIMARY KEY, reference TEXT NOT NULL, octets TEXT NOT NULL);
`);
const waiting = cases.prepare("SELECT notice_id FROM notices WHERE eblagh_state IS NULL ORDER BY change_no").pluck();
const read = cases.prepare("SELECT * FROM eblagh_notices WHERE notice_id = ?");
const show = cases.prepare(`
  UPDATE notices SET eblagh_reference = ?, eblagh_state = 'VIEWED', eblagh_seq = 3, eblagh_tracking = ?, delivered_at = ?,
    viewed_at = ?, service_date = ?, service_effect = 'ACTUAL', eblagh_updated_at = ?
  WHERE notice_id = ?
`);
const keepAnswer = own.prepare("INSERT INTO answers (octets) VALUES (?)");
const keepSent = own.prepare("INSERT INTO served (reference, row_key, seal_digest, tracking) VALUES (?, ?, ?, ?)");
const keepReceipt = own.prepare("INSERT OR IGNORE INTO receipts VALUES (?, ?, ?)");
const apply = Object.fromEntries(["delivered_at", "viewed_at"].map((column) => [
  column, own.prepare(`UPDATE served SET ${column} = ? WHERE reference = ? AND tracking = ? AND seal_digest = ?`),
]));
const underWay = own.prepare("SELECT count(*) FROM served WHERE viewed_at IS NULL").pluck();
const served = own.prepare("SELECT * FROM served WHERE viewed_at IS NOT NULL AND NOT shown ORDER BY row_key");
const noteShown = own.prepare("UPDATE served SET shown = 1 WHERE reference = ?");

const signers = Object.fromEntries(Object.entries(given.bodies).map(([code, body]) => [code, loadSigner(body)]));
const judiciary = await connect(given);
let cursor = "";

for await (const line of createInterface({ input: process.stdin })) {
  await doAll(line);
  process.stdout.write("done\n");
}

async function doAll() {
  const keys = waiting.all();
  const kept = [];
  for (let first = 0; first < keys.length; first += given.batch) {
    kept.push(await send(keys.slice(first, first + given.batch).map((key) => read.get(key))));
    if (kept.length * given.batch >= COMMIT) keep(kept.splice(0));
  }
  keep(kept);
  while (underWay.get()) {
    if (!(await receive())) await setTimeout(WAIT);
  }
  const results = served.all();
  for (let first = 0; first < results.length; first += COMMIT) showAll(results.slice(first, first + COMMIT));
}

async function send(rows) {
  const notices = rows.map((row) => {
    const reference = referenceOf(row);
    const sealed = seal(unsigned(row, reference, given.bodies[row.body_code].title), `N-${reference}`, signers[row.body_code]);
    return { reference, key: row.notice_id, sealed, digest: "sha256:" + sha256(sealed) };
  });
  const [tracking, answer] = await judiciary.submit(notices);
  return { answer, rows: notices.map(({ reference, key, digest }) => [reference, key, digest, tracking.get(reference)]) };
}

function keep(calls) {
  own.transaction(() => {
    for (const { answer, rows } of calls) {
      keepAnswer.run(answer);
      for (const row of rows) keepSent.run(...row);
    }
  })();
}

async function receive() {
  const [page, next] = await judiciary.receipts(cursor, PAGE);
  if (!page.length) return 0;
  own.transaction(() => {
    for (const receipt of page) {
      keepReceipt.run(receipt.id, receipt.reference, receipt.octets);
      const { changes } = apply[receipt.column].run(receipt.at, receipt.reference, receipt.tracking, receipt.sealDigest);
      if (changes !== 1) throw new Error(`a receipt of nothing that was sent: ${receipt.id}`);
    }
  })();
  await judiciary.confirm(page.map(({ id }) => id));
  cursor = next;
  return page.length;
}

function showAll(results) {
  cases.transaction(() => {
    for (const each of results) {
      const { reference, tracking, delivered_at: delivered, viewed_at: viewed, row_key: key } = each;
      show.run(reference, tracking, delivered, viewed, jalaliDay(delivered), new Date().toISOString(), key);
    }
  })();
  own.transaction(() => results.forEach(({ reference }) => noteShown.run(reference)))();
}

function open(path) {
  const database = new Database(path, { timeout: 30_000 });
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  return database;
}
