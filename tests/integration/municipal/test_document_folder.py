"""Papers as files below a folder: no name leads out of it, and no half of a file is taken."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.municipal.document_folder import DocumentFolder
from adapters.shipped.resources import ROOT
from gateway.notice.notice import MAX_DOCUMENT_BYTES
from gateway.runtime.errors import GatewayError
from tests.papers import PDF


@dataclass(frozen=True)
class Name:
    text: str
    code: str


@pytest.mark.parametrize(
    "name",
    [
        Name("/etc/hostname", "document.file-name"),
        Name("../outside.pdf", "document.file-name"),
        Name("1404/../../outside.pdf", "document.file-name"),
        Name("C:\\papers\\one.pdf", "document.file-name"),
        Name("x" * 300, "document.file-name"),
        Name("  ", "document.file-name"),
        Name("1404", "document.file-missing"),
        Name("1404/one.pdf/", ""),
        Name("linked.pdf", "document.file-missing"),
        Name("inner.pdf", "document.file-missing"),
        Name("linked/outside.pdf", "document.file-missing"),
        Name("pipe", "document.file-missing"),
        Name("1404/one.pdf/two.pdf", "document.file-missing"),
        Name("./1404//one.pdf", ""),
    ],
)
def test_no_name_leads_out_of_the_folder(papers: Path, name: Name) -> None:
    (papers.parent / "outside.pdf").write_bytes(PDF)
    (papers / "linked.pdf").symlink_to(papers.parent / "outside.pdf")
    (papers / "inner.pdf").symlink_to(papers / "1404" / "one.pdf")
    (papers / "linked").symlink_to(papers.parent, target_is_directory=True)
    os.mkfifo(papers / "pipe")
    if not name.code:
        assert DocumentFolder(papers).read(name.text) == PDF
        return
    with pytest.raises(ValueError, match=name.code):
        DocumentFolder(papers).read(name.text)


def test_a_persian_name_is_found_under_any_locale(papers: Path) -> None:
    (papers / "۱۴۰۴").mkdir()
    (papers / "۱۴۰۴" / "برگه.pdf").write_bytes(PDF)
    program = (
        "import sys; from pathlib import Path; from adapters.municipal.document_folder import DocumentFolder\n"
        "sys.stdout.buffer.write(DocumentFolder(Path(sys.argv[1])).read('\\u06f1\\u06f4\\u06f0\\u06f4/"
        "\\u0628\\u0631\\u06af\\u0647.pdf'))"
    )
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", program, str(papers)]
    assert subprocess.run(command, cwd=ROOT, env=locale, capture_output=True, check=True).stdout == PDF


def test_a_file_that_changes_while_it_is_read_is_not_taken(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, read = papers / "1404" / "one.pdf", os.read

    def changing(descriptor: int, size: int) -> bytes:
        octets = read(descriptor, size)
        file.write_bytes(PDF + b"more")
        return octets

    monkeypatch.setattr(os, "read", changing)
    with pytest.raises(ValueError, match=r"document\.file-changed"):
        DocumentFolder(papers).read("1404/one.pdf")


def test_a_large_file_is_read_up_to_the_limit(papers: Path) -> None:
    (papers / "large.pdf").write_bytes(bytes(MAX_DOCUMENT_BYTES + 1000))
    assert len(DocumentFolder(papers).read("large.pdf")) == MAX_DOCUMENT_BYTES + 1


def test_a_folder_that_is_away_stops_the_source_and_refuses_no_row(papers: Path) -> None:
    with pytest.raises(GatewayError, match=r"document_folder.*\[source\.unavailable\]"):
        DocumentFolder(papers / "away").check()
