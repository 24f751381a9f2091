"""Findings of errors in a file name the key, in the reader's language, and say what is wanted."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import typer

from adapters.archive import zip_writer
from adapters.cli.notices.notice_report import _day
from adapters.settings import load
from adapters.settings.gateway_file import GatewaySection
from adapters.settings.legal_folder import legal_files
from adapters.settings.mistakes import _WORDS as MISTAKES
from adapters.settings.values import Seconds, Section
from gateway.audit.audit import Finding, SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.legal.legal_file import LegalFile, LegalTable
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import _WORDS as MEANINGS
from gateway.runtime.plain_words import told
from gateway.runtime.verdict import Verdict

PERSIAN = re.compile("[آ-ی]")


class Sample(Section):
    """A file of a few keys."""

    wait_seconds: Seconds
    name: str = "x"


def persian(error: GatewayError) -> str:
    assert error.found is not None, f"{error} is in English alone"
    assert error.detail == error.found.en
    assert PERSIAN.search(error.found.fa)
    return error.found.fa


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("wait_secondz = 3", "wait_seconds"),
        ("wait_seconds = 'x'", "wait_seconds"),
        ("wait_seconds = -1", "ثانیه"),
        ("name = 'a'", "wait_seconds"),
        ("wait_seconds = 3\nname = 4", "name"),
        ("wait_seconds = 3\nname = ", "="),
    ],
)
def test_a_mistake_in_the_configuration(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refused:
        load(file, Sample)
    assert named in persian(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as refused:
        load(tmp_path / "gateway.toml", GatewaySection)
    assert "نیست" in persian(refused.value)
    with pytest.raises(GatewayError) as refused:
        legal_files(tmp_path)
    assert "*.toml" in persian(refused.value)


@pytest.mark.parametrize("text", ["[a]\nb = 3", "[a]\nb = 'c'\nd = 1", "[a]"])
def test_a_mistake_in_a_file_of_rules(text: str) -> None:
    table = LegalTable.of(LegalFile(name="rules.toml", octets=text.encode())).table("a")

    def read() -> None:
        table.text("b")
        table.end()

    with pytest.raises(GatewayError) as refused:
        read()
    persian(refused.value)


def test_a_segment_names_check_and_place_in_persian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = SegmentAudit(file="0-1.zip")
    audit.findings.append(Finding(check=Check.TREE, verdict=Verdict.FAILED, subject="record 7", reason="another root"))

    class Opened:
        def __init__(self, *_: object) -> None: ...

        def __enter__(self) -> Opened:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(zip_writer, "ZipSegment", Opened)
    monkeypatch.setattr(zip_writer, "audit_segment", lambda *_: audit)
    with pytest.raises(GatewayError) as refused:
        zip_writer.assert_good(tmp_path, "0-1.zip", lambda *_: None)  # type: ignore[arg-type]
    assert "record 7" in persian(refused.value)
    assert "درخت رکوردها" in persian(refused.value)


@pytest.mark.parametrize("words", [*MISTAKES.values(), *MEANINGS.values(), told(OSError(28, "No space left"))])
def test_every_meaning_has_both_languages(words: Words) -> None:
    assert not PERSIAN.search(words.en)
    assert PERSIAN.search(words.fa)
    assert sorted(re.findall(r"\{\w+\}", words.en)) == sorted(re.findall(r"\{\w+\}", words.fa))


def test_a_wrong_day_of_a_report_names_its_option() -> None:
    with pytest.raises(typer.BadParameter) as refused:
        _day("1405/13/01", date(2026, 11, 30), "--until")
    assert refused.value.param_hint == "--until"
