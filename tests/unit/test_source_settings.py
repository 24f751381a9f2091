"""Sources of rows in the configuration: their kinds, keys and databases."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from adapters.municipal.sql.source_config import ResultColumns, SqlSourceConfig
from adapters.settings import Settings, SqlSection, load
from adapters.shipped.resources import PUSH
from gateway.runtime.errors import GatewayError
from tests.unit.shipped_configuration import CONFIG, GOOD, refused

SOURCES = GOOD[: GOOD.index("[sources.cases]")]


KINDS = {
    "files": 'kind = "files"\nfolder = "drop"\n',
    "rest": 'kind = "rest"\ntokens_file = "tokens"\n',
    "soap": 'kind = "soap"\nanchors = ["root.pem"]\ncertificates = ["sender.pem"]\n',
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_may_be_of_another_kind(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f"{SOURCES}[sources.other]\n{KINDS[kind]}", encoding="utf-8")
    assert load(path, Settings).sources["other"].kind == kind


@pytest.mark.parametrize(
    ("section", "line", "reported"),
    [
        ('kind = "ftp"', 0, "kind: one of sql, files, rest, rest-pull, soap, by-hand is wanted"),
        ('kind = "files"', 0, "sources.other.folder: this key is wanted and missing"),
        ('kind = "files"\nfolder = "drop"\nview = "notices"', 3, "sources.other.view"),
        ('kind = "rest"\nurl = "sqlite:///cases.db"', 0, "sources.other.tokens_file"),
    ],
)
def test_a_source_is_judged_by_its_kind(tmp_path: Path, section: str, line: int, reported: str) -> None:
    error = refused(tmp_path, f"{SOURCES}[sources.other]\n{section}\n")
    assert reported in error.detail
    assert error.where.endswith(f"line {SOURCES.count(chr(10)) + 1 + line}")


@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "a, b",
        "a,b",
        "a b",
        "",
        " cases",
        ".",
        "..",
        ".hidden",
        "-x",
        "a\\b",
        "a?b",
        "a#b",
        "a%2Fb",
        "ن‌ش",
        "x\u202ey",
        "x" * 101,
    ],
)
def test_a_name_of_a_source_that_no_page_can_address_is_refused(tmp_path: Path, name: str) -> None:
    written = name.replace("\\", "\\\\").replace("\u202e", "\\u202E").replace("\u200c", "\\u200C")
    error = refused(tmp_path, f'{SOURCES}[sources."{written}"]\n{KINDS["files"]}')
    assert error.code == "config.value"
    assert error.detail.startswith(f"sources.{name}: a name of ")
    assert "source rename" in error.detail
    assert error.where.endswith(f"gateway.toml, line {SOURCES.count(chr(10)) + 1}")


@pytest.mark.parametrize("name", ["cases", "district-5", "منطقه_۵", "a.b", "A1", "_x", "5", "ş", "x" * 100])
def test_a_name_of_a_source_has_letters_of_any_script(tmp_path: Path, name: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f'{SOURCES}[sources."{name}"]\n{KINDS["files"]}', encoding="utf-8")
    assert list(load(path, Settings).sources) == [name]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("rest", "planning.v2"),
        ("rest", "منطقه_۵"),
        ("rest", "x" * 63),
        ("soap", "منطقه_۵"),
        ("soap", "ş"),
    ],
)
def test_a_name_to_which_no_push_can_come_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    error = refused(tmp_path, f'{SOURCES}[sources.cases]\n{KINDS["files"]}[sources."{name}"]\n{KINDS[kind]}')
    assert error.code == "config.value"
    assert error.detail.startswith(f'sources: {name}: rows are pushed to a source of the kind "{kind}" by its name')
    assert "source rename" in error.detail
    assert error.where.endswith(f"gateway.toml, line {SOURCES.count(chr(10)) + 4}")


@pytest.mark.parametrize("kind", ["rest", "soap"])
@pytest.mark.parametrize("name", ["planning", "A-1_b", "x" * 62, "planning.v2", "x" * 100, "منطقه_۵", "_", "5"])
def test_a_name_of_a_pushed_source_is_one_that_the_service_finds(tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f'{SOURCES}[sources."{name}"]\n{KINDS[kind]}', encoding="utf-8")
    try:
        accepted = list(load(path, Settings).sources) == [name]
    except GatewayError:
        accepted = False
    if kind == "rest":
        contract = json.loads((PUSH / "openapi.json").read_text(encoding="utf-8"))
        [parameter] = contract["paths"]["/rest/{source}/rows"]["post"]["parameters"]
        found = re.search(parameter["schema"]["pattern"], name) is not None
    else:
        # The server decodes a path octet by octet, so that another script's letters are no longer those of the name.
        found = quote(name) == name
    assert accepted == found


def test_rows_are_numbered_or_marked(tmp_path: Path) -> None:
    marked = GOOD.replace('version = "change_no"', 'flag = "to_serve"')
    (tmp_path / "marked.toml").write_text(marked, encoding="utf-8")
    source = load(tmp_path / "marked.toml", Settings).sources["cases"]
    assert isinstance(source, SqlSection)
    assert source.flag == "to_serve"
    error = refused(tmp_path, GOOD.replace('key = "notice_id"', 'key = "notice_id"\nflag = "to_serve"'))
    assert "sources.cases" in error.detail
    assert "flag and version" in error.detail


@pytest.mark.parametrize("url", [None, "http://eblagh.example"])
def test_rows_are_not_pushed_over_a_network_in_clear(tmp_path: Path, url: str | None) -> None:
    listen = GOOD.replace('listen = "127.0.0.1:9120"', 'listen = "0.0.0.0:9120"' + (f'\nurl = "{url}"' if url else ""))
    error = refused(tmp_path, listen)
    assert "beyond this machine rows need TLS" in error.detail


def test_the_example_of_a_source_shows_the_defaults() -> None:
    source = load(CONFIG / "gateway.toml", Settings).sources["cases"]
    assert source == SqlSection(url=source.url)
    names = SqlSourceConfig()
    assert (source.view, source.table, source.key, source.version) == (
        names.view,
        names.table,
        names.key,
        names.version,
    )
    assert ResultColumns(**source.columns.model_dump()) == names.results


def test_statements_for_results_and_refusals_come_together(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("# write_back_file", "write_back_file"))
    assert "are given together" in error.detail


@pytest.mark.parametrize(
    ("changed", "both", "column", "line"),
    [
        ({'code = "eblagh_code"': 'code = "eblagh_state"'}, "columns.state and columns.code", "eblagh_state", "code ="),
        ({'code = "eblagh_code"': 'code = "Eblagh_State"'}, "columns.state and columns.code", "Eblagh_State", "code ="),
        ({'code = "eblagh_code"': "", 'state = "eblagh_state"': 'state = "eblagh_code"'},
            "columns.state and columns.code", "eblagh_code", "state ="),
        ({'seq = "eblagh_seq"': 'seq = "notice_id"'}, "key and columns.seq", "notice_id", "seq ="),
        ({'table = "notices"': 'table = "notices"\ntable_key = "no"', 'reason = "eblagh_reason"': 'reason = "no"'},
            "table_key and columns.reason", "no", "reason ="),
        ({'version = "change_no"': 'flag = "service_effect"'}, "flag and columns.effect", "service_effect", "effect ="),
        ({'version = "change_no"': 'flag = "notice_id"'}, "key and flag", "notice_id", "flag ="),
    ],
)  # fmt: skip
def test_each_content_has_a_column_of_its_own(
    tmp_path: Path, changed: dict[str, str], both: str, column: str, line: str
) -> None:
    text = GOOD
    for old, new in changed.items():
        assert f"\n{old}" in text
        text = text.replace(f"\n{old}", f"\n{new}")
    error = refused(tmp_path, text)
    assert error.code == "config.value"
    assert error.found is not None
    first, second = both.split(" and ")
    for words in (error.found.en, error.found.fa):
        assert re.search(rf"sources\.cases.* {first}\W+\w+ {second}\W.*\W{column}\W", _unmarked(words)), words
    [number] = re.findall(r"line (\d+)$", error.where)
    assert text.splitlines()[int(number) - 1].startswith(line)


def _unmarked(words: str) -> str:
    return re.sub("[\u2066\u2069]", "", words)


@pytest.mark.parametrize(
    "changed",
    [
        # The name of the key in the view is free in the table.
        {'table = "notices"': 'table = "notices"\ntable_key = "no"', 'seq = "eblagh_seq"': 'seq = "notice_id"'},
        # The flag stands in another table.
        {'version = "change_no"': 'flag = "service_effect"\nflag_table = "ready"'},
        # Statements write, so no content has a column.
        {
            'code = "eblagh_code"': 'code = "eblagh_state"',
            'table = "notices"': 'table = "notices"\nwrite_back_file = "a.sql"\nwrite_refusal_file = "b.sql"',
        },
    ],
    ids=["key-of-the-view", "flag-elsewhere", "statements"],
)
def test_columns_of_other_tables_may_have_the_same_name(tmp_path: Path, changed: dict[str, str]) -> None:
    text = GOOD
    for old, new in changed.items():
        text = text.replace(f"\n{old}", f"\n{new}")
    path = tmp_path / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    assert isinstance(load(path, Settings).sources["cases"], SqlSection)


def test_the_key_of_owners_is_no_column_for_results() -> None:
    owners = {"table": "owners", "case": "case_id", "key": "eblagh_code", "columns": {"name": "name"}}
    with pytest.raises(ValueError, match=r"owners\.key and columns\.code"):
        SqlSection.model_validate({"url": "sqlite:///cases.db", "owners": owners})
