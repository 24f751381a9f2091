"""Limits and ids of a tree, each attribute and each declaration looked at: the reference for `strict_xml._walk`."""

from __future__ import annotations

import re

from lxml import etree

from adapters.crypto.xml.strict_xml import Limits
from gateway.trust.trust_policy import Rejection


def plain_walk(root: etree._Element, limits: Limits) -> None:
    if root.getprevious() is not None or root.getnext() is not None:
        raise Rejection("verify.comment-or-pi", detail="beside the document element")
    nodes = depth = declarations = here = 0
    ids: set[str] = set()
    for event, item in etree.iterwalk(root, events=("start", "end", "start-ns", "comment", "pi")):
        if event == "start":
            nodes, depth, here = nodes + 1, depth + 1, 0
            if nodes > limits.max_nodes or depth > limits.max_depth:
                raise Rejection("verify.too-complex", detail="elements")
            if len(item.attrib) > limits.max_attributes:
                raise Rejection("verify.too-complex", detail="attributes")
            for name, value in item.attrib.items():
                if etree.QName(name).localname not in ("Id", "ID", "id", "iD"):
                    continue
                if value in ids:
                    raise Rejection("verify.duplicate-id")
                if len(value) > 256:
                    raise Rejection("verify.too-complex", detail="an id")
                ids.add(value)
        elif event == "end":
            depth -= 1
        elif event == "start-ns":
            here, declarations = here + 1, declarations + 1
            if here > limits.max_namespaces or declarations > limits.max_namespaces_total:
                raise Rejection("verify.too-complex", detail="namespace declarations")
            if len(item[1]) > limits.max_namespace_length:
                raise Rejection("verify.too-complex", detail="a namespace URI")
            if item[1] and not re.match("[A-Za-z][A-Za-z0-9+.-]*:", item[1]):
                raise Rejection("verify.malformed", detail="a relative namespace URI")
        else:
            raise Rejection("verify.comment-or-pi")
