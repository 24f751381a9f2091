"""WS-Addressing Actions of faults: the standard's, and those that a WSDL states or implies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.crypto.keys.names import WSA

STANDARD: Final = frozenset({f"{WSA}/fault", f"{WSA}/soap/fault"})
"""Actions of faults of WS-Addressing, and of SOAP itself (WS-Addressing 1.0, SOAP Binding, 6)."""

_WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
_ACTIONS: Final = (
    "{http://www.w3.org/2007/05/addressing/metadata}Action",
    "{http://www.w3.org/2006/05/addressing/wsdl}Action",
)


def fault_actions(wsdl: Path, operation: str) -> frozenset[str]:
    """Return the Actions that a fault of an operation may have, by the WSDL files of the folder of ``wsdl``.

    A fault's Action is stated, or follows the default pattern (WS-Addressing 1.0, Metadata, 4.4.5). The files were
    loaded before, and are well-formed.
    """
    return STANDARD | frozenset(_stated(wsdl, operation))


def _stated(wsdl: Path, operation: str) -> Iterator[str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    for path in sorted({wsdl, *wsdl.parent.glob("*.wsdl")}):
        root = etree.parse(str(path), parser).getroot()
        namespace = root.get("targetNamespace", "")
        mark = ":" if namespace.startswith("urn:") else "/"
        for port_type in root.iterfind(f"{_WSDL}portType"):
            for each in port_type.iterfind(f"{_WSDL}operation"):
                if each.get("name") != operation:
                    continue
                for fault in each.iterfind(f"{_WSDL}fault"):
                    named = (port_type.get("name", ""), operation, "Fault", fault.get("name", ""))
                    implied = mark.join([namespace.removesuffix(mark), *named])
                    yield next(filter(None, map(fault.get, _ACTIONS)), implied)
