"""Sign-in at an OpenID provider: authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1).

A token gives nobody roles here, and makes nobody a person: it names an account, which was linked to a person by an
invitation or by an administrator.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from adapters.crypto.keys.key_file import KeyFile
from adapters.people.enrolments import Enrolments
from adapters.people.openid.id_token import key_id, subject_of
from adapters.people.openid.pending_sign_in import PendingSignIn
from adapters.people.openid.provider import Provider
from gateway.operations import person_acts
from gateway.operations.operator_action import BY_INVITATION, OperatorAction
from gateway.people.login_session import NewSession
from gateway.people.people_change import ProviderEnrolment, ProviderLink
from gateway.people.person import Person
from gateway.runtime.errors import GatewayError

_SCOPE: Final = "openid"
_MAX_BACK: Final = 1000
_MAX_ANSWER: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Sign-in that has begun: the address at the provider, and the cookie that the browser keeps."""

    address: str
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Sign-in that has succeeded: the session, and the page to which it leads."""

    session: NewSession
    back: str


@dataclass(frozen=True)
class OpenIdSignIn:
    """Sign-ins at one provider, which pages call ``name``."""

    name: str
    provider: Provider
    enrolments: Enrolments
    key: KeyFile

    @property
    def issuer(self) -> str:
        return self.provider.registration.issuer

    def begin(self, back: str, now: datetime) -> Begun:
        """Begin a sign-in that leads to the page ``back``. Raises `GatewayError` ``openid.*``, ``people.key``."""
        return self._begin(PendingSignIn(issuer=self.issuer, begun_at=now, back=back[:_MAX_BACK]), now)

    def begin_enrolment(self, login: str, one_time_code: str, peer: str, now: datetime) -> Begun:
        """Begin the enrolment of whoever was invited with this code. Raises `GatewayError` as `Enrolments.offer`."""
        person, invitation = self.enrolments.invited(login, one_time_code, peer, now)
        pending = PendingSignIn(
            issuer=self.issuer, begun_at=now, back="/", login=person.login, code_digest=invitation.code_digest
        )
        return self._begin(pending, now)

    def end(self, sealed: str, answer: Mapping[str, str], now: datetime) -> Ended:
        """End the sign-in of a browser by the provider's answer, whose parameters are ``answer``.

        Raises `GatewayError`: ``openid.request`` for an answer to no sign-in of this browser; ``openid.denied``,
        ``openid.token``, ``openid.second-factor``, ``openid.unlinked``; ``people.enrolment``, ``people.taken``;
        ``openid.unreachable``, ``openid.mismatch``, ``store.*``.
        """
        pending = PendingSignIn.opened(sealed, self.key, now, self.provider.registration.skew)
        state = answer.get("state", "")[:_MAX_ANSWER]
        if pending is None or pending.issuer != self.issuer or not _equal(state, pending.state):
            raise GatewayError("openid.request")
        subject = self._subject(pending, answer, now)
        if pending.code_digest:
            person = self._enrol(pending, subject, now)
        else:
            found = self.enrolments.sessions.store.linked(self.issuer, subject)
            if found is None or not found.active:
                raise GatewayError("openid.unlinked", where=self.issuer)
            person = found
        started = self.enrolments.sessions.start(person, now, issuer=self.issuer, subject=subject)
        return Ended(session=started, back=pending.back)

    def sign_out_address(self, now: datetime) -> str | None:
        """Return the address at which the provider ends its own session, if it offers that (RP-Initiated Logout 1.0).

        Raises `GatewayError` ``openid.unreachable``, ``openid.mismatch``.
        """
        there, ours = self.provider.metadata(now).end_session, self.provider.registration
        if there is None:
            return None
        told = [("client_id", ours.client_id), ("post_logout_redirect_uri", ours.signed_out_uri)]
        address: str = add_params_to_uri(there, told)
        return address

    def _begin(self, pending: PendingSignIn, now: datetime) -> Begun:
        ours = self.provider.registration
        address = prepare_grant_uri(
            self.provider.metadata(now).authorization,
            client_id=ours.client_id,
            response_type="code",
            redirect_uri=ours.redirect_uri,
            scope=_SCOPE,
            state=pending.state,
            nonce=pending.nonce,
            code_challenge=create_s256_code_challenge(pending.verifier),
            code_challenge_method="S256",
            acr_values=" ".join(sorted(ours.acr)) or None,
        )
        return Begun(address=address, sealed=pending.sealed(self.key))

    def _subject(self, pending: PendingSignIn, answer: Mapping[str, str], now: datetime) -> str:
        """Return the account that signed in. The answer's issuer is compared first (RFC 9207)."""
        told = answer.get("iss")
        if told != self.issuer and (told is not None or self.provider.metadata(now).names_itself):
            raise GatewayError("openid.token", detail="an answer of another issuer")
        if "error" in answer or not answer.get("code"):
            raise GatewayError("openid.denied", where=self.issuer)
        tokens = self.provider.redeem(answer["code"][:_MAX_ANSWER], pending.verifier, now)
        token, access = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(token, str):
            raise GatewayError("openid.token", detail="no ID token")
        ours = self.provider.registration
        keys = self.provider.keys(now, key_id(token, ours))
        access = access if isinstance(access, str) else None
        return subject_of(token, access, keys, ours, pending.nonce, pending.begun_at, now)

    def _enrol(self, pending: PendingSignIn, subject: str, now: datetime) -> Person:
        """Make a link of the invitation with which this sign-in began."""
        found = self.enrolments.sessions.store.invitation(pending.login)
        if found is None or now >= found[1].ends_at or not _equal(found[1].code_digest, pending.code_digest):
            raise GatewayError("people.enrolment")
        person = found[0]
        link = ProviderLink(person=person.id, issuer=self.issuer, subject=subject, linked_at=now)
        act = OperatorAction(
            name="person.enrol",
            account=person.login,
            reason="the person accepted the invitation",
            at=now,
            authentication=f"{BY_INVITATION}, signed in at {self.issuer}",
        )
        enrolled = ProviderEnrolment(link=link, code_digest=pending.code_digest)
        person_acts.enrol_at_provider(self.enrolments.store, person, enrolled, act, self.enrolments.origin)
        return person


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
