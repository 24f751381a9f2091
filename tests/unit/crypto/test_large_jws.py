"""A JWS that is signed and read in pieces: a library of others accepts it, and so do we."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography import x509

from adapters.crypto.keys.keys import load_signer
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.jws import Claims, JwsVerifier, body_of, sign_jws, sign_jws_in_pieces
from gateway.notice.large_octets import LARGE, Base64Octets, LargeValue, pieces_of
from tests.apart import Apart

SEAL = bytes(range(256)) * (2 * LARGE // 256 + 3) + b"x"
CLAIMS = Claims(operation="SubmitNotices", message_id="urn:uuid:1", audience="https://court.invalid")
LIFETIME = timedelta(hours=5)


@pytest.mark.parametrize("keys", ["rsa-2048", "ec-p256"])
def test_others_and_we_accept_a_large_message(pkis: Callable[[str], Path], keys: str) -> None:
    pki, now = pkis(keys), datetime.now(UTC)
    certificate = pki / "municipality/transport.crt.pem"
    signer = load_signer(pki / "municipality/transport.key.pem", certificate)
    text = LargeValue(Base64Octets(Apart.of(SEAL, 70_001)), is_text=True)
    wire = sign_jws_in_pieces({"submissions": [{"sealed_notice": text}]}, CLAIMS, signer, now, LIFETIME)
    assert not isinstance(wire, bytes)
    octets = b"".join(pieces_of(wire))
    assert len(wire) == len(octets)
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    algorithm = "RS256" if keys == "rsa-2048" else "ES256"
    said = jwt.decode(octets, key, algorithms=[algorithm], audience=CLAIMS.audience)  # type: ignore[arg-type]
    [sent] = said["body"]["submissions"]
    assert base64.b64decode(sent["sealed_notice"]) == SEAL
    partner = load_partner("city", [certificate], [pki / "anchors/municipality-root.pem"])
    assert body_of(JwsVerifier(partner).examine(octets)) == said["body"]
    plain = sign_jws(said["body"], CLAIMS, signer, now, LIFETIME)
    assert plain.rpartition(b".")[0] == octets.rpartition(b".")[0]
    if algorithm == "RS256":  # a signature of ECDSA is another one each time
        assert plain == octets
