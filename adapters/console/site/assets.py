"""Files that pages load: style, script and font. Each has its digest in its address, and is kept for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import version
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Final

import fontpkg
from flask import Blueprint, Response, abort

from adapters.console.site.access import Everybody, needs

blueprint = Blueprint("assets", __name__)

_FONT: Final = "IBM Plex Sans Arabic"
_FONTS: Final = {"plex-400.woff2": 400, "plex-600.woff2": 600}
"""Weights by the names of the files."""
_SIGNS: Final = (
    range(0x20, 0x250),
    range(0x600, 0x700),
    range(0x2000, 0x206F),
    range(0x2190, 0x21FF),
    range(0xFB50, 0xFE00),
    range(0xFE70, 0xFF00),
)
_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "woff2": "font/woff2"}


@dataclass(frozen=True)
class Asset:
    """File, and the address under which it may be kept for ever.

    ``digest`` tells its octets from those of another version. They are made at the first request, since a page needs
    the address alone.
    """

    name: str
    digest: str
    make: Callable[[], bytes]
    _making: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def address(self) -> str:
        return f"/assets/{self.digest}/{self.name}"

    @property
    def octets(self) -> bytes:
        # A request that comes while the octets are made waits for them.
        with self._making:
            return self._made

    @cached_property
    def _made(self) -> bytes:
        return self.make()


@cache
def asset(name: str) -> Asset:
    """Return an asset by its name. Raises `LookupError` if there is none."""
    if name in _FONTS:
        return _font(name, _FONTS[name])
    if name not in ("console.js", "console.css"):
        raise LookupError(name)
    octets = files("adapters.console").joinpath("assets", name).read_bytes()
    for font in _FONTS if name == "console.css" else ():
        octets = octets.replace(f"/assets/{font}".encode(), asset(font).address.encode())
    return Asset(name, _digest(octets), lambda: octets)


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def _font(name: str, weight: int) -> Asset:
    """Return the packaged font as WOFF2, with the signs of our languages; its version is that of what it is made of."""
    path = fontpkg.path(_FONT, weight=weight)
    digest = _digest(Path(path).read_bytes(), version("fonttools").encode(), repr(_SIGNS).encode())
    return Asset(name, digest, lambda: _subset(path))


def _subset(path: str) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    with TTFont(path, recalcTimestamp=False) as font:
        options = subset.Options(layout_features=["*"], drop_tables=["meta", "DSIG"])
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[sign for signs in _SIGNS for sign in signs])
        subsetter.subset(font)
        font.flavor = "woff2"
        octets = BytesIO()
        font.save(octets)
    return octets.getvalue()


@blueprint.get("/assets/<digest>/<name>")
@needs(Everybody)
def file(digest: str, name: str) -> Response:
    """Return an asset. Another digest than the present one is an asset of another version: 404."""
    try:
        found = asset(name)
    except LookupError:
        abort(404)
    if digest != found.digest:
        abort(404)
    response = Response(found.octets, content_type=_TYPES[name.rpartition(".")[2]])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
