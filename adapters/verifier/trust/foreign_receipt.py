"""Receipt of a judiciary's own format, judged without its mapping.

Signer and time are judged as for any document. The names of its elements are unknown here. The notice's reference and
the seal's digest are searched among its values; the event is not read at all.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.crypto.foreign.any_document import AnyDocumentVerifier
from adapters.crypto.foreign.document_policy import LOOSEST
from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.keys.partner import Partner
from adapters.crypto.message.jws_document import JwsDocumentVerifier, is_jws, names_signer
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.signature_verifier import more_telling
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from gateway.audit.audit import CannotTell
from gateway.record.evidence_record import Header
from gateway.trust.trust_policy import UNSEEN_SEAL, AllOf, Covers, Facts, Rejection, SignedInPast

SKEW: Final = timedelta(minutes=10)
"""Tolerance between clocks: an archive's times are accurate to about a minute."""

_REFERENCE: Final = re.compile(r"EB-[A-Z2-7]{32}")
_NOT_READ: Final = "what happened, and when, is the gateway's reading"


class ForeignReceipts:
    """Verifier of receipts signed by ``judiciary``."""

    def __init__(self, judiciary: Partner) -> None:
        self._verifier, self._jws = DocumentVerifier(judiciary, None, None), JwsDocumentVerifier(judiciary, None)
        self._loosest = AnyDocumentVerifier(judiciary, None, None, LOOSEST)

    def examine(self, octets: bytes, by: datetime, expected: Collection[str] = ()) -> Facts:
        """Verify the signature; it must have been made before ``by``. Raises as `DocumentVerifier` does.

        ``expected`` are thumbprints of the certificates to try for a JWS that names none.
        """
        if is_jws(octets) and not expected and not names_signer(octets):
            raise CannotTell(
                "it names no certificate, and your trust folder pins none for receipts of this destination"
            )
        facts = self._jws.examine(octets, expected) if is_jws(octets) else self._document(octets, by)
        AllOf(Covers(*facts.covered), SignedInPast(by, SKEW)).check(facts)
        return facts

    def _document(self, octets: bytes, by: datetime) -> Facts:
        """Verify a document in our form, or in any other that a profile may permit: nobody here knows what was agreed.

        One that states no time of signing counts as signed ``by`` the time of its record.
        """
        try:
            return self._verifier.examine(octets)
        except Rejection as refusal:
            try:
                return self._loosest.examine(octets, by)
            except Rejection as other:
                raise more_telling(refusal, other) from None


def is_foreign(octets: bytes) -> bool:
    """Return True if a receipt is of another format than ours.

    Raises `Rejection` for octets that are neither XML nor a JWS.
    """
    return is_jws(octets) or bool(parse(octets, DOCUMENT_LIMITS).tag != f"{{{RECEIPT}}}Receipt")


def assert_names(header: Header, facts: Facts) -> None:
    """Raise `Rejection` ``verify.about`` for a receipt that names other notices only.

    Raises `CannotTell` if it names none in a known form, or others beside this one.
    """
    values = _values(facts)
    others = any(_REFERENCE.fullmatch(value) for value in values - {header.notice})
    if header.notice in values:
        if others:
            raise CannotTell("of the judiciary's own format, and it names several notices", facts)
        return
    if others:
        raise Rejection("verify.about", where=header.id, detail="another notice than the record says")
    raise CannotTell("of the judiciary's own format, in which no reference is found", facts)


def doubt_of(header: Header, facts: Facts, seal: str | None) -> str:
    """Return the doubt that remains about such a receipt, which names the notice; ``seal`` is its seal's digest."""
    if seal is not None and not _forms(seal).isdisjoint(value.lower() for value in _values(facts)):
        return f"of the judiciary's own format: it names this notice and this seal; {_NOT_READ}"
    if UNSEEN_SEAL in header.context.get("passed", ""):
        return f"of the judiciary's own format: it names this notice, and no seal, since {UNSEEN_SEAL}; {_NOT_READ}"
    return f"of the judiciary's own format: it names this notice, and this seal in no known form; {_NOT_READ}"


def _values(facts: Facts) -> frozenset[str]:
    return frozenset(each.strip() for octets in facts.covered.values() for each in _texts(octets))


def _texts(octets: bytes) -> Iterator[str]:
    """Yield the values of attributes, and the texts of elements without children; of JSON, all values."""
    if octets.lstrip()[:1] == b"{":
        yield from texts_of(json.loads(octets))
        return
    for element in parse(octets, DOCUMENT_LIMITS).iter():
        yield from map(str, element.attrib.values())
        if len(element) == 0 and element.text:
            yield element.text


def _forms(digest: str) -> frozenset[str]:
    """Return the possible written forms of a SHA-256, in lower case."""
    hexadecimal = digest.removeprefix("sha256:")
    encoded = base64.b64encode(bytes.fromhex(hexadecimal)).decode("ascii")
    return frozenset({digest, hexadecimal, encoded.lower()})


def texts_of(value: Any) -> Iterator[str]:
    """Yield the values in a JSON value as texts."""
    match value:
        case dict():
            for each in value.values():
                yield from texts_of(each)
        case list():
            for each in value:
                yield from texts_of(each)
        case _:
            yield str(value)
