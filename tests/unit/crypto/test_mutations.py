"""Good octets with any change are refused with a `Rejection`, or cover exactly the signed content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.partner_profile import PartnerProfile, TokenUse
from gateway.trust.trust_policy import Rejection

from .conftest import SIGNED_AT
from .forge import canonical_octets
from .samples import JudiciaryService, signed_message

# `make fuzz` asks for more with a profile.
MUTATIONS = settings(max_examples=max(400, settings().max_examples), deadline=None, database=None)
places = st.floats(min_value=0, max_value=1, exclude_max=True)
snippets = st.binary(max_size=4) | st.sampled_from(
    [
        *(b"<!-- -->", b"<?p?>", b"<![CDATA[", b"]]>", b"&#x20;", b"&lt;", b"\r", b" ", b"=", b"\xc2\xa0", b"\0"),
        *(b' Id="M-Body"', b' xmlns:ds="urn:x"', b' xmlns="u"', b' xml:space="preserve"', b"<x/>", b"<a>", b"</a>"),
    ]
)
octet_edits = st.lists(st.tuples(places, st.integers(min_value=0, max_value=40), snippets), min_size=1, max_size=3)
moves = st.lists(
    st.tuples(places, places, st.sampled_from(["move", "copy", "delete", "swap attributes", "swap text"])),
    min_size=1,
    max_size=3,
)


def accepted_only_unchanged(
    verifier: MessageVerifier | DocumentVerifier, octets: bytes, covered: Mapping[str, bytes]
) -> bool:
    """Return whether the octets are accepted; if so, what they cover is what was covered before."""
    try:
        facts = verifier.examine(octets)
    except Rejection:
        return False
    assert facts.covered == covered
    return True


def replaced(octets: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Put the snippet in the place of so many octets, there."""
    for place, length, snippet in edits:
        start = int(place * (len(octets) + 1))
        octets = octets[:start] + snippet + octets[start + length :]
    return octets


def rearranged(octets: bytes, edits: list[tuple[float, float, str]]) -> bytes:
    """Move, copy and delete elements, and exchange what they say: what wrapping attacks are made of."""
    root = etree.fromstring(octets)
    for first, second, act in edits:
        elements = list(root.iter())
        one, other = elements[int(first * len(elements))], elements[int(second * len(elements))]
        if act == "swap attributes":
            ours, theirs = dict(one.attrib), dict(other.attrib)
            one.attrib.clear()
            one.attrib.update(theirs)
            other.attrib.clear()
            other.attrib.update(ours)
        elif act == "swap text":
            one.text, other.text = other.text, one.text
        elif one is not root and one not in other.iterancestors() and one is not other:
            if act == "copy":
                one = etree.fromstring(canonical_octets(one))
            if act == "delete":
                one.getparent().remove(one)
            else:
                other.append(one)
    return canonical_octets(root)


@pytest.fixture(scope="session")
def answer(judiciary: JudiciaryService) -> bytes:
    return signed_message(judiciary.transport, SIGNED_AT, relates_to="urn:uuid:7").wire


@pytest.fixture(scope="session")
def with_token(judiciary: JudiciaryService) -> bytes:
    token = Credentials(username="city", password=b"secret").token(SIGNED_AT)
    return signed_message(judiciary.transport, SIGNED_AT, token=token).wire


@MUTATIONS
@given(edits=octet_edits)
def test_a_message_with_other_octets(
    judiciary: JudiciaryService, answer: bytes, edits: list[tuple[float, int, bytes]]
) -> None:
    covered = judiciary.messages.examine(answer).covered
    accepted_only_unchanged(judiciary.messages, replaced(answer, edits), covered)


@MUTATIONS
@given(edits=octet_edits | moves)
def test_a_message_with_a_token(judiciary: JudiciaryService, with_token: bytes, edits: list[Any]) -> None:
    verifier = MessageVerifier(judiciary.partner, profile=PartnerProfile(username_token=TokenUse.EXPECTED))
    covered = verifier.examine(with_token).covered
    change = replaced if isinstance(edits[0][1], int) else rearranged
    accepted_only_unchanged(verifier, change(with_token, edits), covered)


@MUTATIONS
@given(edits=octet_edits)
def test_a_document_with_other_octets(
    judiciary: JudiciaryService, seal: bytes, edits: list[tuple[float, int, bytes]]
) -> None:
    covered = judiciary.documents.examine(seal).covered
    changed = replaced(seal, edits)
    assert not accepted_only_unchanged(judiciary.documents, changed, covered) or changed == seal


@MUTATIONS
@given(edits=moves)
def test_a_message_put_together_anew(
    judiciary: JudiciaryService, answer: bytes, edits: list[tuple[float, float, str]]
) -> None:
    covered = judiciary.messages.examine(answer).covered
    accepted_only_unchanged(judiciary.messages, rearranged(answer, edits), covered)


@MUTATIONS
@given(edits=moves)
def test_a_document_put_together_anew(
    judiciary: JudiciaryService, seal: bytes, edits: list[tuple[float, float, str]]
) -> None:
    covered = judiciary.documents.examine(seal).covered
    changed = rearranged(seal, edits)
    assert not accepted_only_unchanged(judiciary.documents, changed, covered) or changed == seal


@MUTATIONS
@given(octets=st.binary(max_size=200))
def test_octets_out_of_nowhere(judiciary: JudiciaryService, octets: bytes) -> None:
    for verifier in (judiciary.messages, judiciary.documents):
        with pytest.raises(Rejection):
            verifier.examine(octets)
