"""Fields of a sealed notice and of a receipt are read without looking at their signatures."""

from __future__ import annotations

import base64
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.keys.names import NOTICE
from adapters.crypto.xml.receipt_fields import tracking_number
from adapters.crypto.xml.sealed_fields import ATTACHMENT, documents_of, read_notice, sealed_paper
from adapters.crypto.xml.strict_xml import canonical
from gateway.notice.large_octets import Octets
from gateway.trust.trust_policy import Rejection
from tests.apart import Apart

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


CONTENT = f"{{{NOTICE}}}Content"
PAPERS = st.lists(st.binary(max_size=30), min_size=1, max_size=4)
LIKE = "<n:Content>a</n:Content> &lt;n:Content&gt; ]]>"


def papers_in(octets: Octets, short: int, large: int) -> tuple[etree._Element, list[bytes]]:
    """The notice without its large papers, and all its papers."""
    with (
        patch("adapters.crypto.xml.sealed_fields._SHORT", short),
        patch("adapters.crypto.xml.sealed_fields.LARGE", large),
    ):
        root, papers = read_notice(octets)
    contents = [each.findtext(CONTENT, "") for each in documents_of(root)]
    found = []
    for content, paper in zip(contents, papers, strict=True):
        assert paper is None or (content == "" and len(paper) == len(bytes(paper)))
        found.append(base64.b64decode(content) if paper is None else bytes(paper))
    return root, found


@given(papers=PAPERS, size=st.integers(1, 80), short=st.integers(2, 50))
def test_large_papers_are_read_apart_from_the_notice(papers: list[bytes], size: int, short: int) -> None:
    one = notice(REFERENCE, papers[0])
    subject = one.find(f".//{{{NOTICE}}}Subject")
    assert subject is not None
    subject.text = LIKE
    for each in papers[1:]:
        attachment = etree.SubElement(one, f"{{{NOTICE}}}{ATTACHMENT}")
        etree.SubElement(attachment, CONTENT).text = base64.b64encode(each).decode()
    octets = canonical(one)
    whole, plain = papers_in(octets, short, len(octets))
    thin, found = papers_in(Apart.of(octets, size), short, 10)
    assert plain == found == papers
    for each in (*whole.iter(CONTENT), *thin.iter(CONTENT)):
        each.text = None
    assert canonical(thin) == canonical(whole)
    assert thin.findtext(f".//{{{NOTICE}}}Subject") == LIKE


@pytest.mark.parametrize("content", ["JVBE Rg==", "JVBERg", "§", "JV=BERg=", "J" * 40 + "="])
def test_a_large_paper_in_another_form_is_read_with_the_notice(content: str) -> None:
    root = notice(REFERENCE)
    [found] = root.iterfind(f".//{CONTENT}")
    found.text = content
    octets = canonical(root)
    with (
        patch("adapters.crypto.xml.sealed_fields._SHORT", 2),
        patch("adapters.crypto.xml.sealed_fields.LARGE", 10),
    ):
        there, papers = read_notice(Apart.of(octets, 7))
        assert papers == [None]
        assert canonical(there) == octets
        with pytest.raises(Rejection):
            read_notice(octets[:-4])


@pytest.mark.parametrize("octets", [b"", b"nothing", b"<Notice/>", b"<!DOCTYPE x><x/>"])
def test_what_is_no_notice_has_no_paper(octets: bytes) -> None:
    with pytest.raises(ValueError, match="not a notice"):
        sealed_paper(octets)


def test_the_tracking_number_is_read_of_a_receipt_alone() -> None:
    receipt = b'<r:Receipt xmlns:r="urn:eblagh:receipt:1"><r:TrackingNumber>T7</r:TrackingNumber></r:Receipt>'
    assert tracking_number(receipt) == "T7"
    assert tracking_number(receipt.replace(b"receipt:1", b"other:1")) is None
    assert tracking_number(b"nothing") is None
