"""The verdict on a token, by the one good root."""

from __future__ import annotations

import pytest
from cryptography.hazmat.asn1 import encode_der

from adapters.timestamp import tsp
from adapters.timestamp.token import verify_token
from gateway.archive.timestamping import TimeStamp, TokenRefused

from .authorities import (
    DIGEST,
    root,
)


def believed(octets: bytes, digest: bytes = DIGEST, **asked: object) -> TimeStamp:
    return verify_token(octets, digest, [root().certificate], **asked)  # type: ignore[arg-type]


def refused(octets: bytes, digest: bytes = DIGEST, **asked: object) -> TokenRefused:
    with pytest.raises(TokenRefused) as refusal:
        believed(octets, digest, **asked)
    return refusal.value


def certificate_in(data: tsp.SignedData, name: str):  # type: ignore[no-untyped-def]
    return next(each for each in data.certificates or [] if encode_der(each).count(name.encode()) == 1)
