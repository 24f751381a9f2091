"""The signer's certificate has a purpose, a time and an issuer. Each refused one has one fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.asn1 import GeneralizedTime
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID

from adapters.timestamp.token import verify_token
from gateway.archive.timestamping import TokenRefused

from .authorities import (
    CODE_SIGNING,
    DIGEST,
    NOW,
    TIME_STAMPING,
    good,
    holder,
    root,
    token,
)
from .forge import edited, resigned
from .judging import believed, certificate_in, refused

LATER = NOW + timedelta(days=10)


def test_authorities_in_between_come_in_the_token_in_any_order() -> None:
    issuing = holder("Issuing", root(), authority=True)
    made = token(holder("Under", issuing))
    assert believed(made)
    assert believed(edited(made, lambda data: replace(data, certificates=data.certificates[::-1])))
    alone = edited(made, lambda data: replace(data, certificates=[certificate_in(data, "Under")]))
    assert refused(alone).code == "time.untrusted"
    assert believed(alone, between=[issuing.certificate])
    assert refused(alone, between=[holder("Issuing", root("Another root"), authority=True).certificate]).code == (
        "time.untrusted"
    )


def test_an_authority_may_be_limited_to_time_stamping_and_not_to_other_purposes() -> None:
    limited = holder("TSA CA", root(), authority=True, purposes=(TIME_STAMPING, CODE_SIGNING), critical=False)
    assert believed(token(holder("Under", limited)))
    other = holder("Mail CA", root(), authority=True, purposes=(CODE_SIGNING,), critical=False)
    assert refused(token(holder("Under", other))).code == "time.untrusted"


def test_a_chain_is_judged_at_the_tokens_time() -> None:
    """Both certificates have ended since; nobody's present is asked."""
    issuing = holder("Short CA", root(), authority=True, end=NOW + timedelta(seconds=1))
    assert believed(token(holder("Short", issuing, end=NOW + timedelta(seconds=1))))
    assert refused(token(holder("Long", issuing), moment=LATER)).code == "time.untrusted"


@pytest.mark.parametrize(
    "purposes",
    [
        None,
        (CODE_SIGNING,),
        (TIME_STAMPING, CODE_SIGNING),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,),
    ],
    ids=["none", "another", "a second", "any"],
)
def test_a_certificate_for_other_purposes(purposes: tuple[ObjectIdentifier, ...] | None) -> None:
    assert refused(token(holder("Purposes", root(), purposes=purposes))).code == "time.purpose"


def test_a_certificate_that_may_encrypt() -> None:
    assert refused(token(holder("Encrypts", root(), encrypts=True))).code == "time.purpose"


def test_a_purpose_that_is_not_critical() -> None:
    assert refused(token(holder("Lax", root(), critical=False))).code == "time.purpose-not-critical"


def test_a_certificate_that_had_expired() -> None:
    own = holder("Expired", root(), end=NOW - timedelta(seconds=1))
    assert refused(token(own)).code == "time.certificate-validity"


def test_a_certificate_that_did_not_exist_yet() -> None:
    octets = resigned(token(), good(), info=lambda info: replace(info, time=GeneralizedTime(NOW - timedelta(days=40))))
    assert refused(octets).code == "time.certificate-validity"


def test_another_root() -> None:
    assert refused(token(holder("Elsewhere", root("Another root")))).code == "time.untrusted"


def test_another_root_of_the_same_name() -> None:
    impostor = holder("Root", authority=True, key=ec.generate_private_key(ec.SECP256R1()))
    assert refused(token(holder("Elsewhere", impostor))).code == "time.untrusted"


def test_without_an_anchor_nothing_is_believed() -> None:
    with pytest.raises(TokenRefused) as refusal:
        verify_token(token(), DIGEST, [])
    assert refusal.value.code == "time.untrusted"


def test_a_certificate_that_issues_without_being_an_authority() -> None:
    assert refused(token(holder("Under", holder("End", root())))).code == "time.untrusted"
