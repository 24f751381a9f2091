"""Papers that may not be sealed, made by pypdf, by fpdf2 and by hand: the examiner reads them with qpdf."""

from __future__ import annotations

import io
import os
import resource
import signal
import struct
import zlib
from collections.abc import Iterator

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript

from adapters.municipal.papers.examiner import PaperExaminer
from adapters.sandbox.cases.paper import small_paper
from gateway.notice.fields import InvalidField
from gateway.runtime.errors import GatewayError
from tests.papers import PDF, pdf

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def examiner() -> Iterator[PaperExaminer]:
    examiner = PaperExaminer()
    yield examiner
    examiner.close()


def refused(examiner: PaperExaminer, octets: bytes) -> str:
    with pytest.raises(InvalidField) as caught:
        examiner.examine(octets)
    return caught.value.code


def written(writer: PdfWriter) -> bytes:
    with io.BytesIO() as out:
        writer.write(out)
        return out.getvalue()


def copy() -> PdfWriter:
    return PdfWriter(clone_from=PdfReader(io.BytesIO(small_paper("copy"))))


def script() -> bytes:
    writer = copy()
    writer.add_open_action(JavaScript("app.alert('read me elsewhere')"))
    return written(writer)


def attachment() -> bytes:
    writer = copy()
    writer.add_attachment("other.txt", b"another paper")
    return written(writer)


def encrypted(user: str) -> bytes:
    writer = copy()
    writer.encrypt(user_password=user, owner_password="owner", algorithm="AES-256")
    return written(writer)


def in_object_stream(body: bytes, *, members: int = 1) -> bytes:
    """A PDF whose objects from 5 on stand compressed in object 4, as ISO 32000-1, 7.5.7 tells."""
    out, places = io.BytesIO(), {}
    out.write(b"%PDF-1.5\n")
    names = b"".join(b"%d %d " % (6 + member, member * (len(body) + 1)) for member in range(members))
    inside = zlib.compress(names + b" ".join([body] * members), 9)
    bodies = {
        1: b"<</Type/Catalog/Pages 2 0 R/OpenAction 6 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        4: b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
        % (members, len(names), len(inside), inside),
    }
    for number, text in bodies.items():
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, text))
    table = out.tell()
    rows = [(0, 0, 0), *((1, places[number], 0) for number in bodies), (1, table, 0)]
    rows += [(2, 4, member) for member in range(members)]
    octets = b"".join(struct.pack(">BIH", *row) for row in rows)
    out.write(
        b"5 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Root 1 0 R/Length %d>>stream\n%s\nendstream\nendobj\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(rows), len(octets), octets, table)
    )
    return out.getvalue()


JS = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"

REFUSED = {
    "encrypted with a password": (encrypted("user"), "document.encrypted"),
    "encrypted with an empty password": (encrypted(""), "document.encrypted"),
    "encrypted by fpdf2": (small_paper("locked", locked=True), "document.encrypted"),
    "JavaScript by pypdf": (script(), "document.active"),
    "JavaScript when opened": (pdf(catalog=b"/OpenAction" + JS), "document.active"),
    "JavaScript under a name in hexadecimals": (
        pdf(catalog=b"/OpenAction<</S/J#61vaScript/J#53(1)>>"),
        "document.active",
    ),
    "JavaScript in an object stream": (in_object_stream(JS), "document.active"),
    "JavaScript deep in arrays": (pdf(catalog=b"/AA[[[[" + JS + b"]]]]"), "document.active"),
    "JavaScript in an object that nothing names": (pdf(JS), "document.active"),
    "a program that is started": (pdf(catalog=b"/OpenAction<</S/Launch/F(x.exe)>>"), "document.active"),
    "a program whose action refers to its type": (
        pdf(b"/La#75nch", catalog=b"/OpenAction<</S 4 0 R/F(x.exe)>>"),
        "document.active",
    ),
    "a later program whose action refers to its type": (
        pdf(b"/Launch", catalog=b"/OpenAction<</S/URI/URI(http://x/)/Next<</S 4 0 R/F(x.exe)>>>>"),
        "document.active",
    ),
    "a type in an object stream": (in_object_stream(b"/SubmitForm"), "document.active"),
    "rich media that refers to its type": (
        pdf(b"/RichMedia", b"<</Type/Annot/Subtype 4 0 R/Rect[0 0 1 1]>>"),
        "document.active",
    ),
    "an embedded file that refers to its type": (
        pdf(b"/EmbeddedFile", b"<</Type 4 0 R/Length 0>>stream\n\nendstream"),
        "document.attachments",
    ),
    "JavaScript in a catalogue that stands in the trailer": (
        PDF.replace(b"/Root 1 0 R", b"/Root<</Type/Catalog/Pages 2 0 R/OpenAction" + JS + b">>"),
        "document.active",
    ),
    "a form that is sent": (pdf(catalog=b"/OpenAction<</S/SubmitForm/F(http://x/)>>"), "document.active"),
    "a dynamic form": (pdf(catalog=b"/AcroForm<</XFA(x)/Fields[]>>"), "document.active"),
    "rich media": (pdf(b"<</Type/Annot/Subtype/RichMedia/Rect[0 0 1 1]>>"), "document.active"),
    "an embedded file by pypdf": (attachment(), "document.attachments"),
    "a file that a page carries": (pdf(b"<</Subtype/FileAttachment/FS<</EF<<>>>>>>"), "document.attachments"),
    "no table of objects": (b"%PDF-1.7\nnothing\n%%EOF\n", "document.damaged"),
    "no page": (b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF", "document.damaged"),
}


@pytest.mark.parametrize(("octets", "code"), REFUSED.values(), ids=REFUSED)
def test_a_paper_that_is_more_or_less_than_pages_is_refused(examiner: PaperExaminer, octets: bytes, code: str) -> None:
    assert refused(examiner, octets) == code


@pytest.mark.parametrize(
    "octets",
    [
        PDF,
        small_paper("good"),
        pdf(filler=b"/JavaScript /EF"),
        pdf(b"(a text about /JavaScript and /EmbeddedFiles)"),
        pdf(trailer=b"/Info<</Title(how /Launch and /JS work)>>"),
        pdf(b"/GoTo", b"/Link", b"<</Type/Annot/Subtype 5 0 R/A<</S 4 0 R/D[3 0 R/Fit]>>>>"),
        pdf(b"[/Launch/JS](/Launch)", b"<</Creator/JavaScript/Launch 4 0 R>>"),
        in_object_stream(b"<</S/GoTo/D[3 0 R/Fit]>>"),
    ],
)
def test_a_paper_of_pages_passes(examiner: PaperExaminer, octets: bytes) -> None:
    examiner.examine(octets)


@pytest.mark.parametrize(
    ("part", "times", "members"),
    [(b"1 ", 2_000_000, 8), (b"<</A 1>>", 480_000, 8), (b"[" * 400 + b"]" * 400, 5000, 8), (b" ", 100_000_000, 1)],
    ids=["numbers", "dictionaries", "nested arrays", "spaces"],
)
def test_a_small_file_that_needs_gigabytes_is_refused_and_the_next_paper_passes(
    examiner: PaperExaminer, part: bytes, times: int, members: int
) -> None:
    bomb = in_object_stream(b"[" + part * times + b"]", members=members)
    assert len(bomb) < 120_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refused(examiner, bomb) == "document.too-complex"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # kilobytes, of this process
    examiner.examine(PDF)


def test_papers_together_have_the_answers_that_each_has_alone(examiner: PaperExaminer) -> None:
    bomb = in_object_stream(b"[" + b"1 " * 2_000_000 + b"]", members=8)
    active = pdf(JS)
    assert examiner.passing([PDF, active, PDF, b""]) == [True, False, True, False]
    # No answer behind the paper that ends the process: each is examined alone.
    assert examiner.passing([PDF, bomb, PDF, active])[1:] == [False, False, False]
    assert examiner.passing([PDF] * 250) == [True] * 250
    assert refused(examiner, bomb) == "document.too-complex"


def test_a_process_that_somebody_ends_is_started_again(examiner: PaperExaminer) -> None:
    examiner.examine(PDF)
    assert examiner._worker is not None
    os.kill(examiner._worker.pid, signal.SIGKILL)
    examiner.examine(PDF)


def test_where_no_process_starts_no_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    examiner = PaperExaminer()
    with pytest.raises(GatewayError) as caught:
        examiner.examine(PDF)
    examiner.close()
    assert caught.value.code == "paper.not-examined"


def test_the_process_that_reads_papers_has_no_part_of_the_gateway(examiner: PaperExaminer) -> None:
    examiner.examine(PDF)
    assert examiner._worker is not None
    with open(f"/proc/{examiner._worker.pid}/cmdline", "rb") as file:
        assert b"\0-I\0" in file.read()
    with open(f"/proc/{examiner._worker.pid}/limits", encoding="ascii") as file:
        limits = file.read()
    assert "Max file size             0 " in limits
    assert "Max address space         805306368" in limits
