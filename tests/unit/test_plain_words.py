"""Persons read plain words: no names of classes, no words of a library for programmers, and what to do about it."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, exc, text
from typer.testing import CliRunner

from adapters.cli.check.configuration import show as show_configuration
from adapters.cli.check.configuration import value_words
from adapters.cli.errors import show_errors
from adapters.cli.evidence.archive import written_words
from adapters.cli.main import app
from adapters.municipal.sql.database_errors import of_database
from adapters.settings import Settings, load
from adapters.settings.config_folder import ConfigFolder
from adapters.shipped.resources import CASE_MAPPING, CONFIG
from adapters.terminal.printing import console, errors, tell
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.plain_words import words_of
from gateway.runtime.toml_file import Malformed, TomlFile

ROOT = Path(__file__).parents[2]
GOOD = (CONFIG / "gateway.toml").read_text(encoding="utf-8")
RAW = re.compile(r"\b[A-Z][a-z]+[A-Za-z]*(?:Error|Exception|Timeout|File)\b|Field required|Input should|Value error")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


def refused(path: Path) -> GatewayError:
    with pytest.raises(GatewayError) as found:
        load(path, Settings)
    assert not RAW.search(str(found.value)), str(found.value)
    return found.value


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("endpiont", "endpoint"),
        ("lifetime_second", "lifetime_seconds"),
        ("anchor", "anchors"),
    ],
)
def test_a_mistyped_key_names_the_key_that_was_meant(path: Path, wrong: str, right: str) -> None:
    path.write_text(re.sub(rf"(?m)^{right} =", f"{wrong} =", GOOD, count=1), encoding="utf-8")
    error = refused(path)
    line = (
        path.read_text(encoding="utf-8")
        .splitlines()
        .index(next(each for each in path.read_text(encoding="utf-8").splitlines() if each.startswith(f"{wrong} =")))
    )
    assert (error.code, error.where) == ("config.unknown-key", f"{path}, line {line + 1}")
    assert f"did you mean {right}?" in error.detail


@pytest.mark.parametrize("section", ["sources.cases", "bodies.article-100", "archive", "gateway"])
def test_a_mistyped_key_is_known_in_every_table(path: Path, section: str) -> None:
    keys = {"sources.cases": "page_rwos", "bodies.article-100": "tilte", "archive": "fodler", "gateway": "stroe"}
    meant = {"page_rwos": "page_rows", "tilte": "title", "fodler": "folder", "stroe": "store"}
    wrong = keys[section]
    path.write_text(GOOD.replace(f"[{section}]", f'[{section}]\n{wrong} = "x"', 1), encoding="utf-8")
    assert f"did you mean {meant[wrong]}?" in refused(path).detail


def test_a_key_like_no_other_is_told_without_a_guess(path: Path) -> None:
    path.write_text(GOOD.replace("[gateway]", "[gateway]\nzzz = 1", 1), encoding="utf-8")
    assert refused(path).detail == "gateway.zzz: there is no such key"


@pytest.mark.parametrize(
    ("octets", "line", "found"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), 1, "byte order mark"),
        (GOOD.encode("utf-16"), 1, "UTF-16"),
        (b'[gateway]\n# x\nname = "' + "شهرداري".encode("cp1256") + b'"\n', 3, "Windows-1256"),
        (b'[gateway]\nname = "\xff"\n', 2, "no UTF-8"),
    ],
    ids=["bom", "utf-16", "windows-1256", "neither"],
)
def test_an_encoding_that_is_not_utf_8_is_told_with_its_line_and_remedy(
    path: Path, octets: bytes, line: int, found: str
) -> None:
    path.write_bytes(octets)
    error = refused(path)
    assert (error.code, error.where) == ("config.encoding", f"{path}, line {line}")
    assert found in error.detail
    assert "UTF-8" in error.entry.remedy
    with pytest.raises(MappingMistaken) as mistaken:
        compile_mapping(octets, "own.toml")
    (mistake,) = mistaken.value.mistakes
    assert (mistake.code, mistake.line) == ("mapping.unreadable", line)
    assert found in mistake.found.en


SYNTAX = {
    "no value": ("name =", 2, 7, "no value behind the sign ="),
    "curly quotes": ("name = \u201cشهر\u201d", 2, 8, "curly quotes"),
    "guillemets": ("name = «شهر»", 2, 8, "curly quotes"),
    "Persian digits": ("stop_seconds = ۳۰", 2, 16, "Latin"),
    "mixed digits": ("stop_seconds = 3۰", 2, 17, "Latin"),
    "no quotes": ("name = city", 2, 8, "a text stands in quotes"),
    "a unit": ("stop_seconds = 30s", 2, 18, "no number, day or time"),
    "a capital": ("requeue = True", 2, 11, "small letters"),
    "none": ("store = None", 2, 9, "leave the key out"),
    "a colon": ("name: 1", 2, 5, "key = value; not a colon"),
    "an open text": ('name = "city', 2, 13, "its last quotes are missing"),
    "an open single text": ("name = 'city", 2, 13, "its last quotes are missing"),
    "a backslash": ('name = "C:\\data"', 2, 13, "write it twice"),
    "an open list": ('names = ["a", "b"\n[service]', 3, 1, "the bracket ] is missing"),
    "an open table": ("names = {a = 1\nb = 2", 2, 15, "the brace } is missing"),
    "an open name": ("[service", 2, 9, "write [name]"),
    "a second table": ("[service]\n[service]", 3, 9, "the table [service] stands here a second time"),
    "a second value": ("name = 1\nname = 2", 3, 9, "name has a value already"),
    "a closed table": ("a = {b = 1}\na.c = 2", 3, 8, "a is complete already"),
    "a Persian key": ("نام = 1", 2, 1, "stands in quotes"),
    "an unseen sign": ("\u200bname = 1", 2, 1, "U+200B"),
    "no such day": ("day = 2026-02-30", 2, 7, "no such day"),
    "two values": ('name = "a" "b"', 2, 12, "one key a line"),
}
RAW_TOML = re.compile(r"Invalid|Expected|Cannot|Unclosed|Unterminated|Unescaped|Illegal|at line|\('")


@pytest.mark.parametrize(("written", "line", "column", "found"), SYNTAX.values(), ids=SYNTAX)
def test_what_is_no_toml_is_told_in_our_words_with_line_and_column(
    path: Path, written: str, line: int, column: int, found: str
) -> None:
    path.write_text(f"[gateway]\n{written}\n", encoding="utf-8")
    error = refused(path)
    assert (error.code, error.where) == ("config.syntax", f"{path}, line {line}, column {column}")
    assert found in error.detail
    assert not RAW_TOML.search(error.detail)
    with pytest.raises(MappingMistaken) as mistaken:
        compile_mapping(path.read_bytes(), "own.toml")
    (mistake,) = mistaken.value.mistakes
    assert (mistake.code, mistake.line) == ("mapping.syntax", line)
    assert mistake.found.en == f"column {column}: {error.detail}"
    _, _, persian = mistake.found.fa.partition(": ")
    assert re.search("[آ-ی]", persian)
    assert not re.search(r"[a-z]+ [a-z]+", persian), persian


def test_an_unforeseen_sentence_of_the_reader_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_text: str) -> None:
        raise tomllib.TOMLDecodeError("Something new (at end of document)")

    monkeypatch.setattr(tomllib, "loads", read)
    with pytest.raises(Malformed) as found:
        TomlFile(b"a = 1\nb = 2\n")
    assert (found.value.line, found.value.column, found.value.found.en) == (
        2,
        6,
        "this is no TOML; look at the signs before it, too",
    )


def test_elements_of_a_list_are_counted_from_one(path: Path) -> None:
    path.write_text(re.sub(r"(?m)^urls = .*$", 'urls = ["http://h/a.crl", "eblagh"]', GOOD, count=1), encoding="utf-8")
    error = refused(path)
    assert error.detail.startswith("revocation.urls.2: ")
    line = path.read_text(encoding="utf-8").splitlines()[int(error.where.rpartition(" ")[2]) - 1]
    assert line.startswith("urls = ")


@pytest.mark.parametrize("code", [code for code in CATALOGUE if code.startswith("config.")])
def test_an_error_of_the_configuration_is_told_in_persian_too(code: str) -> None:
    error, entry = GatewayError(code, where="gateway.toml"), CATALOGUE[code]
    with errors.capture() as shown:
        tell(error)
    reported = " ".join(shown.get().split())
    assert entry.en in reported
    assert f"{entry.fa} {entry.remedy_fa}" in reported


def test_the_persian_words_on_an_unreadable_mapping_name_the_encodings() -> None:
    remedy = CATALOGUE["mapping.unreadable"].remedy_fa
    assert all(word in remedy for word in ("BOM", "Windows-1256", "UTF-8"))


def test_a_code_is_shown_alone_and_others_that_begin_with_it_are_named() -> None:
    with console.capture() as shown:
        show_errors("notice.date")
    text = shown.get()
    assert re.findall(r"(?m)^(notice\.[a-z-]+):", text) == ["notice.date"]
    assert "other codes begin with notice.date: notice.date-form, notice.date-year" in " ".join(text.split())
    with console.capture() as shown:
        show_errors("notice.dat")
    assert len(re.findall(r"(?m)^notice\.date[a-z-]*:", shown.get())) == 3


def test_a_mapping_with_a_mistyped_key_names_the_key_that_was_meant() -> None:
    octets = CASE_MAPPING.read_bytes().replace(b"\nfrom = ", b"\nform = ", 1)
    with pytest.raises(MappingMistaken) as mistaken:
        compile_mapping(octets, "own.toml")
    assert any("did you mean from?" in mistake.found.en for mistake in mistaken.value.mistakes)


def test_files_that_are_not_there_are_told_in_words(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path / "nowhere.toml").detail
    folder = ConfigFolder(tmp_path)
    for reported in (lambda: folder.text("secret"), lambda: folder.secret("secret", "key.unreadable")):
        with pytest.raises(GatewayError) as found:
            reported()
        assert found.value.detail == "there is no such file or folder"


def test_a_wrong_name_of_a_view_is_not_a_database_that_is_away() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(exc.SQLAlchemyError) as found:
        connection.execute(text("SELECT * FROM nonsense"))
    engine.dispose()
    assert of_database(found.value, "cases.db").code == "source.schema"
    gone = exc.NoSuchTableError("nonsense")
    error = of_database(gone, "cases.db")
    assert (error.code, error.detail) == ("source.schema", "no table or view nonsense")


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "No such file or directory"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
        ValueError("علی 0012345678"),
        KeyError("x"),
        zipfile.BadZipFile("x"),
        type("NobodyForesawThisError", (Exception,), {})("علی 0012345678"),
    ],
)
def test_an_exception_is_told_without_its_class_and_its_text(error: Exception) -> None:
    reported = words_of(error)
    assert reported
    assert not RAW.search(reported)
    assert "0012345678" not in reported


@pytest.mark.parametrize("value", ['"text"', "1", "1.5", "true", "[]", "{}", "[1]", "1979-05-27", '""', "-1"])
def test_no_wrong_value_is_told_in_the_words_of_a_library(path: Path, value: str) -> None:
    """Every key of the documented file with a value of every kind."""
    keys = [m[0] for m in re.finditer(r"(?m)^[a-z_]+ = ", GOOD)]
    reported = {}
    for key in dict.fromkeys(keys):
        path.write_text(re.sub(rf"(?m)^{re.escape(key)}.*$", f"{key}{value}", GOOD, count=1), encoding="utf-8")
        try:
            load(path, Settings)
        except GatewayError as error:
            reported[key] = error.detail
    assert {key: detail for key, detail in reported.items() if RAW.search(detail)} == {}


def test_no_error_for_persons_is_made_of_a_class_name() -> None:
    """But for what stands in logs."""
    left = {"adapters/cli/common/logs.py"}
    found = {
        path.relative_to(ROOT).as_posix()
        for package in ("gateway", "adapters")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"type\((?:error|misfit|fault|cause)\)\.__name__", path.read_text(encoding="utf-8"))
    }
    assert found - left - {"gateway/runtime/plain_words.py"} == set()


@pytest.mark.parametrize(
    "typed",
    [
        ["--lang", "de", "status"],
        ["notice", "list", "--state", "FOO"],
        ["notice", "list", "--limit", "0"],
        ["notice", "list", "--limit", "x"],
        ["archive", "override", "--hours", "x", "--reason", "x"],
        ["errors", "--nonsense"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_in_plain_words(typed: list[str]) -> None:
    result = CliRunner().invoke(app, typed)
    assert result.exit_code == 2
    assert "Error" in result.output
    assert not RAW.search(result.output.replace("─ Error ─", ""))


def test_the_environment_of_a_wrong_language_is_told_in_plain_words() -> None:
    result = CliRunner().invoke(app, ["status"], env={"EBLAGH_LANG": "de"})
    assert (result.exit_code, "Value error" in result.output) == (2, False)
    assert "'de' is not one of" in result.output


@pytest.mark.parametrize(
    ("key", "value", "reported"),
    [
        ("gateway.store_timeout_seconds", timedelta(seconds=20), "20 seconds"),
        ("judiciary.skew_seconds", timedelta(seconds=1), "1 second"),
        ("schedule.dispatch_seconds", timedelta(milliseconds=300), "0.3 seconds"),
        ("judiciary.unanswered_seconds", timedelta(hours=4), "14400 seconds (4 hours)"),
        ("revocation.keep_days", timedelta(days=30), "30 days"),
        ("reconcile.days", timedelta(days=30), "30 days"),
        ("archive.segment_hours", timedelta(hours=36), "36 hours"),
        ("judiciary.wsdl", None, "not set"),
        ("judiciary.requeue", True, "true"),
        ("judiciary.maintenance", [], "none"),
        ("judiciary.signature.algorithms", ("rsa-sha256", "ecdsa-sha256"), "rsa-sha256, ecdsa-sha256"),
        ("from", time(23, 0), "23:00"),
    ],
)
def test_a_setting_is_shown_in_words(key: str, value: object, reported: str) -> None:
    assert value_words(key, value) == reported


@pytest.mark.parametrize("width", [80, 160])
def test_the_configuration_is_shown_without_words_for_programmers(path: Path, width: int) -> None:
    path.write_text(GOOD, encoding="utf-8")
    before, console.width = console.width, width
    try:
        with console.capture() as shown:
            show_configuration(path)
    finally:
        console.width = before
    text = shown.get()
    assert not re.search(r"\bNone\b|\bPT\d|\bP\d+D|\bTrue\b|\bFalse\b|[\[\]{}]", text)
    assert re.search(r"gateway\.store_password_file\W+not set", text)


def test_programs_are_given_the_configuration_as_before(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(GOOD, encoding="utf-8")
    show_configuration(path, as_json=True)
    reported = json.loads(capsys.readouterr().out)
    assert reported == load(path, Settings).model_dump(mode="json")
    assert reported["judiciary"]["skew_seconds"] == "PT1M"


def test_what_archive_write_did_is_told_in_sentences() -> None:
    done = {"placed": 1200, "checkpoints": 1, "time_stamps": 1, "segments": 2, "witnesses": 0}
    assert list(written_words(done)) == [
        "1,200 records were given their places in the tree",
        "a checkpoint of all records was signed",
        "a time authority stamped it",
        "2 segments were written into its folder",
    ]
    (nothing,) = written_words(dict.fromkeys(done, 0))
    assert nothing.startswith("nothing was new")
