"""Web pages in the place of an answer: a proxy, a gateway or the web server made them, and no service."""

from __future__ import annotations

import re
from typing import Final

_PAGE: Final = re.compile(
    rb"\s*(<\?xml[^>]{0,200}\?>\s*)?(<!--.{0,2000}?-->\s*)?<(!doctype\s+html|html)\b", re.I | re.S
)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_START: Final = 4096
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})


def is_web_page(octets: bytes, status: int, media_type: str) -> bool:
    """Return True for octets that failed verification and are a page of HTML.

    Many servers send an answer with a wrong media type, so what an answer may be is never judged by that alone. With
    status 200 and a media type of XML the octets claim to be an answer: they are no page, whatever they say.
    """
    is_html = media_type in _HTML
    if status == 200 and not is_html and "xml" in media_type:
        return False
    begins_as_page = _PAGE.match(octets[:_START].removeprefix(_BYTE_ORDER_MARK)) is not None
    return begins_as_page or (is_html and b"Envelope" not in octets)
