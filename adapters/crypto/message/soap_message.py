"""Verification of signed messages: SOAP 1.1 (or 1.2, by contract) with WS-Addressing 1.0 and WS-Security.

The shape is exact: what a message has beside its required parts is refused, or never read. `soap_signing` makes ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.partner import KeyIdentifier, Partner, SerialNumber, SignerName
from adapters.crypto.message.multipart import content_uri, is_package, unpack
from adapters.crypto.message.username_token import (
    USERNAME_TOKEN,
    assert_no_password,
    read_username_token,
)
from adapters.crypto.xml.partner_profile import ADDRESSING, STRICT, KeyName, PartnerProfile, TokenUse
from adapters.crypto.xml.shape import base64_octets, children, exactly, misshapen, moment, text
from adapters.crypto.xml.signature_verifier import MAX_CERTIFICATE_LENGTH, Layout, Part, check_digests, check_signature
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, Limits, local, parse, tree_of_canonical
from gateway.trust.trust_policy import Facts, Rejection

_WSA, _WSSE, _WSU, _DS = (f"{{{uri}}}" for uri in (names.WSA, names.WSSE, names.WSU, names.DS))
_ID = frozenset({"Id"})
_WSU_ID = frozenset({names.WSU_ID})
_BST_ATTRIBUTES = frozenset({"ValueType", "EncodingType"})
_STR_ATTRIBUTES = _ID | _WSU_ID | {f"{{{names.WSSE11}}}TokenType"}
_SERIAL = re.compile(r"[0-9]{1,60}")
_MAX_IDENTIFIER = 128
_HEADERS = frozenset({f"{_WSSE}Security", *(f"{_WSA}{name}" for name in ADDRESSING)})
_REQUIRED = frozenset(ADDRESSING[:3])
_MAX_ADDRESS = 2_048
_SECURITY = (f"{_WSU}Timestamp", f"{_WSSE}BinarySecurityToken", f"{_DS}Signature")


class MessageVerifier:
    """Verifier of messages of one partner. A message that is not signed as a whole gives no `Facts`."""

    def __init__(
        self,
        partner: Partner,
        limits: Limits = MESSAGE_LIMITS,
        *,
        profile: PartnerProfile = STRICT,
        soap: str = names.SOAP,
    ) -> None:
        self._partner, self._limits, self._profile, self._soap = partner, limits, profile, soap

    def examine(self, octets: bytes, received_at: datetime | None = None) -> Facts:
        """Verify a message without judging time or repetition.

        A message without a Timestamp, which the profile alone permits, counts as signed at ``received_at`` and never
        as fresh.

        Raises `Rejection`, and `GatewayError` ``setup.memory`` if no verdict was possible.

        ``covered`` has the parts Body, Timestamp, BinarySecurityToken, To, Action, MessageID, and in a response
        RelatesTo. It also has UsernameToken if one was agreed (`adapters.crypto.message.username_token` judges it), and
        attachments as ``cid:…`` if these were.
        ``claims`` are the addressing headers. A partner's profile may require less: unsigned parts are in neither.

        ``verify.unsigned``: no Security, or no Signature in it. ``verify.token-missing``: an agreed token is absent.
        """
        ids, beside = self._profile.id_attributes, dict[str, bytes]()
        if self._profile.attachments and is_package(octets):
            package = unpack(octets, self._limits, self._soap)
            octets, beside = package.envelope, {content_uri(name): each for name, each in package.attachments.items()}
        header, body = _envelope(parse(octets, self._limits), self._soap)
        addressing, unread, security = _header(header, self._profile, self._soap)
        time, token, signature, user = _security(security, self._profile, self._soap)
        if user is not None:
            read_username_token(user, ids)
        if len(children(body, ids)) != 1:
            misshapen(body, "not one element")
        signed_at, expires_at = _times(time, ids, received_at)
        optional = [part for part in (time, token, user) if part is not None]
        parts = [body, *optional, *addressing]
        layout = replace(_layout(signature, token, parts, unread, self._profile), attachments=beside)
        signed = check_signature(layout, self._partner, self._profile)
        covered = check_digests(signed)
        return Facts(
            covered=covered,
            claims={name: element.text or "" for element in addressing if (name := local(element)) in covered},
            signer=signed.signer,
            signed_at=signed_at,
            expires_at=expires_at,
            replay_key=signed.replay_key,
        )


def _times(
    time: etree._Element | None, ids: frozenset[str], received_at: datetime | None
) -> tuple[datetime, datetime | None]:
    """Return the times of signing and expiry."""
    if time is None:
        if received_at is None:
            raise Rejection("verify.shape", where="Timestamp", detail="missing")
        return received_at, None
    created, expires = exactly(time, f"{_WSU}Created", f"{_WSU}Expires", attributes=ids)
    return moment(created), moment(expires)


def payload(facts: Facts) -> etree._Element:
    """Return the single child of the Body that the signature covers."""
    return tree_of_canonical(facts.covered["Body"])[0]


def _must_understand(soap: str) -> str:
    return f"{{{soap}}}mustUnderstand"


def _envelope(root: etree._Element, soap: str) -> list[etree._Element]:
    """Return Header and Body."""
    if root.tag != f"{{{soap}}}Envelope":
        misshapen(root, f"not a SOAP {'1.1' if soap == names.SOAP else '1.2'} envelope")
    parts = children(root)
    if [part.tag for part in parts] == [f"{{{soap}}}Body"]:
        raise Rejection("verify.unsigned", where="Header")
    if [part.tag for part in parts] != [f"{{{soap}}}Header", f"{{{soap}}}Body"]:
        misshapen(root, "its children")
    return parts


def _header(
    header: etree._Element, profile: PartnerProfile, soap: str
) -> tuple[list[etree._Element], list[etree._Element], etree._Element]:
    """Return the addressing headers, each at most once, the unread headers, and Security.

    An unread header must not demand to be understood (SOAP 1.1, 4.2.3; SOAP 1.2, 5.2.3).
    """
    if profile.body_alone:
        return [], *_beside_security(header, soap)
    beside = {f"{_WSA}{name}" for name in profile.unread_headers} | profile.other_headers
    headers = _HEADERS | beside
    found = {}
    for element in children(header):
        if element.tag not in headers or element.tag in found:
            misshapen(element, "not known, or there twice")
        found[element.tag] = element
    security = found.pop(f"{_WSSE}Security", None)
    if security is None:
        raise Rejection("verify.unsigned", where="Security")
    unread = [found.pop(tag) for tag in sorted(beside) if tag in found]
    if missing := [name for name in _REQUIRED & profile.signed_parts if f"{_WSA}{name}" not in found]:
        misshapen(header, f"without {', '.join(sorted(missing))}")
    _assert_ignorable(unread, soap)
    attributes = profile.id_attributes | {_must_understand(soap)}
    for element in found.values():
        if len(text(element, attributes)) > _MAX_ADDRESS:
            misshapen(element, "too long")
    return list(found.values()), unread, security


def _beside_security(header: etree._Element, soap: str) -> tuple[list[etree._Element], etree._Element]:
    """Return all header blocks but Security, none of which is read, and Security."""
    blocks = children(header)
    securities = [block for block in blocks if block.tag == f"{_WSSE}Security"]
    if not securities:
        raise Rejection("verify.unsigned", where="Security")
    if len(securities) > 1:
        misshapen(securities[1], "there twice")
    unread = [block for block in blocks if block.tag != f"{_WSSE}Security"]
    _assert_ignorable(unread, soap)
    return unread, securities[0]


def _assert_ignorable(blocks: Sequence[etree._Element], soap: str) -> None:
    for block in blocks:
        if block.get(_must_understand(soap), "0") not in ("0", "false"):
            misshapen(block, "must be understood")


def _security(
    security: etree._Element, profile: PartnerProfile, soap: str
) -> tuple[etree._Element | None, etree._Element | None, etree._Element, etree._Element | None]:
    """Return Timestamp, BinarySecurityToken, Signature, in any order, and a UsernameToken."""
    found = {element.tag: element for element in children(security, frozenset({_must_understand(soap)}))}
    if f"{_DS}Signature" not in found:
        raise Rejection("verify.unsigned", where="Signature")
    if len(security) != len(found):
        misshapen(security, "one of its children twice")
    if USERNAME_TOKEN in found:
        assert_no_password(found[USERNAME_TOKEN])  # whatever else is wrong: such a message is not kept
    user = None if profile.username_token is TokenUse.NONE else found.pop(USERNAME_TOKEN, None)
    absent = set(_SECURITY) - found.keys()
    may_be_absent = set(_SECURITY[:1]) if profile.body_alone else set()
    if profile.key_names != {KeyName.TOKEN}:
        may_be_absent.add(_SECURITY[1])
    if not found.keys() <= set(_SECURITY) or not absent <= may_be_absent:
        misshapen(security, "its children")
    if user is None and profile.username_token is TokenUse.EXPECTED:
        raise Rejection("verify.token-missing", where="Security")
    time, token = (found.get(tag) for tag in _SECURITY[:2])
    return time, token, found[_SECURITY[2]], user


def _layout(
    signature: etree._Element,
    token: etree._Element | None,
    parts: list[etree._Element],
    unread: list[etree._Element],
    profile: PartnerProfile,
) -> Layout:
    tags = (f"{_DS}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo"))
    info, value, key_info = exactly(signature, *tags, attributes=_ID)
    [holder] = exactly(key_info, f"{_WSSE}SecurityTokenReference", attributes=_STR_ATTRIBUTES)
    return Layout(
        info=info,
        value=value,
        signer=_named_signer(holder, token, profile),
        parts=[
            *(
                Part(name=local(part), element=part, id=_id(part, profile), required=_is_signed(part, profile))
                for part in parts
            ),
            # Under a name that no reader asks for: one may be called Body.
            *(
                Part(name=f"unread {local(part)}", element=part, id=_id(part, profile), required=False)
                for part in unread
            ),
        ],
    )


def _named_signer(holder: etree._Element, token: etree._Element | None, profile: PartnerProfile) -> SignerName:
    """Return the name of the signer's certificate in a SecurityTokenReference."""
    found = children(holder, _STR_ATTRIBUTES)
    if len(found) != 1:
        misshapen(holder, "its children")
    name = found[0]
    if name.tag == f"{_WSSE}Reference" and token is not None and KeyName.TOKEN in profile.key_names:
        id_ = _id(token, profile)
        if text(name, frozenset({"URI", "ValueType"})) or id_ is None or name.get("URI") != f"#{id_}":
            misshapen(name, "not to this BinarySecurityToken")
        return base64_octets(token, MAX_CERTIFICATE_LENGTH, _BST_ATTRIBUTES | profile.id_attributes)
    if name.tag == f"{_DS}X509Data" and KeyName.ISSUER_SERIAL in profile.key_names:
        [pair] = exactly(name, f"{_DS}X509IssuerSerial")
        _, serial = exactly(pair, f"{_DS}X509IssuerName", f"{_DS}X509SerialNumber")
        written = text(serial).strip()
        if not _SERIAL.fullmatch(written):
            misshapen(serial, "not a number")
        return SerialNumber(int(written))
    if name.tag == f"{_WSSE}KeyIdentifier" and KeyName.IDENTIFIER in profile.key_names:
        return KeyIdentifier(base64_octets(name, _MAX_IDENTIFIER, _BST_ATTRIBUTES | _ID))
    return misshapen(name, "the certificate is not named in an agreed way")


def _is_signed(part: etree._Element, profile: PartnerProfile) -> bool:
    return local(part) in profile.signed_parts or part.tag == USERNAME_TOKEN


def _id(element: etree._Element, profile: PartnerProfile) -> str | None:
    """Return the id for a reference, by the attributes that the profile knows."""
    ids = list(filter(None, map(element.get, profile.id_attributes)))
    if len(ids) > 1:
        misshapen(element, "two ids")
    return ids[0] if ids else None
