// The development authority and what it issues: made once, in the caller's folder, with the command openssl.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const openssl = (folder, ...words) => execFileSync("openssl", words, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });

function issue(folder, name, subject, usage) {
  if (existsSync(join(folder, `${name}.pem`))) return;
  const extensions = ["basicConstraints=critical,CA:FALSE", "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid", ...usage];
  writeFileSync(join(folder, `${name}.ext`), `${extensions.join("\n")}\n`);
  openssl(folder, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-sha256", "-subj", subject, "-keyout", `${name}.key`, "-out", `${name}.csr`);
  openssl(folder, "x509", "-req", "-sha256", "-days", "825", "-in", `${name}.csr`, "-extfile", `${name}.ext`,
    "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", `0x5${randomBytes(10).toString("hex")}`, "-out", `${name}.pem`);
  for (const ending of ["csr", "ext"]) rmSync(join(folder, `${name}.${ending}`));
}

export function makeAuthority(folder) {
  if (!existsSync(join(folder, "ca.pem"))) {
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3650",
      "-subj", "/C=IR/O=Peyk/CN=Peyk Development Authority", "-addext", "basicConstraints=critical,CA:TRUE",
      "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key", "-out", "ca.pem");
  }
  issue(folder, "service-tls", "/C=IR/O=Peyk/CN=127.0.0.1",
    ["keyUsage=critical,digitalSignature,keyEncipherment", "extendedKeyUsage=serverAuth", "subjectAltName=IP:127.0.0.1,DNS:localhost"]);
  issue(folder, "service-signing", "/C=IR/O=Peyk/OU=Receipts/CN=Peyk Receipt Seal", ["keyUsage=critical,digitalSignature,nonRepudiation"]);
}

export function readPair(folder, name) {
  return { cert: readFileSync(join(folder, `${name}.pem`), "utf8"), key: readFileSync(join(folder, `${name}.key`), "utf8") };
}
