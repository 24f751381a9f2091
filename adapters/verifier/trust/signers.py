"""Rules that decide if a certificate may sign a document.

A chain to an anchor identifies the owner of a certificate, but not its purpose. Transport keys, servers and, under one
national root, the other side lead to the same anchor.

The order of the checks, of receipts and of seals alike:

    1  it is no certificate of the other side          FAILED
    2  its extended key usage, if it has one, is not
       only for something else (RFC 5280, 4.2.1.12)    FAILED
    3  the trust folder pins it for this destination,
       or this issuing body                            PASSED
    4  other certificates are pinned for it            FAILED
    5  it signed messages (receipts only)              FAILED
    6  nothing is pinned for it                        INDETERMINATE

Keys are compared, not certificates: a renewed certificate, or a second one, may hold the same key. Messages may come
after the receipts that they discredit, so checks 1 and 5 are repeated at the end (`gateway.trust.key_uses`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from adapters.crypto.keys.names import NOTICE
from adapters.crypto.keys.partner import Member, Partner, other_purposes
from adapters.verifier.trust.pins import Pins, Use, file_of
from gateway.audit.audit import CannotTell
from gateway.notice.notice import sha256
from gateway.record.evidence_record import Header
from gateway.trust.key_uses import KeyUses, of_messages, of_the_municipality
from gateway.trust.trust_policy import Facts, Rejection


class SignerRules:
    """Rules of the checks above with one trust folder.

    ``ours`` are certificates known as the municipality's, ``messages`` those of the judiciary's messages. The archive's
    own statement suffices for refusing a signer.
    """

    def __init__(
        self, pins: Pins, ours: Iterable[x509.Certificate] = (), messages: Iterable[x509.Certificate] = ()
    ) -> None:
        self._pins, self.uses = pins, KeyUses(received={_key(own): ("certificates", _named(own)) for own in messages})
        self._ours = frozenset(map(_key, [*pins.certificates(Use.SEALS), *ours]))
        self._theirs = frozenset(map(_key, pins.certificates(Use.RECEIPTS)))

    def assert_receipt(self, partner: Partner, header: Header, facts: Facts) -> None:
        """Raise `Rejection` ``verify.signer`` or `CannotTell` unless the signer may sign this receipt.

        He must be allowed to sign receipts of the destination that the record names as their origin.
        """
        member = partner.member(facts.signer.thumbprint)
        key, whose = member.key_thumbprint, _told(member)
        if key in self._ours:
            raise Rejection("verify.signer", detail=of_the_municipality(whose))
        try:
            self._assert_pinned(Use.RECEIPTS, header.origin, member, facts)
        except CannotTell:
            self.uses.receipts.setdefault(key, (header.id, whose))
            raise
        self.uses.receipts.setdefault(key, (header.id, whose))

    def assert_carrier(self, partner: Partner, header: Header, facts: Facts) -> None:
        """Raise the same for the signer of a message that carried this receipt, which has no signature of its own.

        The key of messages may sign it, then, if the folder pins that for receipts.
        """
        member = partner.member(facts.signer.thumbprint)
        if member.key_thumbprint in self._ours:
            raise Rejection("verify.signer", detail=of_the_municipality(_told(member)))
        self._assert_pinned(Use.RECEIPTS, header.origin, member, facts, of_message=True)

    def assert_seal(self, partner: Partner, facts: Facts) -> None:
        """Raise the same unless the signer may seal notices of the body in the notice."""
        member = partner.member(facts.signer.thumbprint)
        key, body = member.key_thumbprint, _body(facts)
        if key in self._theirs:
            detail = (
                f"{_told(member)} is pinned for the judiciary's receipts: no body of the municipality seals with it"
            )
            raise Rejection("verify.signer", detail=detail)
        self.uses.ours.add(key)
        self._assert_pinned(Use.SEALS, body, member, facts)

    def assert_sent(self, partner: Partner, facts: Facts) -> None:
        """Raise `Rejection` ``verify.signer`` if the judiciary signed a message of the municipality's."""
        member = partner.member(facts.signer.thumbprint)
        if member.key_thumbprint in self._theirs:
            raise Rejection("verify.signer", detail=f"{_told(member)} is pinned for the judiciary's receipts")
        self.uses.ours.add(member.key_thumbprint)

    def assert_received(self, partner: Partner, header: Header, facts: Facts) -> None:
        """Raise `Rejection` ``verify.signer`` if the municipality signed a message of the judiciary's."""
        member = partner.member(facts.signer.thumbprint)
        if member.key_thumbprint in self._ours:
            raise Rejection("verify.signer", detail=of_the_municipality(_told(member)))
        self.uses.received.setdefault(member.key_thumbprint, (header.id, _told(member)))

    def _assert_pinned(self, use: Use, name: str, member: Member, facts: Facts, *, of_message: bool = False) -> None:
        if purposes := other_purposes(member.chain[0]):
            detail = f"{_told(member)} is for {purposes} alone, by its extended key usage: it signs no documents"
            raise Rejection("verify.signer", detail=detail)
        pinned = self._pins.certificates(use, name)
        if member.chain[0] in pinned:
            if use is Use.RECEIPTS:
                self.uses.pinned.add(member.key_thumbprint)
            return
        file, owner = file_of(use, name), _OWNER[use]
        if pinned:
            raise Rejection(
                "verify.signer",
                detail=f"{_told(member)} is none of those that {file} pins: ask {owner} which certificates sign there,"
                " and add this one only if it is among them",
            )
        if use is Use.RECEIPTS and member.key_thumbprint in self.uses.received and not of_message:
            raise Rejection("verify.signer", detail=of_messages(_told(member)))
        raise CannotTell(
            f"signed by {_told(member)}, for whom your trust folder has no {file}: have the certificate from {owner},"
            " compare its fingerprint, and put it there under this name",
            facts,
        )


_BODY_CODE: Final = f"{{{NOTICE}}}Code"
_PIECE: Final = 16_384
_OWNER: Final = {Use.RECEIPTS: "the judiciary", Use.SEALS: "the issuing body"}


def _key(certificate: x509.Certificate) -> str:
    return sha256(certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _told(member: Member) -> str:
    return _named(member.chain[0])


def _named(certificate: x509.Certificate) -> str:
    return f"{certificate.subject.rfc4514_string()} (serial {certificate.serial_number:X})"


def _body(facts: Facts) -> str:
    """Return the issuing body's code from the octets that the seal covers.

    It stands before the paper, which may be large and is not parsed again.
    """
    parser = etree.XMLPullParser(("end",), tag=_BODY_CODE, resolve_entities=False, no_network=True, load_dtd=False)
    octets = facts.covered["Notice"]
    for at in range(0, len(octets), _PIECE):
        parser.feed(octets[at : at + _PIECE])
        for _, found in parser.read_events():
            return str(getattr(found, "text", None) or "")
    return ""
