// Signs an unsigned SOAP envelope as node's `soap` does: KEY CERTIFICATE FILE PART... A PART is a name with its prefix.
import { readFileSync } from "node:fs";
import soap from "soap";
import { certificate } from "./pem.js";

const [key, certificateFile, file, ...parts] = process.argv.slice(2);
const security = new soap.WSSecurityCert(readFileSync(key), certificate(certificateFile), "", {
  hasTimeStamp: true,
  signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
  additionalReferences: parts,
});
process.stdout.write(security.postProcess(readFileSync(file, "utf8"), "soap"));
