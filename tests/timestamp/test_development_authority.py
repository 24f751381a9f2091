"""The development authority's answers to what clients ask, and its place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.asn1 import decode_der, encode_der
from cryptography.x509 import ExtendedKeyUsage, ObjectIdentifier

from adapters.crypto.keys.certificate import read_pem
from adapters.sandbox.pki.time_authority import TimeAuthorityConfig, serve_time
from adapters.sandbox.pki.time_stamper import BAD_ALGORITHM, BAD_FORMAT, BAD_REQUEST, POLICY, UNKNOWN_POLICY
from adapters.timestamp import tsp
from adapters.timestamp.token import verify_token
from gateway.runtime.errors import GatewayError

from .authorities import DIGEST, NOW, TIME_STAMPING, good, query, root, stamper, token_of
from .forge import read

SHA_1 = tsp.Imprint(algorithm=tsp.Algorithm(oid=ObjectIdentifier("1.3.14.3.2.26")), digest=sha1(b"").digest())


def test_the_development_certificate_is_for_time_stamps_alone(time_pki: Path) -> None:
    [own, issuing] = read_pem(time_pki / "time" / "authority.crt.pem")
    purpose = own.extensions.get_extension_for_class(ExtendedKeyUsage)
    assert (purpose.critical, list(purpose.value)) == (True, [TIME_STAMPING])
    assert not [each for each in issuing.extensions if isinstance(each.value, ExtendedKeyUsage)]


def test_the_nonce_comes_back_and_certificates_on_demand() -> None:
    plain = token_of(stamper(good()).answer(query(nonce=None, certificates=False)))
    assert read(plain).certificates is None
    assert decode_der(tsp.TokenInfo, read(plain).content.content).nonce is None
    assert verify_token(token_of(stamper(good()).answer(query(nonce=2**62))), DIGEST, [root().certificate], nonce=2**62)


@pytest.mark.parametrize(
    ("accuracy", "said"),
    [
        (timedelta(seconds=1), (1, None)),
        (timedelta(milliseconds=2500), (2, 500)),
        (timedelta(milliseconds=20), (None, 20)),
    ],
)
def test_the_accuracy_is_told(accuracy: timedelta, said: tuple[int | None, int | None]) -> None:
    token = token_of(replace(stamper(good()), accuracy=accuracy).answer(query()))
    found = decode_der(tsp.TokenInfo, read(token).content.content).accuracy
    assert found is not None
    assert (found.seconds, found.millis) == said
    assert verify_token(token, DIGEST, [root().certificate]).accuracy == accuracy


def test_the_time_is_never_ahead_and_may_be_a_whole_second() -> None:
    moment = datetime(2026, 2, 3, 9, 30, 15, 999, tzinfo=UTC)
    token = token_of(stamper(good(), moment).answer(query()))
    assert verify_token(token, DIGEST, [root().certificate]).time == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("edit", "bit"),
    [
        (lambda request: replace(request, version=2), BAD_REQUEST),
        (
            lambda request: replace(request, extensions=[tsp.Extension(oid=POLICY, critical=False, value=b"")]),
            BAD_REQUEST,
        ),
        (lambda request: replace(request, imprint=SHA_1), BAD_ALGORITHM),
        (lambda request: replace(request, imprint=replace(request.imprint, digest=b"short")), BAD_FORMAT),
        (lambda request: replace(request, policy=ObjectIdentifier("1.2.3")), UNKNOWN_POLICY),
    ],
)
def test_what_it_cannot_do_is_refused_with_the_reason(edit: Callable[[Any], Any], bit: int) -> None:
    asked = encode_der(edit(decode_der(tsp.Request, query())))
    assert _reason(stamper(good()).answer(asked)) == bit


@pytest.mark.parametrize("asked", [b"", b"hello", b"\x30\x00", query() + b"\x00"])
def test_what_is_no_request(asked: bytes) -> None:
    assert _reason(stamper(good()).answer(asked)) == BAD_FORMAT


def test_it_serves_on_loopback_only(time_pki: Path) -> None:
    with pytest.raises(GatewayError) as error:
        serve_time(_config(time_pki, host="192.0.2.1"), lambda port: None, threading.Event())
    assert error.value.code == "sandbox.host"


def test_it_does_not_serve_with_an_expired_certificate(time_pki: Path) -> None:
    with pytest.raises(GatewayError) as error:
        serve_time(_config(time_pki), lambda port: None, threading.Event(), lambda: NOW + timedelta(days=5000))
    assert error.value.code == "certificate.expired"


def _config(pki: Path, host: str = "127.0.0.1") -> TimeAuthorityConfig:
    folder = pki / "time"
    return TimeAuthorityConfig(key=folder / "authority.key.pem", certificate=folder / "authority.crt.pem", host=host)


def _reason(reply: bytes) -> int:
    """The one bit of the failure."""
    status = decode_der(tsp.Response, reply).status
    assert status.status == tsp.REJECTION
    assert status.failure is not None
    octets = status.failure.as_bytes()
    [bit] = [i for i in range(8 * len(octets)) if octets[i // 8] & (0x80 >> i % 8)]
    return bit
