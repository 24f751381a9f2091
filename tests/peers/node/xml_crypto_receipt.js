// Signs a receipt as the service in examples/soap_login_tickets does: KEY CERTIFICATE FOLDER, the folder of that service's files.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [key, cert, folder] = process.argv.slice(2);
// Its imports are found beside this script's packages.
for (const name of ["receipts.js", "codes.js", "tehran.js"]) copyFileSync(join(folder, name), join(import.meta.dirname, name));
const { sealer } = await import("./receipts.js");
const facts = {
  id: "R-1", organisation: "1", number: "7", reference: "EB-1", recipient: "0012345679",
  papers: [{ row: 1, main: true, sha256: "0".repeat(64) }], event: "LEGAL", at: new Date(),
};
process.stdout.write(sealer({ key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") })(facts));
