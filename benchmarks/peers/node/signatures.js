// XML signatures by xml-crypto: of sealed notices, and the checks of answers and receipts (schemas/seal).
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { DOMParser } from "@xmldom/xmldom";
import { ExclusiveCanonicalization, SignedXml } from "xml-crypto";

const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const DS = "http://www.w3.org/2000/09/xmldsig#";
const XADES = "http://uri.etsi.org/01903/v1.3.2#";

// The first certificate of a PEM file, in PEM.
export function certificate(file) {
  return readFileSync(file, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/)[0];
}

export function base64Of(pem) {
  return pem.replace(/-----[A-Z ]+-----|\s/g, "");
}

export function sha256(octets, encoding = "hex") {
  return createHash("sha256").update(octets).digest(encoding);
}

// Key, certificate and its digest of one signer.
export function loadSigner({ key, certificate: file }) {
  const pem = certificate(file);
  // A key object is parsed once; a PEM would be for each signature.
  return { key: createPrivateKey(readFileSync(key)), certificate: base64Of(pem), digest: sha256(new X509Certificate(pem).raw, "base64") };
}

// A document with an Id, signed: its exclusive C14N.
export function seal(xml, id, signer) {
  const content = `<xades:QualifyingProperties xmlns:xades="${XADES}" xmlns:ds="${DS}" Target="#${id}-signature">`
    + `<xades:SignedProperties Id="${id}-properties"><xades:SignedSignatureProperties>`
    + `<xades:SigningTime>${new Date().toISOString()}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert>`
    + `<xades:CertDigest><ds:DigestMethod Algorithm="${SHA256}"/><ds:DigestValue>${signer.digest}</ds:DigestValue>`
    + `</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>`
    + `<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#${id}-reference">`
    + `<xades:MimeType>application/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>`
    + `</xades:SignedProperties></xades:QualifyingProperties>`;
  const signature = new SignedXml({
    privateKey: signer.key,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE,
    getKeyInfoContent: () => `<ds:X509Data><ds:X509Certificate>${signer.certificate}</ds:X509Certificate></ds:X509Data>`,
    objects: [{ content }],
  });
  signature.addReference({ xpath: "/*", id: `${id}-reference`, transforms: [ENVELOPED, EXCLUSIVE], digestAlgorithm: SHA256 });
  signature.addReference({
    xpath: "//*[local-name(.)='SignedProperties']",
    type: "http://uri.etsi.org/01903#SignedProperties",
    transforms: [EXCLUSIVE],
    digestAlgorithm: SHA256,
  });
  signature.computeSignature(xml, { prefix: "ds", attrs: { Id: `${id}-signature` } });
  return canonical(signature.getSignedXml());
}

function canonical(xml) {
  const { documentElement } = new DOMParser().parseFromString(xml);
  return new ExclusiveCanonicalization().process(documentElement, {}).toString();
}

// What a signature of this certificate covers, each part canonical; throws if it is wrong.
export function covered(xml, publicCert, idMode) {
  const [signature] = xml.match(/<ds:Signature[ >].*?<\/ds:Signature>/s);
  const verifier = new SignedXml({ publicCert, idMode });
  verifier.loadSignature(signature);
  if (!verifier.checkSignature(xml)) throw new Error("a digest is wrong");
  return verifier.getSignedReferences();
}
