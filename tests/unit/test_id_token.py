"""ID tokens and key sets that are refused before any signature is judged."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey

from adapters.http.tls import Tls
from adapters.people.openid.id_token import key_id
from adapters.people.openid.provider import Provider
from adapters.people.openid.registration import Registration
from gateway.runtime.errors import GatewayError

REGISTRATION = Registration(
    issuer="https://provider.example",
    client_id="console",
    redirect_uri="https://console.example/sign-in/openid/back",
    signed_out_uri="https://console.example/",
    tls=Tls(),
    timeout=timedelta(seconds=5),
    algorithms=("RS256",),
    skew=timedelta(seconds=60),
)
HEADER = '{"alg":"RS256","kid":"k1"}'
CLAIMS = '{"iss":"https://provider.example","sub":"z-100"}'


def token(header: str, claims: str) -> str:
    return ".".join(urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in (header, claims, "signature"))


def test_the_key_of_a_token_is_named_in_its_header() -> None:
    assert key_id(token(HEADER, CLAIMS), REGISTRATION) == "k1"


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        (HEADER, '{"sub":"z-100","sub":"admin"}'),
        (HEADER, '{"sub":"z-100","a":{"b":1,"b":2}}'),
        (HEADER, '{"sub":"z-100","s\\u0075b":"admin"}'),
        (HEADER, '{"sub":"z-100","exp":NaN}'),
        (HEADER, '{"sub":"z-100"} {}'),
        (HEADER, '\ufeff{"sub":"z-100"}'),
        (HEADER, '{"sub":' + "[" * 20 + "]" * 20 + "}"),
        ('{"alg":"none","alg":"RS256","kid":"k1"}', CLAIMS),
        ('{"alg":"RS256","kid":"k1","kid":"k2"}', CLAIMS),
        ('{"alg":"RS256","kid":"k1",}', CLAIMS),
    ],
)
def test_a_token_with_a_member_twice_or_other_loose_json_is_refused(header: str, claims: str) -> None:
    with pytest.raises(GatewayError) as refused:
        key_id(token(header, claims), REGISTRATION)
    assert refused.value.code == "openid.token"


def test_an_rsa_key_of_less_than_2048_bits_is_not_believed() -> None:
    def told(bits: int) -> dict[str, Any]:
        numbers = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key().public_numbers()
        modulus = urlsafe_b64encode(numbers.n.to_bytes((bits + 7) // 8, "big")).rstrip(b"=").decode()
        return {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": f"rsa-{bits}"}

    curve = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "ec"}
    keys = {"keys": [told(1024), told(2047), told(2048), {"kty": "RSA", "n": 5}, {"kty": "RSA"}, curve]}
    assert [key.kid for key in Provider(REGISTRATION)._public(keys)] == ["rsa-2048", "ec"]
