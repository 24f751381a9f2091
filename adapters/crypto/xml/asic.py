"""Manifest of an ASiC-E container (ETSI EN 319 162-1, 4.4): OpenDocument's list of its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.xml.shape import exactly, misshapen
from adapters.crypto.xml.strict_xml import MIB, Limits, canonical, parse
from gateway.trust.trust_policy import Rejection

MEDIA_TYPE: Final = "application/vnd.etsi.asic-e+zip"
LIMITS: Final = Limits(
    max_bytes=4 * MIB, max_nodes=10_002, max_depth=4, max_attributes_total=20_100, max_namespaces_total=4
)

_M = f"{{{names.MANIFEST}}}"


def write_manifest(files: Mapping[str, str]) -> bytes:
    """Return the manifest of ``files`` (name → media type), in exclusive C14N."""
    root = etree.Element(f"{_M}manifest", {f"{_M}version": "1.2"}, nsmap={"manifest": names.MANIFEST})
    for name, media_type in [("/", MEDIA_TYPE), *files.items()]:
        etree.SubElement(root, f"{_M}file-entry", {f"{_M}full-path": name, f"{_M}media-type": media_type})
    return canonical(root)


def read_manifest(octets: bytes) -> dict[str, str]:
    """Parse a manifest into media types by file name. Raises `Rejection`, also for a repeated name."""
    root = parse(octets, LIMITS)
    if root.tag != f"{_M}manifest":
        misshapen(root, "another document element")
    found: dict[str, str] = {}
    entries = exactly(root, *[f"{_M}file-entry"] * len(root), attributes=frozenset({f"{_M}version"}))
    for entry in entries:
        exactly(entry, attributes=frozenset({f"{_M}full-path", f"{_M}media-type"}))
        name = entry.get(f"{_M}full-path", "")
        if name in found:
            raise Rejection("verify.reference", where="file-entry", detail=f"{name[:100]} is listed twice")
        found[name] = entry.get(f"{_M}media-type", "")
    if found.pop("/", None) != MEDIA_TYPE:
        misshapen(root, "the container's own type")
    return found
