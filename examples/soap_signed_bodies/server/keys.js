// The keys and certificates of the development authority. They are made in the caller's folder, once.
import { execFileSync } from "node:child_process";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const openssl = (...words) => execFileSync("openssl", words, { stdio: ["ignore", "ignore", "pipe"] });

// One certificate of the authority, with its key: NAME.pem and NAME.key.
function issue(folder, name, subject, extensions) {
  const file = (ending) => join(folder, `${name}.${ending}`);
  if (existsSync(file("pem")) && existsSync(file("key"))) return;
  writeFileSync(file("ext"), `basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n${extensions}\n`);
  openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-sha256", "-subj", subject,
    "-keyout", file("key"), "-out", file("csr"));
  openssl("x509", "-req", "-sha256", "-days", "825", "-in", file("csr"), "-extfile", file("ext"),
    "-CA", join(folder, "ca.pem"), "-CAkey", join(folder, "ca.key"),
    "-set_serial", `0x${BigInt(Date.now()).toString(16)}${Math.floor(Math.random() * 65536).toString(16).padStart(4, "0")}`,
    "-out", file("pem"));
  chmodSync(file("key"), 0o600);
  for (const ending of ["csr", "ext"]) rmSync(file(ending));
}

export function makeAuthority(folder) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, "ca.pem"))) {
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3650",
      "-subj", "/C=IR/O=Neda/CN=Neda Development Authority",
      "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
      "-keyout", join(folder, "ca.key"), "-out", join(folder, "ca.pem"));
    chmodSync(join(folder, "ca.key"), 0o600);
  }
  issue(folder, "service-tls", "/C=IR/O=Neda/CN=127.0.0.1",
    "keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1,DNS:localhost");
  issue(folder, "service-signing", "/C=IR/O=Neda/CN=Neda Answers", "keyUsage=critical,digitalSignature,nonRepudiation");
}

export function issueClient(folder, name, subject) {
  issue(folder, name, subject, "keyUsage=critical,digitalSignature,nonRepudiation");
}

export function readPair(folder, name) {
  const pem = readFileSync(join(folder, `${name}.pem`), "utf8");
  const key = readFileSync(join(folder, `${name}.key`), "utf8");
  return { pem, key, certificate: new X509Certificate(pem), privateKey: createPrivateKey(key) };
}

// The issuer as XML Signature writes it: last part first, commas between (RFC 4514).
export function issuerName(certificate) {
  const escaped = (text) => text.replace(/([,+"\\<>;=])/g, "\\$1").replace(/^([ #])/, "\\$1");
  return certificate.issuer.split("\n").reverse().map((part) => {
    const at = part.indexOf("=");
    return `${part.slice(0, at)}=${escaped(part.slice(at + 1))}`;
  }).join(",");
}

export function serialNumber(certificate) {
  return BigInt(`0x${certificate.serialNumber}`).toString();
}
