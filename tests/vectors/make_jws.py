"""Makes the files of `tests/vectors/jws`: ``python -m tests.vectors.make_jws``. Keys are made anew and never kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import tempfile
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from adapters.crypto.keys import ecdsa
from adapters.crypto.keys.keys import Signer
from adapters.crypto.message.jws import Claims, compact, encode, header_of, sign_jws
from adapters.crypto.schema.strict_json import dump
from adapters.sandbox.pki.devpki import generate
from tests.unit.crypto.samples import plan, signer

FOLDER: Final = Path(__file__).parent / "jws"
SIGNED_AT: Final = datetime(2026, 2, 3, 9, 30, 15, tzinfo=UTC)
ENDPOINT: Final = "https://judiciary.example/eblagh-rest"
OPERATION: Final = "InquireStatus"
NONCE: Final = "urn:uuid:0000-1"
REFERENCE: Final = "EB-" + "A" * 32
MADE: Final = int(SIGNED_AT.timestamp())
SAID: Final[Mapping[str, Any]] = {
    "op": OPERATION,
    "jti": NONCE,
    "aud": ENDPOINT,
    "iat": MADE,
    "exp": MADE + 300,
    "body": {"inquiries": [{"reference": REFERENCE}]},
}


class Forger:
    """Both sides' keys, a good request and a good answer, and what can be made of them."""

    def __init__(self, pki: Path) -> None:
        self.ours, self.judiciary = signer(pki, "municipality", "transport"), signer(pki, "judiciary", "transport")
        self.receipts = signer(pki, "judiciary", "receipts")
        self.header = header_of(self.ours)
        self.request = self.said()

    def said(self, **other: Any) -> bytes:
        """A request whose payload has these claims besides, or (None) without them; ours signs it."""
        reported = {name: value for name, value in {**SAID, **other}.items() if value is not None}
        return compact(self.header, dump(reported), self.ours)

    def payload(self, octets: bytes) -> bytes:
        """A request with these octets as its payload."""
        return compact(self.header, octets, self.ours)

    def headed(self, **other: Any) -> bytes:
        """A request whose header has these members besides, or (None) without them."""
        reported = {name: value for name, value in {**self.header, **other}.items() if value is not None}
        return compact(reported, dump(SAID), self.ours)

    def raw_header(self, octets: bytes) -> bytes:
        signed = encode(octets) + b"." + encode(dump(SAID))
        return signed + b"." + encode(self.ours.sign(signed))

    def answer(
        self, relates_to: str | None = NONCE, operation: str = f"{OPERATION}Response", by: Signer | None = None
    ) -> bytes:
        claims = Claims(operation=operation, message_id="urn:uuid:0000-2", relates_to=relates_to)
        body = {"results": [{"reference": REFERENCE, "status": "NOT_KNOWN"}]}
        return sign_jws(body, claims, by or self.judiciary, SIGNED_AT, timedelta(minutes=5))

    def parts(self) -> list[bytes]:
        return self.request.split(b".")

    def by_hmac(self) -> bytes:
        """Sign with our public key as a shared secret, which everybody has."""
        public = load_der_x509_certificate(self.ours.certificate.der).public_key()
        secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signed = encode(dump({**self.header, "alg": "HS256"})) + b"." + encode(dump(SAID))
        return signed + b"." + encode(hmac.digest(secret, signed, hashlib.sha256))

    def in_der(self) -> bytes:
        signed, _, signature = self.answer().rpartition(b".")
        r, s = ecdsa.split(_octets(signature))
        return signed + b"." + encode(encode_dss_signature(r, s))


def _octets(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def _last_bits(token: bytes) -> bytes:
    """The same octets in other base64url: RSA-2048 leaves bits that say nothing in a signature's last letter."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1:]) ^ 1 :][:1]


def _standard(token: bytes) -> bytes:
    """The alphabet of plain base64; a payload is signed until it needs one of the two letters that differ."""
    return token.replace(b"-", b"+").replace(b"_", b"/")


def _between(token: bytes, old: bytes, new: bytes) -> bytes:
    """Change the payload and leave its signature."""
    header, payload, signature = token.split(b".")
    return b".".join([header, encode(_octets(payload).replace(old, new)), signature])


def _attackers_jwk() -> dict[str, str]:
    return {"kty": "RSA", "e": "AQAB", "n": "sXch-attackers"}


def _flattened(token: bytes) -> bytes:
    protected, payload, signature = (part.decode() for part in token.split(b"."))
    return json.dumps({"protected": protected, "payload": payload, "signature": signature}).encode()


GOOD: Final[Mapping[str, Callable[[Forger], bytes]]] = {
    "request-good": lambda f: f.request,
    "answer-good": lambda f: f.answer(),
}

ATTACKS: Final[Mapping[str, Callable[[Forger], bytes]]] = {
    "request-alg-none": lambda f: b".".join([encode(dump({**f.header, "alg": "none"})), f.parts()[1], b""]),
    "request-alg-none-spelled-otherwise": lambda f: f.headed(alg="nOnE"),
    "request-signature-removed": lambda f: b".".join([*f.parts()[:2], b""]),
    "request-plain-json": lambda f: dump(SAID),
    "request-json-serialisation": lambda f: _flattened(f.request),
    "request-hs256-with-the-public-key": lambda f: f.by_hmac(),
    "request-rs512": lambda f: f.headed(alg="RS512"),
    "request-ps256-that-was-not-agreed": lambda f: f.headed(alg="PS256"),
    "request-algorithm-of-another-key": lambda f: f.headed(alg="ES256"),
    "request-alg-no-text": lambda f: f.headed(alg=["RS256"]),
    "request-jwk": lambda f: f.headed(jwk=_attackers_jwk()),
    "request-jku": lambda f: f.headed(jku="https://attacker.example/keys"),
    "request-x5u": lambda f: f.headed(x5u="https://attacker.example/certificate"),
    "request-x5c": lambda f: f.headed(x5c=["MIIB"]),
    "request-kid": lambda f: f.headed(kid="../../../dev/null"),
    "request-attackers-signature": lambda f: compact(f.header, dump(SAID), f.receipts),
    "request-attackers-certificate": lambda f: compact(header_of(f.receipts), dump(SAID), f.receipts),
    "request-thumbprint-cut-off": lambda f: f.headed(**{"x5t#S256": f.header["x5t#S256"][:40]}),
    "request-critical-extension": lambda f: f.headed(crit=["exp"], exp=0),
    "request-payload-not-encoded": lambda f: f.headed(crit=["b64"], b64=False),
    "request-compressed": lambda f: f.headed(zip="DEF"),
    "request-header-unknown": lambda f: f.headed(cty="JWT"),
    "request-type-missing": lambda f: f.headed(typ=None),
    "request-type-of-another-purpose": lambda f: f.headed(typ="JWT"),
    "request-header-twice": lambda f: f.raw_header(b'{"alg":"none",' + dump(f.header)[1:]),
    "request-header-too-large": lambda f: f.headed(cty="x" * 9_000),
    "request-changed-after-signing": lambda f: _between(f.request, b"EB-AA", b"EB-BA"),
    "request-two-parts": lambda f: b".".join(f.parts()[:2]),
    "request-five-parts": lambda f: f.request + b".AAAA.AAAA",
    "request-padding": lambda f: f.request + b"==",
    "request-line-feed": lambda f: f.request + b"\n",
    "request-junk-in-base64": lambda f: f.request[:-8] + b"!" + f.request[-8:],
    "request-plain-base64": lambda f: _standard(f.request),
    "request-in-other-base64": lambda f: _last_bits(f.request),
    "request-name-twice": lambda f: f.payload(dump(SAID)[:-1] + b',"aud":"https://other.example/"}'),
    "request-name-twice-inside": lambda f: f.payload(
        dump({**SAID, "body": {"x": 0}}).replace(b'{"x":0}', b'{"inquiries":[],"inquiries":[{"reference":"EB-1"}]}')
    ),
    "request-nan": lambda f: f.payload(dump(SAID).replace(b'"exp":%d' % (MADE + 300), b'"exp":NaN')),
    "request-fraction": lambda f: f.said(exp=MADE + 300.5),
    "request-number-that-some-round": lambda f: f.said(exp=2**60),
    "request-array": lambda f: f.payload(b"[1]"),
    "request-cut-off": lambda f: f.payload(dump(SAID)[:-3]),
    "request-two-objects": lambda f: f.payload(dump(SAID) * 2),
    "request-deep": lambda f: f.payload(b'{"body":' * 2_000 + b"0" + b"}" * 2_000),
    "request-too-many-values": lambda f: f.said(body={"inquiries": [0] * 20_000}),
    "request-not-utf-8": lambda f: f.payload(dump(SAID).replace(b"EB-A", b"EB-\xe9")),
    "request-byte-order-mark": lambda f: f.payload(b"\xef\xbb\xbf" + dump(SAID)),
    "request-half-a-surrogate": lambda f: f.payload(dump(SAID).replace(b"EB-A", b"EB-\\ud800")),
    "request-without-expiry": lambda f: f.said(exp=None),
    "request-claim-unknown": lambda f: f.said(nbf=MADE),
    "request-time-as-text": lambda f: f.said(iat=str(MADE)),
    "request-time-as-boolean": lambda f: f.said(iat=True),
    "request-time-before-all-times": lambda f: f.said(iat=-1),
    "request-nonce-empty": lambda f: f.said(jti=""),
    "request-nonce-with-line-feed": lambda f: f.said(jti=f"{NONCE}\n"),
    "request-body-no-object": lambda f: f.said(body=[]),
    "request-stale": lambda f: f.said(iat=MADE - 3600, exp=MADE + 3600),
    "request-expired": lambda f: f.said(exp=MADE - 60),
    "request-from-the-future": lambda f: f.said(iat=MADE + 3600, exp=MADE + 7200),
    "request-nonce-again": lambda f: f.said(body={"inquiries": [{"reference": "EB-" + "B" * 32}]}),
    "request-for-another-endpoint": lambda f: f.said(aud="https://other.example/eblagh-rest"),
    "request-for-nobody": lambda f: f.said(aud=None),
    "request-of-another-operation": lambda f: f.said(op="ConfirmReceipts"),
    "request-that-does-not-fit": lambda f: f.said(body={"inquiries": [{"reference": REFERENCE, "more": 1}]}),
    "request-reference-with-line-feed": lambda f: f.said(body={"inquiries": [{"reference": f"{REFERENCE}\n"}]}),
    "answer-to-another-request": lambda f: f.answer(relates_to="urn:uuid:another"),
    "answer-to-no-request": lambda f: f.answer(relates_to=None),
    "answer-of-another-operation": lambda f: f.answer(operation="SubmitNoticesResponse"),
    "answer-signed-as-a-receipt": lambda f: f.answer(by=f.receipts),
    "answer-signature-in-der": lambda f: f.in_der(),
}


def write(folder: Path) -> None:
    """Write all files, and the certificates that go with them, to ``folder``."""
    keys = plan("ec-p256")
    keys["party"] = {name: keys["party"][name] for name in ("municipality", "judiciary")}
    ours, theirs = (party["end"] for party in keys["party"].values())
    ours["transport"]["key"] = theirs["receipts"]["key"] = "rsa-2048"
    keys["party"]["municipality"]["end"] = {"transport": ours["transport"]}
    with tempfile.TemporaryDirectory() as directory:
        pki = Path(directory) / "pki"
        generate(pki, keys, SIGNED_AT - timedelta(days=1))
        forger = Forger(pki)
        for name, make in {**GOOD, **ATTACKS}.items():
            (folder / f"{name}.jws").write_bytes(make(forger))
        shutil.copytree(pki, folder / "certificates", ignore=shutil.ignore_patterns("*.key.pem", "*.vkey"))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.jws"):
        file.unlink()
    shutil.rmtree(FOLDER / "certificates", ignore_errors=True)
    write(FOLDER)


if __name__ == "__main__":
    main()
