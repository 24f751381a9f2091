// The development authority and the two certificates under it: TLS, and the signing of receipts.
import { execFileSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, importPKCS8 } from 'jose';

const DAYS = '825';

// A restart in the same folder takes the keys that are there, so receipts of before can still be verified.
export function makeCertificates(folder, receiptAlg) {
  const at = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const makeKey = (name, alg) => openssl('genpkey', '-out', name, ...(alg === 'RS256'
    ? ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']
    : ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']));
  const issue = (name, subject, extensions) => {
    writeFileSync(at('request.cnf'), `[req]\ndistinguished_name=dn\n[dn]\n[ext]\n${extensions.join('\n')}\n`);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-config', 'request.cnf', '-out', 'request.pem');
    openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', DAYS, '-sha256',
      '-extfile', 'request.cnf', '-extensions', 'ext', '-out', `${name}.pem`);
  };

  if (!existsSync(at('ca.pem'))) {
    makeKey('ca.key', 'ES256');
    writeFileSync(at('request.cnf'), '[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n');
    openssl('req', '-x509', '-new', '-key', 'ca.key', '-days', DAYS, '-sha256', '-subj', '/C=IR/O=Ravan/CN=Ravan development authority', '-config', 'request.cnf', '-out', 'ca.pem');
  }
  if (!existsSync(at('tls.pem'))) {
    makeKey('tls.key', 'ES256');
    issue('tls', '/C=IR/O=Ravan/CN=localhost', ['basicConstraints=critical,CA:false', 'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth', 'subjectAltName=IP:127.0.0.1,DNS:localhost', 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid']);
  }
  if (!existsSync(at('service-signing.pem'))) {
    makeKey('service-signing.key', receiptAlg);
    issue('service-signing', '/C=IR/O=Ravan/CN=Ravan receipts', ['basicConstraints=critical,CA:false', 'keyUsage=critical,digitalSignature,nonRepudiation',
      'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid']);
  }
  return {
    ca: at('ca.pem'),
    signing: at('service-signing.pem'),
    tls: { key: readFileSync(at('tls.key')), cert: readFileSync(at('tls.pem')), minVersion: 'TLSv1.2' },
  };
}

export async function readReceiptKey(folder) {
  const certificate = new X509Certificate(readFileSync(join(folder, 'service-signing.pem')));
  // The key in the folder decides, so that a restart with another --receipt-alg does not break old receipts.
  const alg = certificate.publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  const privateKey = await importPKCS8(readFileSync(join(folder, 'service-signing.key'), 'utf8'), alg);
  const jwk = await exportJWK(createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' })));
  const kid = await calculateJwkThumbprint(jwk);
  const x5c = [certificate.raw.toString('base64')];
  return { alg, privateKey, kid, x5c, jwks: { keys: [{ ...jwk, kid, alg, use: 'sig', x5c }] } };
}
