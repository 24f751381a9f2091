"""Fields of a sealed notice and of a receipt are read without looking at their signatures."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.crypto.xml.receipt_fields import tracking_number
from adapters.crypto.xml.sealed_fields import sealed_paper

from .samples import notice

REFERENCE = "EB-" + "A" * 32


def test_the_paper_of_a_notice_is_its_exact_octets() -> None:
    assert sealed_paper(etree.tostring(notice(REFERENCE, b"%PDF-1.7 \x00\xff %%EOF"))) == b"%PDF-1.7 \x00\xff %%EOF"


@pytest.mark.parametrize("content", ["JVBE Rg==", "JVBERg", "§"])
def test_what_is_no_strict_base64_is_no_paper(content: str) -> None:
    root = notice(REFERENCE)
    [found] = root.iterfind(".//{*}Content")
    found.text = content
    with pytest.raises(ValueError, match="no paper"):
        sealed_paper(etree.tostring(root, encoding="utf-8"))


@pytest.mark.parametrize("octets", [b"", b"nothing", b"<Notice/>", b"<!DOCTYPE x><x/>"])
def test_what_is_no_notice_has_no_paper(octets: bytes) -> None:
    with pytest.raises(ValueError, match="not a notice"):
        sealed_paper(octets)


def test_the_tracking_number_is_read_of_a_receipt_alone() -> None:
    receipt = b'<r:Receipt xmlns:r="urn:eblagh:receipt:1"><r:TrackingNumber>T7</r:TrackingNumber></r:Receipt>'
    assert tracking_number(receipt) == "T7"
    assert tracking_number(receipt.replace(b"receipt:1", b"other:1")) is None
    assert tracking_number(b"nothing") is None
