"""Sample papers in properly shaped Persian: PDFs that name body, kind, case and recipients, and are marked.

fpdf2 needs some 50 ms to load and subset the fonts, and 15 ms for a page of text. Therefore many papers are set in one
document: once the frame (headings and text) of each body and kind, and a short page of fields for each paper. pikepdf
then joins frame and fields. Equal arguments give equal bytes.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import jdatetime
import pikepdf
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from PIL import Image

from adapters.certificate.plain_font import plain_font
from adapters.sandbox.cases.texts import text_of

MOST_RECIPIENTS: Final = 3

_MADE = "D:20260203043000Z"
_MARGIN, _LINE, _BELOW_HEAD = 22.0, 6.6, 61.0
_GREY, _RED, _INK = (110, 110, 110), (178, 34, 34), (25, 25, 25)
_MARK = "نمونه ساختگی"
_WARNING = "این سند برای آزمایش نرم‌افزار ساخته شده است؛ اشخاص و پرونده آن ساختگی‌اند و هیچ اثر حقوقی ندارد."
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersianPaper:
    """Paper to be set.

    ``body`` and ``kind`` are codes, ``title`` and ``kind_title`` their Persian titles. Digits are Latin. ``recipients``
    are one to `MOST_RECIPIENTS` names. ``scan_grain`` 0 makes one page; 1 to 3 add a page with a picture like a scan's,
    the larger the grainier.
    """

    body: str
    kind: str
    title: str
    kind_title: str
    case_number: str
    paper_number: str
    district: str
    subject: str
    issued_on: jdatetime.date
    hearing_on: jdatetime.date | None
    revision: int
    recipients: tuple[str, ...]
    scan_grain: int

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield label and value of each field, in the order of the page, with Persian digits."""
        yield "مرجع صادرکننده", self.title
        yield "شهرداری", self.district.translate(_PERSIAN_DIGITS)
        yield "شماره پرونده", self.case_number.translate(_PERSIAN_DIGITS)
        yield "شماره برگه", self.paper_number.translate(_PERSIAN_DIGITS)
        yield "تاریخ صدور", _day(self.issued_on)
        if self.hearing_on is not None:
            yield "تاریخ جلسه", _day(self.hearing_on)
        if self.revision > 1:
            yield "نوبت", str(self.revision).translate(_PERSIAN_DIGITS)
        yield "موضوع", self.subject
        for number, name in enumerate(self.recipients, start=1):
            several = f" {number}".translate(_PERSIAN_DIGITS) if len(self.recipients) > 1 else ""
            yield f"مخاطب{several}", name


def set_papers(papers: Sequence[PersianPaper]) -> list[bytes]:
    """Return a PDF for each paper; equal ones are made once."""
    with TemporaryDirectory() as fonts:
        pages = _Pages(Path(fonts))
        numbers = {paper: (pages.frame(paper), pages.fields(paper), pages.scan(paper)) for paper in papers}
        octets = bytes(pages.output())
    with pikepdf.open(io.BytesIO(octets)) as source:
        made = {paper: _joined(source, *of_paper) for paper, of_paper in numbers.items()}
    return [made[paper] for paper in papers]


def _joined(source: pikepdf.Pdf, frame: int, fields: int, scan: int | None) -> bytes:
    """Return a document of a frame with its fields, and of a scan; numbers are those of the source's pages, from 0."""
    with pikepdf.new() as pdf, io.BytesIO() as out:
        pdf.pages.append(source.pages[frame])
        # Field pages use no font that the frame does not use.
        pdf.pages[0].contents_add(source.pages[fields].Contents.read_bytes())
        if scan is not None:
            pdf.pages.append(source.pages[scan])
        pdf.docinfo["/Title"] = _MARK
        pdf.docinfo["/CreationDate"] = _MADE
        pdf.Root.Lang = pikepdf.String("fa")
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


def _day(day: jdatetime.date) -> str:
    return f"{day.year:04}/{day.month:02}/{day.day:02}".translate(_PERSIAN_DIGITS)


class _Pages(FPDF):
    """A4 pages, right to left. A method makes a page, or finds the one that it made before, and returns its index."""

    def __init__(self, fonts: Path) -> None:
        super().__init__(format="A4")
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(False)
        self.add_font("paper", "", plain_font(400, fonts))
        self.add_font("paper", "B", plain_font(700, fonts))
        self.set_text_shaping(True, direction="rtl", script="arab", language="fas")
        self._frames: dict[tuple[str, str], int] = {}
        self._scans: dict[int, int] = {}

    def frame(self, paper: PersianPaper) -> int:
        """Return the page of everything that the papers of one body and kind have in common."""
        key = (paper.body, paper.kind)
        if key not in self._frames:
            self._frames[key] = self._new_page()
            self._head(paper.title, paper.kind_title)
            self.set_y(_BELOW_HEAD + (7 + MOST_RECIPIENTS) * _LINE + 3)  # room for every field
            self.set_draw_color(*_GREY)
            self.line(_MARGIN, self.get_y(), self.w - _MARGIN, self.get_y())
            self.ln(5)
            for paragraph in text_of(paper.body, paper.kind):
                self._ink(size=12)
                self.multi_cell(0, 8, paragraph, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
                self.ln(2.5)
            self._signature(paper.title)
        return self._frames[key]

    def fields(self, paper: PersianPaper) -> int:
        page = self._new_page()
        self.set_y(_BELOW_HEAD)
        for label, value in paper.fields():
            self._line(f"{label}: {value}", size=11, align=Align.R, height=_LINE)
        return page

    def scan(self, paper: PersianPaper) -> int | None:
        """Return a page with a page-wide picture: light paper, darker towards one edge, with the grain that makes scans
        large.
        """
        grain = paper.scan_grain
        if grain and grain not in self._scans:
            self._scans[grain] = self._new_page()
            self._frame_of_page()
            self._line("پیوست: تصویر نمونه", size=12, align=Align.C, height=9)
            self.ln(2)
            width, height = 300 + 100 * grain, 400 + 130 * grain
            grains = random.Random(grain).randbytes(width * height)  # noqa: S311 (a picture, not a key)
            noise = Image.frombytes("L", (width, height), grains).point(lambda v: 200 + (v & 7) * 4)
            shade = Image.linear_gradient("L").resize((width, height)).point(lambda v: 255 - v // 5)
            self.image(Image.blend(noise, shade, 0.5), x=_MARGIN, w=self.w - 2 * _MARGIN)
        return self._scans.get(grain)

    def _new_page(self) -> int:
        self.add_page()
        return int(self.page) - 1

    def _frame_of_page(self) -> None:
        """Mark the page as a sample's, above and below."""
        self.set_y(-_MARGIN)
        self._line(_WARNING, size=8, colour=_GREY, align=Align.C, height=5)
        self.set_y(_MARGIN)
        self._line(_MARK, size=11, style="B", colour=_RED, align=Align.C, height=8)
        self.set_draw_color(*_RED)
        self.line(_MARGIN, self.get_y(), self.w - _MARGIN, self.get_y())
        self.ln(6)

    def _head(self, title: str, kind_title: str) -> None:
        self._frame_of_page()
        self._line(title, size=17, style="B", align=Align.C, height=11)
        self._line(kind_title, size=13, align=Align.C, height=9)

    def _signature(self, title: str) -> None:
        self.ln(8)
        self._line(f"دبیرخانه {title}", size=11.5, style="B", align=Align.L, height=8)
        self._line("محل مهر و امضا (نمونه)", size=10.5, colour=_GREY, align=Align.L, height=7)

    def _line(
        self, text: str, *, size: float, align: Align, height: float, style: str = "", colour: tuple[int, ...] = _INK
    ) -> None:
        self._ink(size, style, colour)
        self.cell(0, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _ink(self, size: float, style: str = "", colour: tuple[int, ...] = _INK) -> None:
        self.set_font("paper", style, size)
        self.set_text_color(*colour)
