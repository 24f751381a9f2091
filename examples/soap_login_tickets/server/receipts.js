// One receipt: an XML document of the service's own vocabulary with an enveloped XAdES-BES signature.
import { X509Certificate, createHash } from "node:crypto";
import { SignedXml } from "xml-crypto";
import { EVENTS } from "./codes.js";
import { localMoment } from "./tehran.js";

export const RECEIPT = "http://peyk.invalid/receipt/1";
export const XADES = "http://uri.etsi.org/01903/v1.3.2#";
export const SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties";
const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

const escape = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
const element = (name, text) => `<r:${name}>${escape(text)}</r:${name}>`;

// A function that turns the facts of an event into signed XML.
export function sealer({ key, cert }) {
  const certDigest = createHash("sha256").update(new X509Certificate(cert).raw).digest("base64");
  return (facts) => sign(write(facts), facts.id, { key, cert, certDigest });
}

function write({ id, organisation, number, reference, recipient, papers, event, at }) {
  const list = papers.map(({ row, main, sha256 }) => `<r:Paper row="${row}" main="${main}" sha256="${sha256}"/>`).join("");
  return `<r:Receipt xmlns:r="${RECEIPT}" Id="${id}">${element("ReceiptNumber", id)}${element("Organisation", organisation)}`
    + `${element("LetterNumber", number)}${element("Reference", reference)}${element("RecipientId", recipient)}<r:Papers>${list}</r:Papers>`
    + `${element("Event", event)}${element("EventText", EVENTS[event] ?? "نامشخص")}${element("HappenedAt", localMoment(at))}</r:Receipt>`;
}

function sign(xml, id, { key, cert, certDigest }) {
  const signature = `${id}-signature`;
  const properties = `${id}-properties`;
  const content = `<xades:QualifyingProperties xmlns:xades="${XADES}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Target="#${signature}">`
    + `<xades:SignedProperties Id="${properties}"><xades:SignedSignatureProperties>`
    + `<xades:SigningTime>${new Date().toISOString().slice(0, 19)}Z</xades:SigningTime>`
    + `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="${SHA256}"/>`
    + `<ds:DigestValue>${certDigest}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2>`
    + `</xades:SignedSignatureProperties><xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#${id}-content">`
    + `<xades:MimeType>application/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>`
    + `</xades:SignedProperties></xades:QualifyingProperties>`;
  const signer = new SignedXml({
    privateKey: key, publicCert: cert, signatureAlgorithm: RSA_SHA256, canonicalizationAlgorithm: EXCLUSIVE,
    getKeyInfoContent: SignedXml.getKeyInfoContent, objects: [{ content }],
  });
  signer.addReference({
    xpath: "/*", isEmptyUri: true, id: `${id}-content`, digestAlgorithm: SHA256, transforms: [ENVELOPED, EXCLUSIVE],
  });
  signer.addReference({
    xpath: "//*[local-name(.)='SignedProperties']", uri: properties, type: SIGNED_PROPERTIES, digestAlgorithm: SHA256, transforms: [EXCLUSIVE],
  });
  signer.computeSignature(xml, { prefix: "ds", attrs: { Id: signature }, location: { reference: "/*", action: "append" } });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${signer.getSignedXml()}\n`;
}
