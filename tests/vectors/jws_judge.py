"""Content of `tests/vectors/jws`: the manifest as values, and a judge who believes as a good party would."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.x509 import load_pem_x509_certificate

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.jws import JwsVerifier, body_of
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.shipped.resources import PROFILES
from gateway.trust.trust_policy import AllOf, Answers, Covers, Facts, Fresh, IssuedBy, Rejection

from .make_jws import ENDPOINT, FOLDER, NONCE, OPERATION

CERTIFICATES = FOLDER / "certificates"
SENDERS = {"request": "municipality", "answer": "judiciary"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One entry of the manifest. ``pyjwt``: whether PyJWT, given the sender's key and both algorithms, believes it;
    ``after`` is a file that came before."""

    name: str
    code: str
    pyjwt: bool
    after: str = ""

    @property
    def octets(self) -> bytes:
        return octets_of(self.name)


def octets_of(name: str) -> bytes:
    return (FOLDER / f"{name}.jws").read_bytes()


def _load() -> tuple[datetime, Mapping[str, Attack]]:
    manifest = tomllib.loads((FOLDER / "manifest.toml").read_text(encoding="utf-8"))
    return manifest["now"], {name: Attack(name=name, **entry) for name, entry in manifest["attack"].items()}


class Judge:
    """Reads requests of the municipality, and the judiciary's answers to the good one, at one moment."""

    def __init__(self, now: datetime) -> None:
        self._now, self._seen = now, set[str]()
        self._schema = MessageSchema(PROFILES / "eblagh-rest-1" / "messages-1.schema.json")

    def accept(self, name: str, octets: bytes) -> Facts:
        """Return what is believed of a file of that name. Raises `Rejection`."""
        kind = name.partition("-")[0]
        facts = self.verifier(kind).examine(octets)
        sender = load_certificates(CERTIFICATES / SENDERS[kind] / "transport.crt.pem")[0].thumbprint
        AllOf(IssuedBy(frozenset({sender})), Covers("Body")).check(facts)
        if facts.replay_key in self._seen:
            raise Rejection("verify.replay")
        self._seen.add(facts.replay_key)
        Fresh(self._now, skew=timedelta(seconds=60)).check(facts)
        if kind == "answer":
            AllOf(Answers(message_id=NONCE, action=f"{OPERATION}Response")).check(facts)
        elif (facts.claims.get("To"), facts.claims["Action"]) != (ENDPOINT, OPERATION):
            raise Rejection("verify.addressing")
        self._schema.assert_fits(facts.claims["Action"], body_of(facts))
        return facts

    @staticmethod
    def verifier(kind: str) -> JwsVerifier:
        folder = CERTIFICATES / SENDERS[kind]
        anchor = CERTIFICATES / "anchors" / f"{SENDERS[kind]}-root.pem"
        return JwsVerifier(load_partner(SENDERS[kind], sorted(folder.glob("*.crt.pem")), [anchor]))


def believed_by_pyjwt(name: str, octets: bytes) -> bool:
    """Return True if a library, used as its page says, takes the file for the sender's."""
    file = CERTIFICATES / SENDERS[name.partition("-")[0]] / "transport.crt.pem"
    key = load_pem_x509_certificate(file.read_bytes()).public_key()
    try:
        jwt.api_jws.decode_complete(octets, key, algorithms=["RS256", "ES256"])  # type: ignore[arg-type]
    except (jwt.exceptions.InvalidTokenError, TypeError):  # the second comes out where the key is of another kind
        return False
    return True


NOW, ATTACKS = _load()
