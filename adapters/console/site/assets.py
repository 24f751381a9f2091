"""Files that pages load: style, script and font. Each has its digest in its address, and is kept for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

import fontpkg
from flask import Blueprint, Response, abort
from fontTools import subset
from fontTools.ttLib import TTFont

from adapters.console.site.access import Everybody, needs

blueprint = Blueprint("assets", __name__)

_FONT: Final = "IBM Plex Sans Arabic"
_WEIGHTS: Final = (400, 600)
_SIGNS: Final = (
    range(0x20, 0x250),
    range(0x600, 0x700),
    range(0x2000, 0x206F),
    range(0x2190, 0x21FF),
    range(0xFB50, 0xFE00),
    range(0xFE70, 0xFF00),
)
_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "woff2": "font/woff2"}


@dataclass(frozen=True, slots=True)
class Asset:
    """File, and the address under which it may be kept for ever."""

    name: str
    octets: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.octets).hexdigest()[:16]

    @property
    def address(self) -> str:
        return f"/assets/{self.digest}/{self.name}"


@cache
def asset(name: str) -> Asset:
    """Return an asset by its name. Raises `LookupError` if there is none."""
    if name in (fonts := {f"plex-{weight}.woff2": weight for weight in _WEIGHTS}):
        return Asset(name, _font(fonts[name]))
    if name == "console.js":
        return Asset(name, files("adapters.console").joinpath("assets", name).read_bytes())
    if name == "console.css":
        text = files("adapters.console").joinpath("assets", name).read_text(encoding="utf-8")
        for font in fonts:
            text = text.replace(f"/assets/{font}", asset(font).address)
        return Asset(name, text.encode())
    raise LookupError(name)


def _font(weight: int) -> bytes:
    """Return the packaged font as WOFF2, with the signs of our languages."""
    with TTFont(fontpkg.path(_FONT, weight=weight), recalcTimestamp=False) as font:
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
