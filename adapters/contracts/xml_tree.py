"""XML as a mapping reads it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from lxml import etree

_INSTANCE: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_TRUE: Final = frozenset({"true", "1"})


def tree_of(element: etree._Element, names: Collection[str] | None = None) -> Any:
    """Return an element as tables, lists and texts, by local names.

    An element that holds text alone is that text (None: nothing). Attributes are ``@name``, text beside them is
    ``#text``; several elements of one name are a list. Of its own children there are those with these ``names`` (None:
    all). Attributes such as ``xsi:type`` belong to the schema and are left out; the content of an element with
    ``xsi:nil`` is missing (XML Schema part 1, section 2.6). The element comes from a parser with limits.
    """
    is_nil = element.get(f"{_INSTANCE}nil", "").strip() in _TRUE
    children = [] if is_nil else [child for child in element.iterchildren() if isinstance(child.tag, str)]
    attributes = {
        f"@{etree.QName(name).localname}": value
        for name, value in element.attrib.items()
        if not str(name).startswith(_INSTANCE)
    }
    text = None if is_nil else element.text or None
    if not children and not attributes:
        return text
    tree: dict[str, Any] = dict(attributes)
    for child in children:
        name = local_name(child)
        if names is not None and name not in names:
            continue
        inner = tree_of(child)
        if name not in tree:
            tree[name] = inner
        elif isinstance(tree[name], list):
            tree[name].append(inner)
        else:
            tree[name] = [tree[name], inner]
    if not children and text is not None:
        tree["#text"] = text
    return tree


def local_name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]
