"""Verification of a token offline: what it says, and whether that is what was asked for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1, sha256

import pytest
from cryptography.x509 import ObjectIdentifier

from adapters.timestamp import tsp
from gateway.archive.timestamping import TimeStamp

from .authorities import (
    DIGEST,
    NOW,
    good,
    holder,
    query,
    root,
    stamper,
    token,
    token_of,
)
from .forge import resigned
from .judging import believed, refused

SHA_1 = ObjectIdentifier("1.3.14.3.2.26")


def test_a_token_says_what_existed_when_by_whose_word() -> None:
    stamp = believed(token(), nonce=7, policy="1.3.6.1.4.1.32473.1.3161")
    assert stamp == TimeStamp(
        time=NOW.replace(microsecond=123000),
        accuracy=timedelta(seconds=1),
        authority="CN=Good",
        serial=stamp.serial,
        policy="1.3.6.1.4.1.32473.1.3161",
        digest=DIGEST,
    )
    assert stamp.serial != believed(token()).serial


def test_another_digest() -> None:
    assert refused(token(), sha256(b"other").digest()).code == "time.imprint"


@pytest.mark.parametrize(("oid", "made"), [(SHA_1, sha1(DIGEST).digest()), (SHA_1, DIGEST), (tsp.SHA512, DIGEST)])
def test_a_digest_of_another_kind(oid: ObjectIdentifier, made: bytes) -> None:
    imprint = tsp.Imprint(algorithm=tsp.Algorithm(oid=oid), digest=made)
    octets = resigned(token(), good(), info=lambda info: replace(info, imprint=imprint))
    assert refused(octets, made).code == "time.imprint-algorithm"


@pytest.mark.parametrize("nonce", [8, None])
def test_another_nonce(nonce: int | None) -> None:
    assert refused(token(nonce=nonce), nonce=7).code == "time.nonce"
    assert believed(token(nonce=nonce)), "a kept token is judged without its request"


def test_another_policy() -> None:
    assert refused(token(), policy="1.2.3").code == "time.policy"


# A serial number that is no longer positive makes cryptography warn.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_no_octet_can_be_changed() -> None:
    """Nor can it break the verifier: whatever is refused is refused with a code."""
    whole = token(holder("Under", holder("Issuing", root(), authority=True)))
    for position in range(len(whole)):
        for flip in (0x01, 0x20, 0x80, 0xFF):
            changed = bytearray(whole)
            changed[position] ^= flip
            assert refused(bytes(changed)).code.startswith("time."), (position, flip)


def test_the_verifier_needs_nothing_that_speaks_to_others() -> None:
    """Nor libxml2: it may stand in a small wheel of its own."""
    program = "import sys, adapters.timestamp.token; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "adapters.timestamp.token" in loaded
    assert not {"requests", "urllib3", "http.client", "ssl", "lxml", "xmlsec", "adapters.http"} & set(loaded)


def test_an_answer_holds_the_token_as_it_is() -> None:
    reply = stamper(good()).answer(query())
    assert token_of(reply) in reply
