"""Small sample PDFs without the data of any case, good and bad.

Equal arguments give equal bytes, but for `sized_paper`.
"""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime

import pikepdf
from fpdf import FPDF

_MADE = datetime(2026, 2, 3, 4, 30, tzinfo=UTC)


def small_paper(title: str, *, locked: bool = False) -> bytes:
    """Return a PDF of a kilobyte, with a Latin ``title``; a ``locked`` one is encrypted and asks for a password."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(_MADE)
    if locked:
        pdf.set_encryption(owner_password="owner", user_password="user")  # noqa: S106 (protects nothing)
    pdf.add_page()
    pdf.set_font("Helvetica", size=14)
    pdf.cell(text=f"SAMPLE {title}")
    return bytes(pdf.output())


def active_paper() -> bytes:
    """Return a small PDF that runs JavaScript when it is opened."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('SAMPLE')")
        return _saved(pdf)


def paper_with_file() -> bytes:
    """Return a small PDF that carries a text file."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["sample.txt"] = pikepdf.AttachedFileSpec(pdf, b"SAMPLE", creation_date="", mod_date="")
        return _saved(pdf)


def sized_paper(size: int) -> bytes:
    """Return a PDF of an empty page and about ``size`` octets that no program makes smaller."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Padding = pdf.make_stream(os.urandom(size))
        return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    with io.BytesIO() as out:
        pdf.save(out, compress_streams=False, deterministic_id=True)
        return out.getvalue()
