"""Sample papers: PDFs in properly shaped Persian, marked as samples, without the data of any case.

fpdf2 needs some 50 ms for one, so a run makes a few and shares them among its cases. Equal arguments give equal bytes.
"""

from __future__ import annotations

import io
import os
import random
from datetime import UTC, datetime

import fontpkg
import pikepdf
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from PIL import Image

_FAMILY = "IBM Plex Sans Arabic"
_MADE = datetime(2026, 2, 3, 4, 30, tzinfo=UTC)
_MARGIN = 22.0
_GREY, _RED, _INK = (110, 110, 110), (178, 34, 34), (25, 25, 25)

_BODY = (
    "به موجب این برگه به مخاطب یادشده در پرونده اعلام می‌شود که موضوع از سوی مرجع صادرکننده بررسی شده و نتیجه آن به شرح "
    "این برگه است.",
    "مهلت اقدام از تاریخ وصول این ابلاغیه به حساب کاربری آغاز می‌شود؛ روز ابلاغ و روز اقدام جزء مهلت به شمار نمی‌آید "
    "(مواد ۴۴۳ تا ۴۴۶ قانون آیین دادرسی مدنی).",
    "نشانی پیگیری: نرم‌افزار نمونه Eblagh Gateway، بخش ۳، ردیف ۲۷.",
)
_WARNING = "این سند برای آزمایش نرم‌افزار ساخته شده است، به هیچ شخص یا پرونده‌ای مربوط نیست و هیچ اثر حقوقی ندارد."


def paper(*, body: str, kind: str, number: str, scan_grain: int, rng: random.Random) -> bytes:
    """Return a PDF headed by ``body`` and ``kind`` (Persian titles).

    ``scan_grain`` 0 makes one page; 1 to 3 add a page with a picture like a scan's, the larger the grainier.
    """
    pdf = _Paper()
    pdf.add_page()
    pdf.head(body, kind, number)
    for paragraph in _BODY:
        pdf.paragraph(paragraph)
    pdf.signature(body)
    if scan_grain:
        pdf.add_page()
        pdf.scan(scan_grain, rng)
    return bytes(pdf.output())


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


class _Paper(FPDF):
    """An A4 paper, right to left."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_creation_date(_MADE)
        self.set_title("نمونه ساختگی")
        self.set_lang("fa")
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(True, margin=_MARGIN)
        self.add_font("paper", "", fontpkg.path(_FAMILY, weight=400))
        self.add_font("paper", "B", fontpkg.path(_FAMILY, weight=700))
        self.set_text_shaping(True, direction="rtl", script="arab", language="fas")

    def header(self) -> None:
        self._line("نمونه ساختگی", size=11, style="B", colour=_RED, align=Align.C, height=8)
        self.set_draw_color(*_RED)
        self.line(_MARGIN, self.get_y(), self.w - _MARGIN, self.get_y())
        self.ln(6)

    def footer(self) -> None:
        self.set_y(-_MARGIN)
        self._line(_WARNING, size=8, colour=_GREY, align=Align.C, height=5)

    def head(self, body: str, kind: str, number: str) -> None:
        self._line(body, size=17, style="B", align=Align.C, height=11)
        self._line(kind, size=13, align=Align.C, height=9)
        self.ln(4)
        self._line(f"شماره نمونه: {number}", size=11, align=Align.R, height=7)
        self._line("تاریخ: ۱۴۰۴/۱۱/۱۴", size=11, align=Align.R, height=7)
        self.ln(6)

    def paragraph(self, text: str) -> None:
        self._ink(size=12.5)
        self.multi_cell(0, 9, text, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def signature(self, body: str) -> None:
        self.ln(14)
        self._line(f"دبیرخانه {body}", size=11.5, style="B", align=Align.L, height=8)
        self._line("محل مهر و امضا (نمونه)", size=10.5, colour=_GREY, align=Align.L, height=7)

    def scan(self, grain: int, rng: random.Random) -> None:
        """A page-wide picture: light paper, darker towards one edge, with the grain that makes scans large."""
        self._line("پیوست: تصویر نمونه", size=12, align=Align.C, height=9)
        self.ln(2)
        width, height = 300 + 100 * grain, 400 + 130 * grain
        noise = Image.frombytes("L", (width, height), rng.randbytes(width * height)).point(lambda v: 200 + (v & 7) * 4)
        shade = Image.linear_gradient("L").resize((width, height)).point(lambda v: 255 - v // 5)
        self.image(Image.blend(noise, shade, 0.5), x=_MARGIN, w=self.w - 2 * _MARGIN)

    def _line(
        self, text: str, *, size: float, align: Align, height: float, style: str = "", colour: tuple[int, ...] = _INK
    ) -> None:
        self._ink(size, style, colour)
        self.cell(0, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _ink(self, size: float, style: str = "", colour: tuple[int, ...] = _INK) -> None:
        self.set_font("paper", style, size)
        self.set_text_color(*colour)
