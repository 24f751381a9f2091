"""Metadata of an OpenID provider: what it publishes of itself (OpenID Connect Discovery 1.0; RFC 8414)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.auth import ClientAuth
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

from adapters.people.openid.registration import ProviderError, Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Metadata that fits a registration. ``names_itself``: each answer has the issuer, so no other one's is taken."""

    authorization: str
    token: str
    keys: str
    end_session: str | None
    names_itself: bool
    proof: ClientAuth


def address_of(issuer: str) -> str:
    """Return the address of a provider's metadata."""
    found: str = get_well_known_url(issuer, external=True)
    return found


def metadata_of(told: Mapping[str, Any], registration: Registration) -> Metadata:
    """Return the metadata of a registration's provider.

    Every address must be https, on the host of the issuer: what a provider tells may lead nowhere else. Raises
    `GatewayError` ``openid.mismatch``.
    """
    try:
        OpenIDProviderMetadata(told).validate()
    except (ValueError, TypeError, AttributeError) as error:
        raise _mismatch(registration, str(error)) from error
    if told.get("issuer") != registration.issuer:
        raise _mismatch(registration, "it names itself otherwise")
    if "code" not in told["response_types_supported"]:
        raise _mismatch(registration, "it offers no authorization code")
    if not set(registration.algorithms) & set(told["id_token_signing_alg_values_supported"]):
        raise _mismatch(registration, f"it signs by none of {', '.join(registration.algorithms)}")
    challenges = told.get("code_challenge_methods_supported")
    if challenges is not None and "S256" not in challenges:
        raise _mismatch(registration, "it does not know PKCE with S256")
    try:
        proof = registration.proof(told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]))
    except LookupError as error:
        raise _mismatch(registration, f"it does not take {error.args[0]}") from error
    return Metadata(
        authorization=_own(told, "authorization_endpoint", registration),
        token=_own(told, "token_endpoint", registration),
        keys=_own(told, "jwks_uri", registration),
        end_session=_own(told, "end_session_endpoint", registration) if told.get("end_session_endpoint") else None,
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        proof=proof,
    )


def _own(told: Mapping[str, Any], name: str, registration: Registration) -> str:
    """Return an address of the metadata that is on the issuer's own host."""
    address = told.get(name)
    try:
        there, own = urlsplit(address if isinstance(address, str) else ""), urlsplit(registration.issuer)
        same = there.scheme == "https" and (there.hostname, there.port) == (own.hostname, own.port)
    except ValueError:
        same = False
    if not same or "@" in there.netloc or there.fragment:
        raise _mismatch(registration, f"{name} is not on the issuer's host")
    return str(address)


def _mismatch(registration: Registration, detail: str) -> ProviderError:
    return ProviderError("openid.mismatch", where=registration.issuer, detail=detail)
