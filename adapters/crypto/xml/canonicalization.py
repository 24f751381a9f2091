"""Canonicalization of signed parts by any permitted algorithm; what is ours has `strict_xml.canonical` alone."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.xml.strict_xml import canonical, local
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

INCLUSIVE: Final = frozenset(
    {uri + comments for uri in (names.C14N, names.C14N11) for comments in ("", "#WithComments")}
)
_EXCLUSIVE: Final = frozenset({names.EXC_C14N, f"{names.EXC_C14N}WithComments"})
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_INHERITED: Final = frozenset({f"{_XML}lang", f"{_XML}space"})


def is_exclusive(algorithm: str) -> bool:
    return algorithm in _EXCLUSIVE


def canonical_by(algorithm: str, element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    """Return the canonical form of ``element`` as the apex, by an algorithm; the parser has left no comments.

    Inclusive C14N takes namespaces, ``xml:lang`` and ``xml:space`` from above. Where 1.0 and 1.1 differ, in other
    ``xml:`` attributes above the apex, it raises `Rejection` ``verify.transform``. Raises as `canonical` does.
    """
    if algorithm not in INCLUSIVE:
        return canonical(element, prefixes)
    above = [[name for name in map(str, each.attrib) if name.startswith(_XML)] for each in element.iterancestors()]
    if not _INHERITED.issuperset(name for names_ in above for name in names_):
        raise Rejection("verify.transform", where=local(element), detail="an xml: attribute above the signed part")
    try:
        # Written out with the namespaces from above, which a subtree does not have by itself.
        apex = etree.fromstring(etree.tostring(element, with_tail=False, encoding="utf-8"), _parser())
        for ancestor in element.iterancestors() if any(above) else ():  # the nearest one first
            for name in _INHERITED.intersection(map(str, ancestor.attrib)).difference(map(str, apex.attrib)):
                apex.set(name, str(ancestor.get(name)))
        return etree.tostring(apex, method="c14n", exclusive=False, with_comments=False)
    except (etree.C14NError, etree.XMLSyntaxError) as error:
        raise GatewayError("setup.memory", where=local(element), detail=str(error)) from error


def without(root: etree._Element, tag: str) -> etree._Element:
    """Return a copy of a document element without its only descendant ``tag``; the text behind that one stays.

    Source: XML Signature, 6.6.4, the enveloped-signature transform.
    """
    copied = copy.deepcopy(root)
    [found] = copied.iter(tag)
    parent, before, behind = found.getparent(), found.getprevious(), found.tail or ""
    assert parent is not None
    if before is None:
        parent.text = (parent.text or "") + behind or None
    else:
        before.tail = (before.tail or "") + behind or None
    found.tail = None
    parent.remove(found)
    return copied


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False)
