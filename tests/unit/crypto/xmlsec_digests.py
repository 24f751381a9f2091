"""Random trees, and their digests by xmlsec: canonical forms that our code has not made."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import xmlsec
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.keys import names

PREFIXES = ("a", "b", "c")
URIS = ("urn:1", "urn:2", "urn:3")
DS = f"{{{names.DS}}}"

declared = st.dictionaries(st.sampled_from(PREFIXES), st.sampled_from(URIS), max_size=3)
default = st.sampled_from(["", ' xmlns=""', ' xmlns="urn:1"', ' xmlns="urn:2"'])
texts = st.sampled_from(["", "&#13;", " \n\t", "&lt;&amp;&gt;\"'", "سلام", "]]&gt;"])
inherited = st.sampled_from(["", ' xml:lang="fa"', ' xml:space="preserve"', ' xml:lang="" xml:space="default"'])
values = st.sampled_from(["", "&#10;&#13;&#9;", "&lt;&quot;'&amp;", "a:b", "\n x"])


@st.composite
def trees(draw: st.DrawFn, scope: tuple[str, ...] = (), depth: int = 4) -> str:
    """An element in XML: any declarations, any prefix in scope on it and its attribute, text and children."""
    own = draw(declared)
    within = tuple(sorted({*scope, *own}))
    prefix = draw(st.sampled_from(["", *(f"{name}:" for name in within)]))
    attribute = f' {draw(st.sampled_from(["", *(f"{name}:" for name in within)]))}x="{draw(values)}"'
    declarations = "".join(f' xmlns:{name}="{uri}"' for name, uri in own.items()) + draw(default)
    declarations += draw(inherited)
    inside = draw(texts) + "".join(
        draw(trees(within, depth - 1)) + draw(texts) for _ in range(draw(st.integers(0, 2)) if depth else 0)
    )
    return f"<{prefix}e{declarations}{attribute}>{inside}</{prefix}e>"


def digest_by_xmlsec(apex: etree._Element, algorithm: str = names.EXC_C14N, prefixes: Sequence[str] = ()) -> bytes:
    """Sign ``apex`` where it stands, and return the digest that xmlsec put into the reference."""
    root = apex.getroottree().getroot()
    apex.set("Id", "apex")
    signature = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformHmacSha256)
    reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri="#apex")
    transform = xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    transform.set("Algorithm", algorithm)
    if prefixes:
        etree.SubElement(transform, f"{{{names.EXC_C14N}}}InclusiveNamespaces", PrefixList=" ".join(prefixes))
    root.append(signature)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, b"k" * 32)
    context.sign(signature)
    value = signature.find(f".//{DS}DigestValue")
    root.remove(signature)
    return base64.b64decode(value.text)
