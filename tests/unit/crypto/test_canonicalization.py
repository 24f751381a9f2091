"""Canonicalizations of documents of others are what xmlsec digests, whatever is declared above the signed part."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.xml.canonicalization import INCLUSIVE, canonical_by
from adapters.crypto.xml.partner_profile import CANONICALIZATIONS
from gateway.trust.trust_policy import Rejection

from .xmlsec_digests import digest_by_xmlsec, trees

pytestmark = pytest.mark.long


@settings(max_examples=300, deadline=None, database=None)
@given(xml=trees(), place=st.floats(0, 1, exclude_max=True), algorithm=st.sampled_from([*CANONICALIZATIONS.values()]))
def test_the_canonical_form_is_that_of_xmlsec(xml: str, place: float, algorithm: str) -> None:
    root = etree.fromstring(f"<r:root xmlns:r='urn:root' xml:lang='en'>{xml}</r:root>")
    elements = list(root.iter())[1:]
    apex = elements[int(place * len(elements))]
    expected = digest_by_xmlsec(apex, algorithm)
    assert hashlib.sha256(canonical_by(algorithm, apex)).digest() == expected


@pytest.mark.parametrize("algorithm", sorted(INCLUSIVE))
@pytest.mark.parametrize("attribute", ["xml:base='urn:base'", "xml:id='i'", "xml:other='x'"])
def test_an_attribute_above_that_the_versions_inherit_differently_is_refused(algorithm: str, attribute: str) -> None:
    above, beside = (
        etree.fromstring(f"<e {outer}><f {inner}/></e>")[0] for outer, inner in ((attribute, ""), ("", attribute))
    )
    with pytest.raises(Rejection) as error:
        canonical_by(algorithm, above)
    assert error.value.code == "verify.transform"
    expected = digest_by_xmlsec(beside, algorithm)
    assert hashlib.sha256(canonical_by(algorithm, beside)).digest() == expected
