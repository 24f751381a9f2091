"""Secrets in evidence: a fixed mark in their place, and the places in the record.

A stored message never has a password, a token or a cookie in it, nor a digest of octets that have one: whoever reads
the store could try short secrets against such a digest.
"""

from __future__ import annotations

from typing import Final

MASK: Final = "SECRET-REMOVED"
"""Text in the place of a secret. It stands in XML, JSON and HTTP as it is."""

MASKED: Final = "masked"
"""Key in the context of a message's record: the places in which `MASK` stands for a secret, with ``; `` between them.

The stored octets are then not those on the wire, and the digest in the record is that of the stored octets.
"""
