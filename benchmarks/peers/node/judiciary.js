// The judiciary's service by node's soap and its WSDL: submissions, pages of receipts, confirmations.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import axios from "axios";
import soap from "soap";
import { base64Of, certificate, covered } from "./signatures.js";

const CONTRACT = "urn:eblagh:judiciary:1";
const WSA = "http://www.w3.org/2005/08/addressing";
const EVENTS = { ContentConsignment: "delivered_at", ContentHandover: "viewed_at" };
const SKEW = 60_000;

export async function connect(given) {
  // A connection is kept, as a service does.
  const request = axios.create({ httpAgent: new http.Agent({ keepAlive: true }), proxy: false });
  const client = await soap.createClientAsync(given.wsdl, { endpoint: given.endpoint, request });
  client.setSecurity(new soap.WSSecurityCert(readFileSync(given.transport.key), certificate(given.transport.certificate), "", {
    hasTimeStamp: true,
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    additionalReferences: ["wsa:To", "wsa:Action", "wsa:MessageID", "wsse:BinarySecurityToken"],
  }));
  return new Judiciary(client, given);
}

class Judiciary {
  constructor(client, given) {
    this.client = client;
    this.endpoint = given.endpoint;
    this.answers = certificate(given.judiciary_certificate);
    this.receiptsCertificate = certificate(given.receipts_certificate);
  }

  // Sends an operation; returns its result and the answer's octets once they are believed.
  async call(operation, body) {
    const id = `urn:uuid:${randomUUID()}`;
    this.client.clearSoapHeaders();
    for (const [name, text] of [["To", this.endpoint], ["Action", `${CONTRACT}:${operation}`], ["MessageID", id]]) {
      this.client.addSoapHeader(`<wsa:${name} xmlns:wsa="${WSA}">${text}</wsa:${name}>`);
    }
    const [result, raw] = await this.client[`${operation}Async`]({ _xml: body });
    this.believe(raw, id);
    return [result, raw];
  }

  believe(raw, id) {
    const parts = new Map(covered(raw, this.answers, "wssecurity").map((part) => [part.match(/^<(?:\w+:)?(\w+)/)[1], part]));
    for (const name of ["Body", "Timestamp", "To", "Action", "MessageID", "RelatesTo", "BinarySecurityToken"]) {
      if (!parts.has(name)) throw new Error(`${name} is not signed`);
    }
    const text = (name) => parts.get(name).match(/>([^<]*)</)[1];
    if (text("BinarySecurityToken") !== base64Of(this.answers)) throw new Error("another certificate");
    if (text("RelatesTo") !== id) throw new Error("an answer to another request");
    const [created, expires] = [...parts.get("Timestamp").matchAll(/>([^<]+)</g)].map((match) => Date.parse(match[1]));
    const now = Date.now();
    if (now < created - SKEW || now > expires + SKEW) throw new Error("an answer of another time");
  }

  // Submits sealed notices; returns the tracking number of each by its reference, and the answer.
  async submit(notices) {
    const each = notices.map(({ reference, sealed }) =>
      `<j:Submission><j:Reference>${reference}</j:Reference><j:SealedNotice>${sealed}</j:SealedNotice></j:Submission>`);
    const [result, raw] = await this.call("SubmitNotices", `<j:SubmitNotices xmlns:j="${CONTRACT}">${each.join("")}</j:SubmitNotices>`);
    const accepted = [result.Result].flat().filter(({ Status }) => Status === "ACCEPTED");
    const tracking = new Map(accepted.map(({ Reference, TrackingNumber }) => [Reference, TrackingNumber]));
    if (tracking.size !== notices.length) throw new Error(`not all were accepted: ${raw}`);
    return [tracking, raw];
  }

  // A page of receipts after a cursor, each checked, with the next cursor.
  async receipts(cursor, limit) {
    const body = `<j:FetchReceipts xmlns:j="${CONTRACT}"><j:Cursor>${cursor}</j:Cursor><j:Limit>${limit}</j:Limit></j:FetchReceipts>`;
    const [result, raw] = await this.call("FetchReceipts", body);
    const documents = raw.match(/<r:Receipt[ >].*?<\/r:Receipt>/gs) ?? [];
    return [documents.map((octets) => this.read(octets)), result.NextCursor ?? ""];
  }

  // Reads what the receipt's signature covers, and nothing else.
  read(octets) {
    const [signed] = covered(octets, this.receiptsCertificate);
    if (!signed.startsWith("<r:Receipt ")) throw new Error("a receipt that is not signed");
    const text = (name) => signed.match(new RegExp(`<r:${name}>([^<]*)<`))[1];
    return {
      id: text("ReceiptId"), reference: text("Reference"), tracking: text("TrackingNumber"), sealDigest: text("SealDigest"),
      column: EVENTS[text("Event")], at: text("EventTime"), octets,
    };
  }

  async confirm(ids) {
    const each = ids.map((id) => `<j:ReceiptId>${id}</j:ReceiptId>`).join("");
    await this.call("ConfirmReceipts", `<j:ConfirmReceipts xmlns:j="${CONTRACT}">${each}</j:ConfirmReceipts>`);
  }
}
