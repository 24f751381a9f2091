"""Tracking number of a receipt, read without verifying a signature."""

from __future__ import annotations

from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from gateway.trust.trust_policy import Rejection


def tracking_number(octets: bytes) -> str | None:
    """Return the tracking number in a ``Receipt``, and None for a document of another format."""
    try:
        root = parse(octets, DOCUMENT_LIMITS)
    except Rejection:
        return None
    return root.findtext(f"{{{RECEIPT}}}TrackingNumber") if root.tag == f"{{{RECEIPT}}}Receipt" else None
