"""The sections of a configuration for cases in several tables and files."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.configuration_values import effective_configuration
from adapters.composition.installation import Installation
from adapters.composition.mappings import current_mapper
from adapters.composition.sources import assert_mappable, case_source, check_source
from adapters.settings import Settings, load
from adapters.shipped.resources import CASE_MAPPING, CONFIG
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import GatewayError
from tests.databases import make_store
from tests.papers import PDF

from .test_case_tables import GOOD, Database

SECTIONS = """
[sources.cases]
url = "sqlite:///{database}"
view = "cases"
key = "case_id"
table = "results"
table_key = "owner"
encodings = {{ "attachments.title" = "cp1256" }}
mapping = "own.toml"
[sources.cases.document_folder]
path = "papers"
files = {{ document = "paper_file" }}
[sources.cases.lists.attachments]
table = "papers"
of = "of_case"
order = "place"
columns = ["title"]
files = {{ content = "paper_file" }}
[sources.cases.owners]
query_file = "owners.sql"
case = "of_case"
key = "owner_id"
version = "changed"
columns = {{ recipient_id = "national_id", recipient_name = "full_name" }}
"""
ATTACHED = """
[[repeat]]
target = "attachments"
from = "attachments"
[[repeat.field]]
target = "name"
from = "paper_file"
required = true
[[repeat.field]]
target = "octets"
from = "content"
required = true
[[repeat.field]]
target = "title"
from = "{title}"
"""


def test_a_configuration_names_all_of_it_and_its_mapping_is_checked_against_it(tmp_path: Path, papers: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'cases.db'}")
    database.case(1, (11, GOOD), paper_file="1404/one.pdf")
    database.run("INSERT INTO papers VALUES (1, 1, CAST(:t AS TEXT), '1404/one.pdf')", t="نقشه".encode("cp1256"))
    database.engine.dispose()
    example = (CONFIG / "gateway.toml").read_text(encoding="utf-8")
    example = example[: example.index("[sources.cases]")] + SECTIONS.format(database="cases.db")
    (tmp_path / "gateway.toml").write_text(example, encoding="utf-8")
    (tmp_path / "owners.sql").write_text("SELECT * FROM owners WHERE owner_id > 0;", encoding="utf-8")
    mapping = CASE_MAPPING.read_text(encoding="utf-8") + ATTACHED
    (tmp_path / "own.toml").write_text(mapping.replace("{title}", "title"), encoding="utf-8")
    with closing(Installation.of(tmp_path / "gateway.toml")) as installation:
        make_store(installation.store_url())
        assert check_source(installation, "cases") == f"papers in {papers}"
        octets = (tmp_path / "own.toml").read_bytes()
        assert_mappable(installation, "cases", octets, "own.toml")
        with pytest.raises(MappingMistaken) as mistaken:
            assert_mappable(installation, "cases", octets.replace(b'from = "title"', b'from = "heading"'), "own.toml")
        assert mistaken.value.mistakes[0].code == "mapping.column-missing"
        source = case_source(installation, "cases")
        (row,) = source.rows([mark.key for mark in source.marks(None, 9)])
        notice = current_mapper(installation, "cases").map(row)
        assert [(each.name, each.title, each.octets) for each in notice.attachments] == [("1404/one.pdf", "نقشه", PDF)]
        assert effective_configuration(installation.settings, installation.folder)
        database.run("ALTER TABLE papers DROP COLUMN title")
        with pytest.raises(GatewayError, match=r"papers has no column title.*\[source\.schema\]"):
            assert_mappable(installation, "cases", octets, "own.toml")
        (papers / "1404" / "one.pdf").unlink()
        (papers / "1404").rmdir()
        papers.rmdir()
        with pytest.raises(GatewayError, match=r"\[source\.unavailable\]"):
            check_source(installation, "cases")
    database.engine.dispose()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('query_file = "owners.sql"', "", "one of the two is given"),
        ('[sources.cases.document_folder]\npath = "papers"\nfiles = { document = "paper_file" }', "", "give its path"),
        ('columns = ["title"]\nfiles = { content = "paper_file" }', "", "a list has columns or files"),
        ("document = ", "attachments = ", "attachments: two columns"),
        ("recipient_id =", "case_id =", "case_id: two columns"),
        ('table_key = "owner"', 'flag_key = "owner"', "name it as flag"),
        ('"cp1256"', '"cp1252"', "cp1256"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    example = (CONFIG / "gateway.toml").read_text(encoding="utf-8")
    sections = SECTIONS.format(database="cases.db")
    assert old in sections
    text = example[: example.index("[sources.cases]")] + sections.replace(old, new)
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError, match=reason):
        load(tmp_path / "gateway.toml", Settings)
