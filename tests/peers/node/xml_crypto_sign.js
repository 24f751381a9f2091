// Signs an envelope whose Security has all but the Signature, with xml-crypto: KEY FILE ALGORITHM PREFIXES PART...
// PREFIXES is a PrefixList; a PART is a local name. The BinarySecurityToken has the wsu:Id that KeyInfo refers to.
import { readFileSync } from "node:fs";
import { SignedXml } from "xml-crypto";

const WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const [key, file, algorithm, prefixes, ...parts] = process.argv.slice(2);
const xml = readFileSync(file, "utf8");
const token = xml.match(/<wsse:BinarySecurityToken[^>]* wsu:Id="([^"]+)"/)[1];
const signer = new SignedXml({
  privateKey: readFileSync(key),
  idMode: "wssecurity",
  signatureAlgorithm: algorithm,
  canonicalizationAlgorithm: EXCLUSIVE,
  inclusiveNamespacesPrefixList: prefixes.split(" ").filter(Boolean),
  getKeyInfoContent: () =>
    `<wsse:SecurityTokenReference xmlns:wsse="${WSS}-wssecurity-secext-1.0.xsd">` +
    `<wsse:Reference URI="#${token}" ValueType="${WSS}-x509-token-profile-1.0#X509v3"/></wsse:SecurityTokenReference>`,
});
for (const part of parts) {
  signer.addReference({
    xpath: `//*[local-name(.)='${part}']`,
    transforms: [EXCLUSIVE],
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
    inclusiveNamespacesPrefixList: prefixes.split(" ").filter(Boolean),
  });
}
signer.computeSignature(xml, {
  prefix: "ds",
  location: { reference: "//*[local-name(.)='Security']", action: "append" },
});
process.stdout.write(signer.getSignedXml());
