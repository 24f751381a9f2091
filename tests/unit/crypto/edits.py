"""The small edits that attacks are made of. Each returns what is to be done with a root."""

from __future__ import annotations

import copy

from lxml import etree

from adapters.crypto import names

from .forge import Edit, find

DS, WSA, SOAP, EC = (f"{{{uri}}}" for uri in (names.DS, names.WSA, names.SOAP, names.EXC_C14N))
BODY_REFERENCE = ".//ds:Reference[@URI='#M-Body']"


def put(path: str, **attributes: str) -> Edit:
    return lambda root: find(root, path).attrib.update(attributes)


def say(path: str, text: str) -> Edit:
    def edit(root: etree._Element) -> None:
        find(root, path).text = text

    return edit


def drop(path: str) -> Edit:
    def edit(root: etree._Element) -> None:
        element = find(root, path)
        element.getparent().remove(element)

    return edit


def add(path: str, tag: str, **attributes: str) -> Edit:
    def edit(root: etree._Element) -> None:
        etree.SubElement(find(root, path), tag, attributes)

    return edit


def double(path: str) -> Edit:
    """A second element like this one, without its ids."""

    def edit(root: etree._Element) -> None:
        element = find(root, path)
        twin = copy.deepcopy(element)
        for part in twin.iter():
            part.attrib.pop(names.WSU_ID, None)
        element.addprevious(twin)

    return edit


def all_of(*edits: Edit) -> Edit:
    def edit(root: etree._Element) -> None:
        for one in edits:
            one(root)

    return edit
