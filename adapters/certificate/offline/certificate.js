// A certificate of service from the text of its code: the record again, its place in the tree, the signed checkpoint.
// The form is that of schemas/certificate/README.md. Nothing is asked of any network.

const PREFIX = "EBC1:";
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const MOST_OCTETS = 2048;
const ITERATIONS = 600000;
const FIELDS = ["body", "calendar", "deadline_rule", "delivered_at", "effect", "issued_at", "kind", "last_day", "legal_service_at", "notice", "origin", "recipient", "rule", "salt", "seal", "served_on", "v", "viewed_at"];

/** A reason why a text is no certificate, or not one of this log: a key of the words of the page. */
class Refused extends Error {}

const utf8 = (text) => new TextEncoder().encode(text);
const textOfUtf8 = (octets) => new TextDecoder("utf-8", { fatal: true }).decode(octets);
const hex = (octets) => Array.from(octets, (each) => each.toString(16).padStart(2, "0")).join("");
const base64 = (octets) => btoa(String.fromCharCode(...octets));
const fromBase64 = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const sha256 = async (octets) => new Uint8Array(await crypto.subtle.digest("SHA-256", octets));

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function fromBase45(text) {
  const octets = [];
  for (let at = 0; at < text.length; at += 3) {
    const signs = Array.from(text.slice(at, at + 3), (sign) => SIGNS.indexOf(sign));
    const number = signs.reduce((sum, value, place) => sum + value * 45 ** place, 0);
    if (signs.includes(-1) || signs.length === 1 || number >= (signs.length === 3 ? 65536 : 256)) throw new Refused("damaged");
    if (signs.length === 3) octets.push(number >> 8);
    octets.push(number & 255);
  }
  return new Uint8Array(octets);
}

async function inflated(octets) {
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const parts = [];
  let length = 0;
  try {
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > MOST_OCTETS) throw new Refused("damaged");
      parts.push(value);
    }
  } catch {
    throw new Refused("damaged");
  }
  return joined(...parts);
}

/** The parts of the text of a code; nothing is verified yet. */
async function parsed(text) {
  const cleaned = text.replace(/^[\r\n\t ]+|[\r\n\t]+$/g, "");
  if (!cleaned.startsWith(PREFIX) || cleaned.length > 4296) throw new Refused("no-code");
  const octets = fromBase45(cleaned.slice(PREFIX.length));
  let at = 0;
  const take = (count) => {
    if (at + count > octets.length) throw new Refused("damaged");
    at += count;
    return octets.slice(at - count, at);
  };
  const number = (count) => take(count).reduce((sum, each) => sum * 256n + BigInt(each), 0n);
  if (number(1) !== 1n) throw new Refused("other-version");
  const payload = await inflated(take(Number(number(2))));
  const salt = take(32);
  const [index, size] = [number(8), number(8)];
  const path = Array.from({ length: Number(number(1)) }, () => take(32));
  const log = textOfUtf8(take(Number(number(1))));
  const [keyId, signature] = [take(4), take(64)];
  if (at !== octets.length) throw new Refused("damaged");
  return { payload, fields: fieldsOf(payload), salt, index, size, path, log, keyId, signature };
}

/** JSON as records have it: keys sorted, no white space, ASCII. */
function canonical(value) {
  if (value === null || typeof value !== "object") {
    return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (sign) => "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0"));
  }
  return "{" + Object.keys(value).sort().map((key) => canonical(key) + ":" + canonical(value[key])).join(",") + "}";
}

function fieldsOf(payload) {
  let fields;
  try {
    fields = JSON.parse(textOfUtf8(payload));
  } catch {
    throw new Refused("damaged");
  }
  const right = fields !== null && typeof fields === "object" && Object.keys(fields).sort().join() === FIELDS.join() && fields.v === 1
    && Object.values(fields).every((each) => each === null || each === 1 || typeof each === "string") && canonical(fields) === textOfUtf8(payload);
  if (!right) throw new Refused("other-version");
  return fields;
}

/** The header of the record, whose hash is the leaf. */
async function headerOf({ payload, fields, salt }) {
  return utf8(canonical({
    v: 1,
    id: `certificate:${fields.notice}:${fields.issued_at}`,
    kind: "SERVICE_CERTIFICATE",
    notice: fields.notice,
    origin: fields.origin,
    destination: fields.origin,
    event_time: fields.issued_at,
    recorded_at: fields.issued_at,
    payload_digest: `sha256:${hex(await sha256(payload))}`,
    context: {},
    salt: hex(salt),
  }));
}

/** The root that an inclusion proof leads to (RFC 9162, 2.1.3.2), or null. */
async function rootOf(leaf, index, size, path) {
  if (index >= size) return null;
  const node = (left, right) => sha256(joined(new Uint8Array([1]), left, right));
  let [found, position, last] = [leaf, index, size - 1n];
  for (const sibling of path) {
    if (last === 0n) return null;
    if (position & 1n || position === last) {
      found = await node(sibling, found);
      while (!(position & 1n) && position) [position, last] = [position >> 1n, last >> 1n];
    } else found = await node(found, sibling);
    [position, last] = [position >> 1n, last >> 1n];
  }
  return last === 0n ? found : null;
}

/** Verify a text by the log's key, and compare with the checkpoints that the log has published. Throws `Refused`. */
async function verified(text, log) {
  const found = await parsed(text);
  const key = fromBase64(log.key);
  const keyId = (await sha256(joined(utf8(`${log.name}\n`), new Uint8Array([1]), key))).slice(0, 4);
  if (found.log !== log.name || hex(found.keyId) !== hex(keyId)) throw new Refused("foreign");
  const leaf = await sha256(joined(new Uint8Array([0]), await headerOf(found)));
  const root = await rootOf(leaf, found.index, found.size, found.path);
  if (root === null) throw new Refused("altered");
  const note = utf8(`${found.log}\n${found.size}\n${base64(root)}\n`);
  const verifier = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, verifier, found.signature, note))) throw new Refused("altered");
  return { ...found, history: historyOf(found.size, base64(root), log.checkpoints) };
}

/** Whether a checkpoint is one of the log's: "known", "later" or "earlier" than those of this page. Throws `Refused`. */
function historyOf(size, root, checkpoints) {
  const sizes = checkpoints.map(([each]) => BigInt(each));
  if (!sizes.length || size > sizes.at(-1)) return "later";
  if (size < sizes[0]) return "earlier";
  const at = sizes.indexOf(size);
  if (at < 0 || checkpoints[at][1] !== root) throw new Refused("forked");
  return "known";
}

const LETTERS = { "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و" };

/** The form in which two spellings of one name are equal: `gateway.notice.text.fold`. */
function folded(text) {
  return text.normalize("NFKC")
    .replace(/[يىئكةۀأإٱؤ]/g, (letter) => LETTERS[letter])
    .replace(/[\u200c\u200d\u0640\u00ad\ufeff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/\p{Mn}/gu, "")
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .toLowerCase().split(/\s+/).filter(Boolean).join(" ");
}

/** True if these are the recipient's name, identifier and case number. */
async function isRecipient(fields, name, identifier, caseNumber) {
  const told = utf8([name, identifier, caseNumber].map(folded).join("\n"));
  const key = await crypto.subtle.importKey("raw", told, "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: fromBase64(fields.salt), iterations: ITERATIONS }, key, 128);
  return hex(new Uint8Array(bits)) === hex(fromBase64(fields.recipient));
}
