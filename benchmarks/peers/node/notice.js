// A row of the case database as an unsigned notice of schemas/notice/notice-1.xsd.
import jalaali from "jalaali-js";
import { sha256 } from "./signatures.js";

const KINDS = { حقیقی: "NATURAL", حقوقی: "LEGAL", اتباع: "FOREIGN" };
const INVISIBLE = /[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// A number's text with Latin digits, without blanks and marks of direction.
export function latin(text) {
  return text
    .replace(/[۰-۹]/g, (digit) => digit.charCodeAt(0) - 0x6f0)
    .replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660)
    .replace(INVISIBLE, "");
}

export function referenceOf(row) {
  const octets = Buffer.from(sha256(`${row.body_code} ${row.notice_id} ${row.revision}`), "hex").subarray(0, 20);
  let bits = "";
  for (const octet of octets) bits += octet.toString(2).padStart(8, "0");
  return "EB-" + bits.match(/.{5}/g).map((five) => BASE32[parseInt(five, 2)]).join("");
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\r/g, "&#xD;");
const element = (name, text) => `<n:${name}>${escaped(String(text))}</n:${name}>`;
const optional = (name, text) => (text ? element(name, text) : "");
const number = (name, text) => (text ? element(name, latin(text)) : "");

function gregorian(jalali) {
  const { gy, gm, gd } = jalaali.toGregorian(...latin(jalali).split(/[/-]/).map(Number));
  return [gy, gm, gd].map((part) => String(part).padStart(2, "0")).join("-");
}

function recipient(row) {
  const written = row.recipient_kind.replace(INVISIBLE, "").replace(/ـ/g, "").replace(/[يى]/g, "ی").replace(/ك/g, "ک");
  const kind = KINDS[written] ?? written;
  const identifier = latin(row.recipient_id);
  return `<n:Recipient>${element("Kind", kind)}${element("Identifier", kind === "NATURAL" ? identifier.padStart(10, "0") : identifier)}`
    + `${element("Name", row.recipient_name)}${row.mobile ? element("Mobile", "+98" + latin(row.mobile).replace(/^0/, "")) : ""}`
    + `${number("PostalCode", row.postal_code)}${optional("Address", row.address)}</n:Recipient>`;
}

export function unsigned(row, reference, title) {
  return `<n:Notice xmlns:n="urn:eblagh:notice:1" Id="N-${reference}" version="1">${element("Reference", reference)}`
    + `<n:IssuingBody>${element("Code", row.body_code)}${element("Title", title)}${element("District", row.district)}</n:IssuingBody>`
    + `<n:Case>${number("Number", row.case_number)}${number("ArchiveNumber", row.archive_number)}`
    + `${number("RenovationCode", row.renovation_code)}</n:Case>`
    + `<n:Paper>${number("Number", row.paper_number)}${element("Kind", row.kind)}${element("Subject", row.subject)}`
    + `${element("IssuedOn", gregorian(row.issued_on))}${element("Revision", row.revision)}</n:Paper>${recipient(row)}`
    + `<n:Document>${element("Name", row.document_name)}${element("MediaType", "application/pdf")}`
    + `${element("Size", row.document.length)}${element("Digest", "sha256:" + sha256(row.document))}`
    + `<n:Content>${row.document.toString("base64")}</n:Content></n:Document></n:Notice>`;
}

// The Jalali day in Tehran of a time in UTC.
export function jalaliDay(moment) {
  const tehran = new Date(Date.parse(moment) + 3.5 * 3600 * 1000);
  const { jy, jm, jd } = jalaali.toJalaali(tehran.getUTCFullYear(), tehran.getUTCMonth() + 1, tehran.getUTCDate());
  return [jy, jm, jd].map((part) => String(part).padStart(2, "0")).join("-");
}
