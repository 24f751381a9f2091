"""Lists that must not be used, each named after what is wrong with it: each is refused by its own code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.crypto.keys.revocation_list import MAX_LIST_BYTES, ListRefused, as_der, assert_in_force, read_list
from adapters.revocation.reader import AuthorityLists
from gateway.trust.revocation_status import Revocation
from tests.unit.crypto.certificates import ec_key, issue

from .authority import (
    AUTHORITIES,
    DAY,
    END,
    IMPOSTOR,
    ISSUING,
    NOW,
    ROOT,
    SERIAL,
    element,
    elements,
    inside,
    listed,
    resigned,
)

UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
ECDSA_SHA1 = bytes.fromhex("300906072a8648ce3d0401")
READER = AuthorityLists(authorities=AUTHORITIES, skew=timedelta(seconds=60))


def scope(**reported: object) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    usual: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return ((x509.IssuingDistributionPoint(**usual | reported), True),)  # type: ignore[arg-type]


def without_signature() -> bytes:
    der = listed()
    return der.replace(x509.load_der_x509_crl(der).signature, b"\0" * len(x509.load_der_x509_crl(der).signature))


def changed_after_signing() -> bytes:
    return listed(revoked={SERIAL: Revocation(at=NOW)}).replace(
        SERIAL.to_bytes(20, "big").lstrip(b"\0"), (SERIAL ^ 1).to_bytes(20, "big").lstrip(b"\0")
    )


def with_entry(extension: x509.ExtensionType, *, critical: bool) -> bytes:
    entry = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(NOW).add_extension(extension, critical)
    builder = x509.CertificateRevocationListBuilder().issuer_name(ISSUING.certificate.subject)
    builder = builder.last_update(NOW).next_update(NOW + DAY).add_revoked_certificate(entry.build())
    return builder.sign(ISSUING.key, SHA256()).public_bytes(Encoding.DER)


def signed_by_sha1() -> bytes:
    def edit(to_be_signed: bytes) -> bytes:
        version, _algorithm, *rest = elements(inside(to_be_signed))
        return element(0x30, b"".join([version, ECDSA_SHA1, *rest]))

    return resigned(listed(), edit, ec_key("issuing"), ECDSA_SHA1)


def without_next_update() -> bytes:
    def edit(to_be_signed: bytes) -> bytes:
        parts = elements(inside(to_be_signed))
        assert parts[4][0] == 0x17  # nextUpdate: version, algorithm, issuer and thisUpdate stand in front of it
        return element(0x30, b"".join(parts[:4] + parts[5:]))

    return resigned(listed(), edit, ec_key("issuing"))


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "huge": (lambda: b"\x30" + b"\0" * MAX_LIST_BYTES, "revocation.too-large"),
    "empty": (lambda: b"", "revocation.malformed"),
    "a page of HTML": (lambda: b"<!doctype html><title>404</title>", "revocation.malformed"),
    "a certificate": (lambda: END.certificate.public_bytes(Encoding.DER), "revocation.malformed"),
    "truncated": (lambda: listed()[:-1], "revocation.malformed"),
    "with something behind it": (lambda: listed() + b"\0", "revocation.malformed"),
    "without nextUpdate": (without_next_update, "revocation.malformed"),
    "signed by SHA-1": (signed_by_sha1, "revocation.algorithm"),
    "a delta list": (lambda: listed(extensions=[(x509.DeltaCRLIndicator(1), True)]), "revocation.kind"),
    "an indirect list": (lambda: listed(extensions=scope(indirect_crl=True)), "revocation.kind"),
    "of some reasons": (
        lambda: listed(extensions=scope(only_some_reasons=frozenset({x509.ReasonFlags.superseded}))),
        "revocation.kind",
    ),
    "of attribute certificates": (
        lambda: listed(extensions=scope(only_contains_attribute_certs=True)),
        "revocation.kind",
    ),
    "of a directory's name": (
        lambda: listed(extensions=scope(full_name=[x509.DirectoryName(ISSUING.certificate.subject)])),
        "revocation.kind",
    ),
    "an entry of another issuer": (
        lambda: with_entry(x509.CertificateIssuer([x509.DirectoryName(ROOT.certificate.subject)]), critical=True),
        "revocation.kind",
    ),
    "an entry that only a delta may have": (
        lambda: with_entry(x509.CRLReason(x509.ReasonFlags.remove_from_crl), critical=False),
        "revocation.kind",
    ),
    "an unknown critical extension": (lambda: listed(extensions=[(UNKNOWN, True)]), "revocation.extension"),
    "an entry with an unknown critical extension": (lambda: with_entry(UNKNOWN, critical=True), "revocation.extension"),
    "of another authority": (lambda: listed(issue("else", ca=True, key=ec_key("else"))), "revocation.issuer"),
    "of one that may sign none": (lambda: listed(END), "revocation.issuer"),
    "of another with the same name": (lambda: listed(IMPOSTOR), "revocation.signature"),
    "without a signature": (without_signature, "revocation.signature"),
    "changed after signing": (changed_after_signing, "revocation.signature"),
    "expired": (lambda: listed(this_update=NOW - 3 * DAY), "revocation.expired"),
    "of tomorrow": (lambda: listed(this_update=NOW + DAY), "revocation.not-yet"),
}


@pytest.mark.parametrize("defect", BAD)
def test_a_list_is_refused(defect: str) -> None:
    make, code = BAD[defect]
    with pytest.raises(ListRefused) as refused:
        READER.read_new(make(), "http://crl.example/a.crl", NOW)
    assert (refused.value.code, refused.value.where) == (code, "http://crl.example/a.crl")


@pytest.mark.parametrize("pem", [b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", b"-----BEGIN nothing"])
def test_pem_that_holds_no_list_is_refused(pem: bytes) -> None:
    with pytest.raises(ListRefused) as refused:
        as_der(pem)
    assert refused.value.code == "revocation.malformed"


def test_two_lists_in_one_file_are_refused() -> None:
    pem = x509.load_der_x509_crl(listed()).public_bytes(Encoding.PEM)
    assert READER.read_new(pem, "x", NOW)[1] == x509.load_pem_x509_crl(pem).public_bytes(Encoding.DER)
    with pytest.raises(ListRefused):
        as_der(pem + pem)


def test_a_good_list_says_what_it_says() -> None:
    revoked = {
        SERIAL: Revocation(at=NOW - DAY, reason="keyCompromise", invalid_from=NOW - 2 * DAY),
        7: Revocation(at=NOW - DAY),
    }
    found = read_list(listed(revoked=revoked, number=12), AUTHORITIES, "x")
    assert (found.number, found.this_update, found.next_update) == (12, NOW, NOW + DAY)
    assert found.revoked == revoked
    assert_in_force(found, NOW + DAY, timedelta(), "x")
    only_authorities = read_list(listed(extensions=scope(only_contains_ca_certs=True)), AUTHORITIES, "x")
    assert (only_authorities.ends, only_authorities.authorities) == (False, True)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_list_with_changed_octets_is_refused_or_says_the_same(data: st.DataObject) -> None:
    """Nothing but `ListRefused` leaves, whatever the octets are."""
    good = data.draw(st.just(GOOD))
    position = data.draw(st.integers(0, len(good) - 1))
    octets = bytearray(good)
    octets[position] ^= data.draw(st.integers(1, 255))
    try:
        found = read_list(bytes(octets), AUTHORITIES, "x")
    except ListRefused:
        return
    assert found.revoked == read_list(good, AUTHORITIES, "x").revoked


GOOD = listed(revoked={SERIAL: Revocation(at=NOW, reason="superseded")})
