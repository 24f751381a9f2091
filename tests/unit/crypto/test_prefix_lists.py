"""Exclusive C14N with a PrefixList is what xmlsec digests, whatever is declared where."""

from __future__ import annotations

import base64
import hashlib

import pytest
import xmlsec
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.xml.strict_xml import canonical
from gateway.trust.trust_policy import Rejection

PREFIXES = ("a", "b", "c")
URIS = ("urn:1", "urn:2", "urn:3")
DS = f"{{{names.DS}}}"

declared = st.dictionaries(st.sampled_from(PREFIXES), st.sampled_from(URIS), max_size=3)
default = st.sampled_from(["", ' xmlns=""', ' xmlns="urn:1"', ' xmlns="urn:2"'])
texts = st.sampled_from(["", "&#13;", " \n\t", "&lt;&amp;&gt;\"'", "سلام", "]]&gt;"])
values = st.sampled_from(["", "&#10;&#13;&#9;", "&lt;&quot;'&amp;", "a:b", "\n x"])


@st.composite
def trees(draw: st.DrawFn, scope: tuple[str, ...] = (), depth: int = 4) -> str:
    """An element in XML: any declarations, any prefix in scope on it and its attribute, text and children."""
    own = draw(declared)
    within = tuple(sorted({*scope, *own}))
    prefix = draw(st.sampled_from(["", *(f"{name}:" for name in within)]))
    attribute = f' {draw(st.sampled_from(["", *(f"{name}:" for name in within)]))}x="{draw(values)}"'
    declarations = "".join(f' xmlns:{name}="{uri}"' for name, uri in own.items()) + draw(default)
    inside = draw(texts) + "".join(
        draw(trees(within, depth - 1)) + draw(texts) for _ in range(draw(st.integers(0, 2)) if depth else 0)
    )
    return f"<{prefix}e{declarations}{attribute}>{inside}</{prefix}e>"


def digest_by_xmlsec(apex: etree._Element, prefixes: list[str]) -> bytes:
    """Sign ``apex`` where it stands, and return the digest that xmlsec put into the reference."""
    root = apex.getroottree().getroot()
    apex.set("Id", "apex")
    signature = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformHmacSha256)
    reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri="#apex")
    transform = xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    etree.SubElement(transform, f"{{{names.EXC_C14N}}}InclusiveNamespaces", PrefixList=" ".join(prefixes))
    root.append(signature)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, b"k" * 32)
    context.sign(signature)
    value = signature.find(f".//{DS}DigestValue")
    root.remove(signature)
    return base64.b64decode(value.text)


@settings(max_examples=300, deadline=None, database=None)
@given(xml=trees(), place=st.floats(0, 1, exclude_max=True), data=st.data())
def test_the_canonical_form_is_that_of_xmlsec(xml: str, place: float, data: st.DataObject) -> None:
    root = etree.fromstring(f"<r:root xmlns:r='urn:root'>{xml}</r:root>")
    elements = list(root.iter())[1:]
    apex = elements[int(place * len(elements))]
    in_scope = sorted(prefix for prefix in apex.nsmap if prefix)
    prefixes = data.draw(st.lists(st.sampled_from(in_scope), unique=True, min_size=1))
    expected = digest_by_xmlsec(apex, prefixes)
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
