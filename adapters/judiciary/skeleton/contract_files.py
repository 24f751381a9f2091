"""Files of a contract: the one that is named, with all files of its folder that it leads to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

MAX_FILES: Final = 100
MAX_BYTES: Final = 8 * 1024 * 1024

_LOCATIONS: Final = ("schemaLocation", "location")
_LOADED: Final = frozenset({"import", "include", "redefine"})


def xml_files(contract: Path) -> list[Path]:
    """Return a WSDL or XSD and the files that it imports. Raises `GatewayError` ``profile.contract``."""
    return _closure(contract, _xml_names)


def json_files(contract: Path) -> list[Path]:
    """Return an OpenAPI document and the files that it refers to. Raises `GatewayError` ``profile.contract``."""
    if contract.suffix.lower() in (".yaml", ".yml"):
        detail = "YAML is not read: convert the document to JSON, which says the same"
        raise GatewayError("profile.contract", where=str(contract), detail=detail)
    return _closure(contract, _json_names)


def parsed_xml(path: Path) -> etree._Element:
    """Return the document element of a file. Raises `GatewayError` ``profile.contract``; a DTD is refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(_octets(path), parser).getroottree()
    except etree.LxmlError as error:
        raise GatewayError("profile.contract", where=str(path), detail=words_of(error)) from error
    if tree.docinfo.internalDTD is not None:
        raise GatewayError("profile.contract", where=str(path), detail="it has a DTD")
    root: etree._Element = tree.getroot()
    return root


def _closure(contract: Path, names: Callable[[Path], Iterator[str]]) -> list[Path]:
    root, waiting = contract.resolve().parent, [contract.resolve()]
    for path in waiting:
        if len(waiting) > MAX_FILES:
            raise GatewayError("profile.contract", where=str(contract), detail=f"more than {MAX_FILES} files")
        for name in names(path):
            try:
                parts = urlsplit(name)
                there = (path.parent / unquote(parts.path)).resolve()
            except ValueError as error:
                detail = f"it leads to {name[:200]}, which is no address of a file"
                raise GatewayError("profile.contract", where=str(path), detail=detail) from error
            if parts.scheme or parts.netloc or not there.is_relative_to(root):
                detail = f"it leads to {name[:200]}, outside its folder: put that file beside it, and its name into it"
                raise GatewayError("profile.contract", where=str(path), detail=detail)
            if there not in waiting:
                waiting.append(there)
    return waiting


def _xml_names(path: Path) -> Iterator[str]:
    for element in parsed_xml(path).iter("{*}*"):
        if etree.QName(element).localname in _LOADED:
            yield from filter(None, map(element.get, _LOCATIONS))


def _json_names(path: Path) -> Iterator[str]:
    try:
        waiting: list[Any] = [json.loads(_octets(path))]
    except (ValueError, RecursionError) as error:
        raise GatewayError("profile.contract", where=str(path), detail=words_of(error)) from error
    for each in waiting:
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        waiting += [part for part in inner if isinstance(part, dict | list)]
        reference = each.get("$ref") if isinstance(each, dict) else None
        if isinstance(reference, str) and (file := reference.partition("#")[0]):
            yield file


def _octets(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise GatewayError("profile.contract", where=str(path), detail=f"more than {MAX_BYTES} octets")
        return path.read_bytes()
    except OSError as error:
        raise GatewayError("profile.contract", where=str(path), detail=words_of(error)) from error
