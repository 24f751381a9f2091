"""Receipts (schemas/receipt): the fields of one in the usual form, and the tracking number without any verification."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from adapters.crypto.keys.names import RECEIPT, RSA_SHA256
from adapters.crypto.xml.seal_template import MOMENT, is_moment, signature_template
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, conforms, parse
from gateway.runtime.clock import timestamp
from gateway.trust.trust_policy import Rejection

NAME: Final = "Receipt"
TAG: Final = f"{{{RECEIPT}}}{NAME}"
CLOSING: Final = b"</r:Receipt>"
_SIGNATURE_END: Final = b"</ds:Signature>"
_ENDING: Final = _SIGNATURE_END + CLOSING

MAX_USUAL: Final = 32 * 1024
"""Maximum length of a receipt in the usual form, in octets."""

_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}"
_FIELDS: Final = {
    "ReceiptId": _NAME,
    "Reference": r"EB-[A-Z2-7]{32}",
    "TrackingNumber": _NAME,
    "SealDigest": r"sha256:[0-9a-f]{64}",
    "Event": _NAME,
    "EventTime": MOMENT,
    "IssuedAt": MOMENT,
}
_CODE: Final = "Code"
_OPENING: Final = f'<r:Receipt xmlns:r="{RECEIPT}" Id="'
_UNSIGNED: Final = re.compile(
    (
        rf'{_OPENING}(?P<Id>[A-Za-z_][A-Za-z0-9_.\-]{{0,199}})" version="1">'
        + "".join(f"<r:{name}>(?P<{name}>{pattern})</r:{name}>" for name, pattern in _FIELDS.items())
        + f"(?:<r:{_CODE}>(?P<{_CODE}>{_NAME})</r:{_CODE}>)?"
    ).encode()
)
"""Canonical octets of an unsigned receipt without `CLOSING`; the schema allows each value."""


def usual_receipt(octets: bytes) -> tuple[int, str, dict[str, str]] | None:
    """Return the length of a receipt without signature and `CLOSING`, its Id, and its fields in order.

    Each fits the schema. None for a receipt in any other form, which may fit as well.
    """
    found = _UNSIGNED.match(octets) if len(octets) <= MAX_USUAL else None
    if found is None:
        return None
    fields = {name: text.decode("ascii") for name, text in found.groupdict().items() if text is not None}
    id_ = fields.pop("Id")
    return (found.end(), id_, fields) if is_moment(fields["EventTime"]) and is_moment(fields["IssuedAt"]) else None


def usual_claims(octets: bytes) -> dict[str, str] | None:
    """Return the fields of a receipt in the usual form, with one signature behind them that is not looked at.

    None for all other octets.
    """
    if (found := usual_receipt(octets)) is None:
        return None
    signature = octets[found[0] :]
    is_one = signature.startswith(b"<ds:Signature ") and signature.find(_SIGNATURE_END) == len(signature) - len(_ENDING)
    return found[2] if is_one and signature.endswith(_ENDING) else None


def is_of(schema: etree.XMLSchema) -> bool:
    """Return True if a schema allows receipts in the usual form: the least and the most of every value."""
    earliest, latest = (timestamp(datetime(*day, tzinfo=UTC)) for day in ((1000, 1, 1), (2999, 12, 31)))
    least = ["0", "EB-" + "2" * 32, "0", "sha256:" + "0" * 64, "0", earliest, earliest]
    longest = "z" + "_.-Z9" * 19 + "____"
    most = [longest, "EB-" + "Z7" * 16, longest, "sha256:" + "f" * 64, longest, latest, latest, longest]
    for id_, texts in (("_", least), ("z" + "_.-A9" * 39 + "____", most)):
        fields = zip([*_FIELDS, _CODE], texts, strict=False)
        unsigned = f'{_OPENING}{id_}" version="1">' + "".join(f"<r:{name}>{text}</r:{name}>" for name, text in fields)
        signature = signature_template(id_, bytes(32), latest, b"\0", RSA_SHA256).octets(b"\0")
        octets = unsigned.encode() + signature + CLOSING
        assert usual_receipt(octets) is not None
        try:
            conforms(schema, parse(octets, DOCUMENT_LIMITS))
        except Rejection:
            return False
    return True


def tracking_number(octets: bytes) -> str | None:
    """Return the tracking number in a ``Receipt``, and None for a document of another format."""
    try:
        root = parse(octets, DOCUMENT_LIMITS)
    except Rejection:
        return None
    return root.findtext(f"{{{RECEIPT}}}TrackingNumber") if root.tag == TAG else None
