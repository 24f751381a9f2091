"""An authority that signs whatever list a test asks for, and a partner whose certificates it issued."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from adapters.crypto.keys.partner import Partner, partner_of
from adapters.sandbox.pki.devlists import make_list
from gateway.trust.revocation_status import Link, Revocation
from tests.unit.crypto.certificates import Issued, ec_key, issue

NOW = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT = issue("root", ca=True, key=ec_key("root"))
ISSUING = issue("issuing", ROOT, ca=True, key=ec_key("issuing"))
END = issue("end", ISSUING, key=ec_key("end"))
IMPOSTOR = issue("issuing", issue("other root", ca=True, key=ec_key("other root")), ca=True, key=ec_key("impostor"))
AUTHORITIES = [ISSUING.certificate, ROOT.certificate]
SERIAL = END.certificate.serial_number


def partner() -> Partner:
    return partner_of("partner", [END.certificate, ISSUING.certificate], [ROOT.certificate])


def chain() -> tuple[Link, ...]:
    [member] = partner().members.values()
    return tuple(member.links)


def listed(
    issuer: Issued = ISSUING,
    revoked: Mapping[int, Revocation] | None = None,
    this_update: datetime = NOW,
    next_update: datetime | None = None,
    **others: Any,
) -> bytes:
    """The DER of a list in force for a day."""
    until = this_update + DAY if next_update is None else next_update
    return make_list(issuer.certificate, issuer.key, revoked or {}, this_update, until, **others)


ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def resigned(
    der: bytes, edit: Callable[[bytes], bytes], key: EllipticCurvePrivateKey, algorithm: bytes = ECDSA_SHA256
) -> bytes:
    """The same list with other octets to be signed, and a signature over them: what no builder makes."""
    signed = x509.load_der_x509_crl(der)
    to_be_signed = edit(signed.tbs_certlist_bytes)
    signature = b"\0" + key.sign(to_be_signed, ECDSA(SHA256()))
    return element(0x30, to_be_signed + algorithm + element(0x03, signature))


def element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def elements(content: bytes) -> list[bytes]:
    """The DER elements that stand one after the other in ``content``."""
    found = []
    while content:
        length, start = content[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(content[2:start], "big")
        found.append(content[: start + length])
        content = content[start + length :]
    return found


def inside(der: bytes) -> bytes:
    """The content of one element."""
    return der[2 + (der[1] & 0x7F if der[1] & 0x80 else 0) :]
