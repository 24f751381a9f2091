"""Print certificates: tagged Persian PDFs (PDF/UA-1); that of service with its code.

Typst makes a file from `certificate.typ` or `outages.typ` and from the texts of `gateway.certificate`, which it never
reads as markup. Nothing is fetched, and no font of the machine is used.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import segno
import typst

from adapters.certificate.plain_font import plain_font
from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.certificate_words import page_words
from gateway.certificate.notice_standing import NOTHING_BESIDE, Standing
from gateway.certificate.outage_certificate import PlacedOutages
from gateway.certificate.outage_words import outage_page_words
from gateway.evidence.particulars import Particulars
from gateway.notice.legal_effect import RULES
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError

_SERVICE: Final = "certificate.typ"
_OUTAGES: Final = "outages.typ"
_PARTS: Final = "parts.typ"
_WEIGHTS: Final = (400, 600, 700)
LEAST_SIDE: Final = 65.0
"""Least side of the code in millimetres, without its quiet zone."""

MODULE: Final = 0.5
"""Least side of one module in millimetres, so that a telephone reads it from paper."""

_QUIET_ZONE: Final = 4
"""Modules of white around the code (ISO/IEC 18004)."""


def printed_page(
    printed: PrintedCertificate,
    particulars: Particulars,
    fingerprint: str,
    rules: Mapping[str, Words] = RULES,
    standing: Standing = NOTHING_BESIDE,
) -> bytes:
    """Return the PDF of a certificate.

    ``particulars`` are those of the sealed notice, with the recipient's identifier. ``fingerprint`` is that of the
    log's key; ``rules`` has the titles of rules of service by code; ``standing`` is that of the notice when it was
    issued. Raises `GatewayError` ``certificate.print`` for a text that the font cannot show.
    """
    words = page_words(printed, particulars, fingerprint, rules, standing)
    code = segno.make(printed.text, error="l", micro=False, boost_error=True)
    modules = code.symbol_size(border=0)[0]
    side = max(LEAST_SIDE, modules * MODULE) * (modules + 2 * _QUIET_ZONE) / modules
    svg = io.BytesIO()
    code.save(svg, kind="svg", border=_QUIET_ZONE, omitsize=True, light="#fff", xmldecl=False)
    inputs = {"data": json.dumps(words, ensure_ascii=False), "qr": svg.getvalue().decode(), "side": f"{side:.2f}mm"}
    return _compiled(_SERVICE, inputs, printed.certificate.issued_at, printed.certificate.notice)


def printed_outages(placed: PlacedOutages, fingerprint: str) -> bytes:
    """Return the PDF of a certificate of outages. Raises as `printed_page`."""
    words = outage_page_words(placed, fingerprint)
    inputs = {"data": json.dumps(words, ensure_ascii=False)}
    return _compiled(_OUTAGES, inputs, placed.certificate.issued_at, placed.certificate.id)


def _compiled(name: str, inputs: Mapping[str, str], at: datetime, about: str) -> bytes:
    with TemporaryDirectory() as folder:
        for number, font in enumerate(_fonts()):
            (Path(folder) / f"{number}.ttf").write_bytes(font)
        for each in (name, _PARTS):
            (Path(folder) / each).write_bytes(files(__package__ or "").joinpath(each).read_bytes())
        try:
            made, warnings = typst.compile_with_warnings(
                Path(folder) / name,
                font_paths=[Path(folder)],
                ignore_system_fonts=True,
                sys_inputs=dict(inputs),
                pdf_standards="ua-1",
                timestamp=at.replace(microsecond=0),
                format="pdf",
            )
        except typst.TypstError as error:
            # Its message quotes the text, which may be a name.
            raise GatewayError("certificate.print", where=about) from error
    # A font that is not found is a warning, and leaves a page without letters.
    if warnings or not isinstance(made, bytes):
        raise GatewayError("certificate.print", where=about, detail=f"{len(warnings)} warnings")
    return made


@cache
def _fonts() -> tuple[bytes, ...]:
    """Make the font once: that takes longer than a page."""
    with TemporaryDirectory() as folder:
        return tuple(plain_font(weight, Path(folder)).read_bytes() for weight in _WEIGHTS)
