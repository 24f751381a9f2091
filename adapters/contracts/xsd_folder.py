"""XML schemas of one folder, read by xmlschema. Nothing outside the folder is ever read.

The files are read here, without a DTD. xmlschema opens none itself: it knows them by names that are made up here.
"""

from __future__ import annotations

import io
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import OpenerDirector

from lxml import etree
from xmlschema import LocationSchemaLoader, XMLSchema10, XMLSchemaException, XMLSchemaParseError, XsdGlobals

from adapters.crypto.schema.schema_cost import MAX_STEPS, steps
from gateway.notice.profile_version import is_left_out
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

MAX_FILES: Final = 50
MAX_BYTES: Final = 4 * 1024 * 1024

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_BASE: Final = "file:///contract/"
_EMPTY: Final = '<schema xmlns="http://www.w3.org/2001/XMLSchema"/>'
_IMPORTS: Final = (f"{_XS}import", f"{_XS}include", f"{_XS}redefine")
_UNREADABLE: Final = (XMLSchemaException, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError,
                      ValueError, RecursionError)  # fmt: skip
"""Exceptions of xmlschema for a schema in which names lead to parts of another kind."""

_UNREAD: Final = (f"{_XS}pattern", f"{_XS}key", f"{_XS}keyref", f"{_XS}unique", f"{_XS}annotation")
"""Parts against which no mapping is checked; xmlschema would compile them."""


def schemas_of(contract: Path) -> XsdGlobals:
    """Return the schemas of an XSD or a WSDL with those that they import from the contract's folder.

    A name that leads out of the folder, or to nothing, is left unknown. Raises `GatewayError` ``mapping.contract``.
    """
    schemas = dict[str, etree._Element]()
    for number, (path, root) in enumerate(_files(contract).items()):
        named = {f"{_BASE}{number}-{place}.xsd": schema for place, schema in enumerate(root.iter(f"{_XS}schema"))}
        if not named:
            raise _wrong(path, "no schema in it")
        schemas |= named
    if (work := steps(schemas.values())) > MAX_STEPS:
        raise _wrong(contract, f"its content models take {work:.0e} steps, and may take {MAX_STEPS:.0e}")
    for schema in schemas.values():
        etree.strip_elements(schema, *_UNREAD, with_tail=False)
    try:
        return _built(tuple((name, etree.tostring(schema)) for name, schema in schemas.items()))
    except XMLSchemaParseError as error:
        raise _wrong(contract, f"{error.path}: {error.message[:200]}") from error
    except _UNREADABLE as error:
        raise _wrong(contract, words_of(error)) from error


@lru_cache(maxsize=8)
def _built(schemas: tuple[tuple[str, bytes], ...]) -> XsdGlobals:
    """Build the schemas. Raises `XMLSchemaParseError` if one is invalid by the schema of schemas."""
    empty = XMLSchema10(
        _EMPTY,
        validation="lax",
        base_url=_BASE,
        allow="sandbox",
        defuse="always",
        opener=_Opener(dict(schemas)),
        loader_class=LocationSchemaLoader,
        use_fallback=False,
        build=False,
    )
    maps = _UncheckedMaps(copy(empty), parent=empty.maps.parent, settings=empty.maps.settings)
    for name, _ in schemas:
        maps.loader.load_schema(name)
    for schema in maps.owned_schemas:
        if schema.errors:
            raise schema.errors[0]
    maps.build()
    return maps


class _UncheckedMaps(XsdGlobals):
    """Schemas without a check of content models, which libxml2 judges: xmlschema takes minutes for one of some thousand
    elements.
    """

    __slots__ = ()

    def check(self, schemas: Any = None) -> None:
        """Compare no elements of a model with each other."""


class _Opener(OpenerDirector):
    """Opener of files that were read before, and of nothing else."""

    def __init__(self, octets: dict[str, bytes]) -> None:
        super().__init__()
        self._octets = octets

    def open(self, fullurl: Any, data: Any = None, timeout: float | None = None) -> IO[bytes]:  # noqa: ARG002
        return io.BytesIO(self._octets[fullurl])


def _files(contract: Path) -> dict[Path, etree._Element]:
    """Return the contract and all files of its folder that it leads to, which import each other by numbers."""
    folder, waiting, found = contract.parent.resolve(), [contract.resolve()], dict[Path, etree._Element]()
    for path in waiting:
        if len(waiting) > MAX_FILES:
            raise _wrong(contract, f"more than {MAX_FILES} files")
        if not path.is_relative_to(folder):
            raise _wrong(path, "outside the contract's folder")
        if is_left_out(path.relative_to(folder)):
            raise _wrong(path, "a dot in front: the profile leaves it out")
        found[path] = _parsed(path)
        for outside in list(found[path].iter(*_IMPORTS)):
            location = urlsplit(outside.get("schemaLocation", ""))
            local = (path.parent / unquote(location.path)).resolve()
            # A file elsewhere is another's: any name in it may be anything.
            if location.path and not location.scheme and not location.netloc and local.is_relative_to(folder):
                if local not in waiting:
                    waiting.append(local)
                outside.set("schemaLocation", f"{waiting.index(local)}-0.xsd")
            elif outside.tag == f"{_XS}import":
                outside.attrib.pop("schemaLocation", "")
            elif (schema := outside.getparent()) is not None:
                schema.remove(outside)
    return found


def _parsed(path: Path) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        tree = etree.parse(str(path), parser)
    except (OSError, etree.LxmlError, ValueError) as error:
        raise _wrong(path, words_of(error)) from error
    if tree.docinfo.internalDTD is not None:
        raise _wrong(path, "it has a DTD")
    return tree.getroot()


def _wrong(path: Path, detail: str) -> GatewayError:
    return GatewayError("mapping.contract", where=str(path), detail=detail)
