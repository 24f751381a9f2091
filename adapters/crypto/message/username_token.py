"""Username token beside the signature: UsernameToken Profile 1.1, as PasswordDigest, with Nonce and Created.

PasswordText is never used: messages are stored as evidence, and the password would be stored with them. Any reader of a
message can try passwords offline against a digest, so a password must be long and random.

The token is signed with its message. So it cannot be moved to another message without the signature's key. It is
repeated only with its message, which a receiver processes once.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.message.credentials import MAX_USERNAME, Credentials, UsernameToken
from adapters.crypto.xml.shape import base64_octets, exactly, misshapen, moment, text
from adapters.crypto.xml.signature import encode
from adapters.crypto.xml.strict_xml import Limits, parse
from gateway.trust.trust_policy import Facts, Rejection

NAME: Final = "UsernameToken"
USERNAME_TOKEN: Final = f"{{{names.WSSE}}}{NAME}"
_PASSWORD, _NONCE = f"{{{names.WSSE}}}Password", f"{{{names.WSSE}}}Nonce"
_CHILDREN = (f"{{{names.WSSE}}}Username", _PASSWORD, _NONCE, f"{{{names.WSU}}}Created")
_ANY_ID = frozenset({names.WSU_ID, "Id"})
_MAX_BASE64 = 256
_LIMITS = Limits(max_bytes=16_384, max_nodes=5, max_depth=2, max_attributes_total=64, max_namespaces_total=64)


def add_username_token(security: etree._Element, token: UsernameToken, id_: str) -> None:
    """Append the token's element to ``security``."""
    element = etree.SubElement(security, USERNAME_TOKEN, {names.WSU_ID: id_}, nsmap={"wsu": names.WSU})
    values = (token.username, encode(token.digest), encode(token.nonce), token.created)
    for tag, value in zip(_CHILDREN, values, strict=True):
        etree.SubElement(element, tag).text = value
    element[1].set("Type", names.USERNAME_DIGEST)
    element[2].set("EncodingType", names.BASE64)


def read_username_token(element: etree._Element, ids: frozenset[str] = _ANY_ID) -> UsernameToken:
    """Parse a token element of exactly this shape, with an id of one of these kinds.

    Raises `Rejection` ``verify.password-in-clear`` if it holds a password, or may, and ``verify.shape``.
    """
    assert_no_password(element)
    username, password, nonce, created = exactly(element, *_CHILDREN, attributes=ids)
    if nonce.get("EncodingType", names.BASE64) != names.BASE64:
        misshapen(nonce, "not in base64")
    name, digest = text(username), base64_octets(password, _MAX_BASE64, frozenset({"Type"}))
    octets = base64_octets(nonce, _MAX_BASE64, frozenset({"EncodingType"}))
    if not octets or len(digest) != hashlib.sha1(usedforsecurity=False).digest_size or len(name) > MAX_USERNAME:
        misshapen(element, "no nonce, no SHA-1 digest, or a name too long")
    written = text(created)
    return UsernameToken(username=name, digest=digest, nonce=octets, created=written, created_at=moment(created))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowsPassword:
    """Policy for a message: its signed token was made with the password, at most ``window`` ago.

    Clocks may differ by ``skew``. The error does not distinguish a wrong name from a wrong password.
    """

    credentials: Credentials
    now: datetime
    window: timedelta = timedelta(seconds=300)
    skew: timedelta = timedelta(seconds=60)

    def check(self, facts: Facts) -> list[str]:
        """Check the token (`gateway.trust.trust_policy.Policy`)."""
        octets = facts.covered.get(NAME)
        if octets is None:
            raise Rejection("verify.token-missing", where=NAME)
        token = read_username_token(parse(octets, _LIMITS))
        self._assert_made(token)
        self._assert_fresh(token)
        return [f"of the user {token.username}"]

    def _assert_made(self, token: UsernameToken) -> None:
        known = self.credentials
        same = hmac.compare_digest(known.digest(token.nonce, token.created), token.digest)
        if not same or token.username != known.username:
            raise Rejection("verify.token-password", where=NAME)

    def _assert_fresh(self, token: UsernameToken) -> None:
        detail = f"created {token.created}, received {self.now}"
        if token.created_at > self.now + self.skew:
            raise Rejection("verify.not-yet", where=NAME, detail=detail)
        if self.now - token.created_at > self.window + self.skew:
            raise Rejection("verify.stale", where=NAME, detail=detail)


def assert_no_password(element: etree._Element) -> None:
    """Raise `Rejection` ``verify.password-in-clear`` if a token holds a password, or may.

    Without a Type the password is in clear (Profile 1.1, 3.1).
    """
    for password in element.iterfind(_PASSWORD):
        if password.get("Type") != names.USERNAME_DIGEST:
            raise Rejection("verify.password-in-clear", where=NAME)
