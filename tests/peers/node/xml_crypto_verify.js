// Checks the ds:Signature of each file with xml-crypto: CERTIFICATE FILE... One line a file: "accepted" with the number
// of references, or "refused".
import { readFileSync } from "node:fs";
import { SignedXml } from "xml-crypto";
import { certificate } from "./pem.js";

const [certificateFile, ...files] = process.argv.slice(2);
for (const file of files) {
  const xml = readFileSync(file, "utf8");
  // The first one: a message's own stands before those of the seals in its Body.
  const [signature] = xml.match(/<ds:Signature[ >].*?<\/ds:Signature>/s);
  const verifier = new SignedXml({ publicCert: certificate(certificateFile), idMode: "wssecurity" });
  verifier.loadSignature(signature);
  console.log(believes(verifier, xml) ? `accepted ${verifier.getSignedReferences().length}` : "refused");
}

// A wrong digest is returned, a wrong signature thrown.
function believes(verifier, xml) {
  try {
    return verifier.checkSignature(xml);
  } catch (error) {
    if (/invalid signature/.test(error.message)) return false;
    throw error;
  }
}
