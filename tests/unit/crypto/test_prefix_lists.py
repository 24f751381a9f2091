"""Exclusive C14N with a PrefixList is what xmlsec digests, whatever is declared where."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.xml.strict_xml import canonical
from gateway.trust.trust_policy import Rejection

from .xmlsec_digests import digest_by_xmlsec, trees


@settings(max_examples=300, deadline=None, database=None)
@given(xml=trees(), place=st.floats(0, 1, exclude_max=True), data=st.data())
def test_the_canonical_form_is_that_of_xmlsec(xml: str, place: float, data: st.DataObject) -> None:
    root = etree.fromstring(f"<r:root xmlns:r='urn:root'>{xml}</r:root>")
    elements = list(root.iter())[1:]
    apex = elements[int(place * len(elements))]
    in_scope = sorted(prefix for prefix in apex.nsmap if prefix)
    prefixes = data.draw(st.lists(st.sampled_from(in_scope), unique=True, min_size=1))
    expected = digest_by_xmlsec(apex, prefixes=prefixes)
    assert hashlib.sha256(canonical(apex, prefixes)).digest() == expected


def test_a_listed_prefix_is_declared_at_the_apex() -> None:
    root = etree.fromstring('<e xmlns:a="urn:1" xmlns:b="urn:2"><f><g xmlns:a="urn:3"/></f></e>')
    assert canonical(root[0]) == b"<f><g></g></f>"
    assert canonical(root[0], ["a"]) == b'<f xmlns:a="urn:1"><g xmlns:a="urn:3"></g></f>'
    assert canonical(root[0][0], ["a", "b"]) == b'<g xmlns:a="urn:3" xmlns:b="urn:2"></g>'


def test_a_prefix_that_stands_for_nothing_is_refused() -> None:
    root = etree.fromstring('<e><f xmlns:a="urn:1"/></e>')
    with pytest.raises(Rejection) as error:
        canonical(root, ["a"])
    assert error.value.code == "verify.transform"
