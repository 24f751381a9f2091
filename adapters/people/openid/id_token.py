"""ID token of a provider, verified: who signed in (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from joserfc.util import urlsafe_b64decode

from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.people.openid.registration import Registration
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

_MAX_TOKEN: Final = 16 * 1024
_MAX_SUBJECT: Final = 255
_LIMITS: Final = JsonLimits(max_bytes=_MAX_TOKEN, max_depth=12, max_tokens=4096)


def key_id(token: str, registration: Registration) -> str | None:
    """Return the id of the key that a token names in its header, which must have an allowed algorithm.

    Header and claims must be JSON that every parser reads alike: no name occurs twice. Raises `GatewayError`
    ``openid.token``.
    """
    if len(token) > _MAX_TOKEN:
        raise _refused("a token of too many signs")
    try:
        signed = extract_compact(token.encode())
        header = parse(urlsafe_b64decode(signed.segments["header"]), _LIMITS)
        parse(signed.payload, _LIMITS)
    except (JoseError, ValueError, TypeError) as error:
        raise _refused("no signed token") from error
    except Rejection as error:
        raise _refused(f"no strict JSON: {error.code}") from error
    if header.get("alg") not in registration.algorithms:
        raise _refused("an algorithm that is not allowed")
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def subject_of(
    token: str,
    access_token: str | None,
    keys: KeySet,
    registration: Registration,
    nonce: str,
    begun_at: datetime,
    now: datetime,
) -> str:
    """Return the account that a token names, after it was verified in this order: signature, claims, second factor.

    Stricter than the standard: its audience is this console alone, and it was issued since ``begun_at``. Raises
    `GatewayError` ``openid.token``, ``openid.second-factor``. No error quotes the token.
    """
    skew = int(registration.skew.total_seconds())
    try:
        signed = jwt.decode(token, keys, algorithms=list(registration.algorithms))
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            options={"iss": {"essential": True, "value": registration.issuer}},
            params={"nonce": nonce, "client_id": registration.client_id, "access_token": access_token},
        )
        claims.validate(now=int(now.timestamp()), leeway=skew)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _refused(_words(error) if isinstance(error, JoseError) else "claims of another form") from error
    if claims["aud"] not in (registration.client_id, [registration.client_id]):
        raise _refused("another audience")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise _refused("another nonce")
    if claims["iat"] < begun_at.timestamp() - skew:
        raise _refused("issued before this sign-in began")
    _assert_second_factor(claims, registration)
    subject = claims.get(registration.subject_claim)
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT or not subject.isprintable():
        raise _refused(f"no claim {registration.subject_claim}")
    return subject


def _assert_second_factor(claims: Mapping[str, Any], registration: Registration) -> None:
    if not registration.second_factor:
        return
    methods, level = claims.get("amr"), claims.get("acr")
    by_method = isinstance(methods, list) and any(each in registration.amr for each in methods if isinstance(each, str))
    if not by_method and not (isinstance(level, str) and level in registration.acr):
        raise GatewayError("openid.second-factor", where=registration.issuer)


def _words(error: JoseError) -> str:
    """Return the code of an error, and the name of the claim if it is one of the standard's."""
    claim = str(getattr(error, "claim", "") or "")
    return f"{error.error} {claim}".strip() if claim.isidentifier() and len(claim) < 20 else str(error.error)


def _refused(detail: str) -> GatewayError:
    return GatewayError("openid.token", detail=detail)
