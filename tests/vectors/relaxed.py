"""Each check of the verifier, and how to do without it: what a laxer verifier would do in its place.

An attack whose one fault is seen by one check alone must be accepted without that check; else it tests another one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from unittest.mock import ANY

import pytest
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.partner import Member, Partner
from adapters.crypto.message import soap_message, username_token
from adapters.crypto.message.username_token import NAME, KnowsPassword, UsernameToken
from adapters.crypto.xml import document, signature_verifier, strict_xml
from adapters.crypto.xml.partner_profile import PartnerProfile, TokenUse
from adapters.crypto.xml.shape import text
from adapters.crypto.xml.signature_verifier import Layout, Part, Promise, Reference, VerifiedSignature
from adapters.crypto.xml.strict_xml import Limits, canonical
from adapters.sandbox.judiciary.ledger_transaction import Transaction
from gateway.trust import trust_policy
from gateway.trust.trust_policy import About, Answers, Facts, Fresh, SignedInPast

from .attacks import partner

Relax = Callable[[pytest.MonkeyPatch], None]
BOUNDLESS: Final = Limits(
    max_bytes=10**9,
    max_nodes=10**6,
    max_depth=10**6,
    max_attributes=10**6,
    max_attributes_total=10**6,
    max_namespaces=10**6,
    max_namespaces_total=10**6,
    max_namespace_length=10**6,
)


def without(owner: object, name: str, instead: Any = None) -> Relax:
    """The function does nothing and returns ``instead``."""
    return lambda patch: patch.setattr(owner, name, lambda *_, **__: instead)


def replaced(name: str, instead: Any, *owners: object) -> Relax:
    def relax(patch: pytest.MonkeyPatch) -> None:
        for owner in owners:
            patch.setattr(owner, name, instead)

    return relax


def both(*relaxations: Relax) -> Relax:
    def relax(patch: pytest.MonkeyPatch) -> None:
        for one in relaxations:
            one(patch)

    return relax


# Octets and tree.


def comments(patch: pytest.MonkeyPatch) -> None:
    walk = etree.iterwalk

    def blind(*args: Any, **options: Any) -> Iterator[tuple[str, Any]]:
        return ((event, item) for event, item in walk(*args, **options) if event not in ("comment", "pi"))

    patch.setattr(etree, "iterwalk", blind)


def entities(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_xml, "_parser", lambda: etree.XMLParser(resolve_entities=True, no_network=True))


def limits(patch: pytest.MonkeyPatch) -> None:
    replaced("parse", lambda octets, _limits: strict_xml.parse(octets, BOUNDLESS), soap_message, document)(patch)
    patch.setattr(strict_xml, "_MAX_ID_LENGTH", 10**6)


# Shape.


def unknown_headers(patch: pytest.MonkeyPatch) -> None:
    children = soap_message.children

    def known(element: etree._Element, *args: Any) -> list[etree._Element]:
        found = children(element, *args)
        is_header = element.tag == f"{{{names.SOAP}}}Header"
        return [child for child in found if child.tag in soap_message._HEADERS] if is_header else found

    patch.setattr(soap_message, "children", known)


def whatever_is_there(
    security: etree._Element, profile: PartnerProfile, _soap: str
) -> tuple[etree._Element | None, etree._Element | None, etree._Element | None, etree._Element | None]:
    """Of each kind the first, whatever else is there."""
    user = security.find(soap_message.USERNAME_TOKEN) if profile.username_token is not TokenUse.NONE else None
    time, token, signature = (security.find(tag) for tag in soap_message._SECURITY)
    return time, token, signature, user


def token_or_none(patch: pytest.MonkeyPatch) -> None:
    """A token that was agreed is missed by nobody."""
    security, check = soap_message._security, KnowsPassword.check

    def tolerant(
        element: etree._Element, profile: PartnerProfile, soap: str
    ) -> tuple[list[etree._Element], etree._Element | None]:
        expected = profile.username_token is TokenUse.EXPECTED
        return security(element, replace(profile, username_token=TokenUse.TOLERATED) if expected else profile, soap)

    patch.setattr(soap_message, "_security", tolerant)
    patch.setattr(KnowsPassword, "check", lambda self, facts: check(self, facts) if NAME in facts.covered else [])


def lenient_token(element: etree._Element, _ids: frozenset[str] = frozenset()) -> UsernameToken:
    """Accept any kind of password, with or without a nonce."""

    def said(name: str) -> str:
        return element.findtext(f"{{*}}{name}") or ""

    return UsernameToken(
        username=said("Username"),
        digest=base64.b64decode(said("Password").encode(), validate=False),
        nonce=base64.b64decode(said("Nonce")),
        created=said("Created"),
        created_at=datetime.fromisoformat(said("Created")),
    )


def lenient_base64(element: etree._Element, _length: int, attributes: frozenset[str] = frozenset()) -> bytes:
    return base64.b64decode("".join(text(element, attributes).split()), validate=False)


def lenient_moment(element: etree._Element, _attributes: frozenset[str] = frozenset()) -> datetime:
    moment = datetime.fromisoformat(element.text or "")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# Signature.


def seeing(view: Callable[[Layout], Layout]) -> Relax:
    """References are compared with another view of what is there."""

    def relax(patch: pytest.MonkeyPatch) -> None:
        info = signature_verifier._info
        patch.setattr(signature_verifier, "_info", lambda layout, profile: info(view(layout), profile))

    return relax


def uris(layout: Layout) -> list[str | None]:
    return [element.get("URI") for element in layout.info.iter(f"{{{names.DS}}}Reference")]


def parts_by_id(layout: Layout) -> Layout:
    """A part is whatever the reference leads to, wherever it stands."""
    root = layout.info.getroottree().getroot()
    ids = {f"#{value}": element for element in root.iter() for key, value in element.items() if key.endswith("Id")}
    loose = [uri for uri in uris(layout) if uri not in {f"#{part.id}" for part in layout.parts}]

    def found(part: Part) -> Part:
        if f"#{part.id}" in uris(layout):
            return part
        uri = loose.pop(0)
        assert uri is not None
        return replace(part, id=uri[1:], element=ids[uri])

    return replace(layout, parts=[found(part) for part in layout.parts])


def coverage(patch: pytest.MonkeyPatch) -> None:
    """Read unsigned content all the same."""
    info, check = signature_verifier._info, signature_verifier.check_digests

    def of_what_is_signed(
        layout: Layout, profile: PartnerProfile
    ) -> tuple[str, tuple[str, ...], list[Reference], list[Promise]]:
        signed = [part for part in layout.parts if f"#{part.id}" in uris(layout)]
        unsigned = [part for part in layout.parts if part not in signed]
        algorithm, prefixes, promised, attached = info(replace(layout, parts=signed), profile)
        return algorithm, prefixes, promised + [unproven(part) for part in unsigned], attached

    def of_what_is_promised(signed: VerifiedSignature) -> dict[str, bytes]:
        unsigned = [reference.part for reference in signed.references if not reference.digest]
        promised = [reference for reference in signed.references if reference.digest]
        return {part.name: canonical(part.element) for part in unsigned} | check(replace(signed, references=promised))

    patch.setattr(signature_verifier, "_info", of_what_is_signed)
    replaced("check_digests", of_what_is_promised, soap_message, document)(patch)


def references_to_parts(layout: Layout) -> Layout:
    """Every reference that leads elsewhere, or to a part again, is passed over."""
    info = layout.info
    copied = etree.fromstring(canonical(info))
    waiting = {f"#{part.id}" for part in layout.parts}
    for element in copied.findall(f"{{{names.DS}}}Reference"):
        if element.get("URI") in waiting:
            waiting.remove(element.get("URI"))
        else:
            copied.remove(element)
    return replace(layout, info=copied)


def as_xmlsec_computes(patch: pytest.MonkeyPatch) -> None:
    """Our arithmetic knows one algorithm; whether digests and signature are right, xmlsec is asked instead."""
    patch.setattr(Member, "verify", lambda *_: None)
    digests(patch)


def digests(patch: pytest.MonkeyPatch) -> None:
    def unchecked(signed: VerifiedSignature) -> dict[str, bytes]:
        return {reference.part.name: canonical(reference.part.element) for reference in signed.references}

    replaced("check_digests", unchecked, soap_message, document)(patch)


def our_methods(layout: Layout) -> Layout:
    """Write our methods in the place of any others."""
    info = etree.fromstring(canonical(layout.info))
    ours = {"CanonicalizationMethod": names.EXC_C14N, "SignatureMethod": names.RSA_SHA256}
    for name, algorithm in ours.items():
        method = info.find(f"{{{names.DS}}}{name}")
        method[:] = []
        method.set("Algorithm", algorithm)
    return replace(layout, info=info)


def unproven(part: Part, id_: str | None = None) -> Reference:
    return Reference(part=part, digest=b"", id=id_, prefixes=())


def any_transforms(element: etree._Element, part: Part, _profile: PartnerProfile) -> Reference:
    return unproven(part, element.get("Id"))


def any_digest(_method: etree._Element, value: etree._Element) -> bytes:
    return base64.b64decode(value.text or "")


def registry(patch: pytest.MonkeyPatch) -> None:
    """The judiciary is taken for the municipality."""
    known = partner("municipality").members | partner("judiciary").members
    patch.setattr(Partner, "member", lambda self, thumbprint: known[thumbprint])


# Policies.


def facts_as(policy: type, change: Callable[[Facts, datetime], Facts]) -> Relax:
    def relax(patch: pytest.MonkeyPatch) -> None:
        check = policy.check  # type: ignore[attr-defined]
        patch.setattr(policy, "check", lambda self, facts: check(self, change(facts, self.now)))

    return relax


def expiring_now(facts: Facts, now: datetime) -> Facts:
    return replace(facts, expires_at=now)


def signed_by_now(facts: Facts, now: datetime) -> Facts:
    return replace(facts, signed_at=min(facts.signed_at, now))


def signed_not_before_now(facts: Facts, now: datetime) -> Facts:
    return replace(facts, signed_at=max(facts.signed_at, now))


RELAXED: Final[Mapping[str, Relax]] = {
    "encoding": without(strict_xml, "_refuse_other_encodings"),
    "prolog": without(strict_xml, "_refuse_prolog"),
    "entities": entities,
    "comments": comments,
    "limits": limits,
    "unique ids": without(strict_xml, "_collect_ids"),
    "envelope": replaced("_envelope", lambda root, _soap: [root[0], root[1]], soap_message),
    "headers": unknown_headers,
    "security": replaced("_security", whatever_is_there, soap_message),
    "base64": replaced("base64_octets", lenient_base64, signature_verifier, soap_message, document),
    "times": replaced("moment", lenient_moment, soap_message, document),
    "parts by place": seeing(parts_by_id),
    "coverage": coverage,
    "references": seeing(references_to_parts),
    "algorithms": both(seeing(our_methods), replaced("digest_of", any_digest, signature_verifier), as_xmlsec_computes),
    "transforms": both(replaced("_reference", any_transforms, signature_verifier), as_xmlsec_computes),
    "registry": registry,
    "signature": without(Member, "verify"),
    "digests": digests,
    "schema": without(document, "conforms"),
    "canonical form": without(document, "_enveloped", ANY),
    "one form": without(document, "_assert_one_form"),
    "properties": replaced(
        "_signing_time",
        lambda properties, _signed: document.moment(properties.find(f".//{{{names.XADES}}}SigningTime")),
        document,
    ),
    "not stale": facts_as(Fresh, signed_not_before_now),
    "not from the future": both(facts_as(Fresh, signed_by_now), facts_as(SignedInPast, signed_by_now)),
    "not expired": facts_as(Fresh, expiring_now),
    "certificate's validity": without(trust_policy, "_within_validity"),
    "once": without(Transaction, "remember"),
    "answers": without(Answers, "check", []),
    "about": without(About, "check", []),
    "token there": token_or_none,
    "token's form": both(
        replaced("read_username_token", lenient_token, soap_message, username_token),
        without(soap_message, "assert_no_password"),
    ),
    "token's password": without(KnowsPassword, "_assert_made"),
    "token's time": without(KnowsPassword, "_assert_fresh"),
}
