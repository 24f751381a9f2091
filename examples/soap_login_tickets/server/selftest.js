// Runs every operation, code, outcome and fault once against started servers, and prints what it saw.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codes, operations, outcomes } from "./selftest-cases.js";
import { restart, sessions, wire } from "./selftest-wire.js";

let good = 0;
let bad = 0;

// "expected" is a value, a pattern, or the number of an Error that the answer must have.
function see(title, seen, expected = true) {
  const code = seen?.Error?.Code;
  const shown = code !== undefined ? Number(code) : seen;
  const fits = expected instanceof RegExp ? expected.test(String(shown)) : shown === expected;
  if (fits) good += 1;
  else bad += 1;
  const text = typeof shown === "object" ? JSON.stringify(shown) : String(shown);
  process.stdout.write(`${fits ? "good" : "BAD "}  ${title}: ${text.slice(0, 120)}${fits ? "" : ` (expected ${expected})`}\n`);
}

const folder = mkdtempSync(join(tmpdir(), "peyk-"));
try {
  for (const part of [operations, codes, outcomes, sessions, wire, restart]) {
    process.stdout.write(`-- ${part.name}\n`);
    await part(see, join(folder, part.name));
  }
} catch (error) {
  bad += 1;
  process.stdout.write(`BAD   stopped: ${error.stack}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${good} good, ${bad} bad\n`);
process.exit(bad ? 1 : 0);
