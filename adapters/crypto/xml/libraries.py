"""Check of libraries: lxml and xmlsec share trees and memory of libxml2, and two versions of it can crash."""

from __future__ import annotations

import xmlsec
from lxml import etree

from gateway.runtime.errors import GatewayError


def assert_one_libxml2() -> None:
    """Raise `GatewayError` ``setup.libraries`` unless lxml and xmlsec were built on, and run on, one libxml2."""
    versions = {
        "lxml built": etree.LIBXML_COMPILED_VERSION,
        "lxml runs": etree.LIBXML_VERSION,
        "xmlsec built": xmlsec.get_libxml_compiled_version(),
        "xmlsec runs": xmlsec.get_libxml_version(),
    }
    if len(set(versions.values())) > 1:
        found = ", ".join(f"{name} on {'.'.join(map(str, version))}" for name, version in versions.items())
        raise GatewayError("setup.libraries", detail=found)
