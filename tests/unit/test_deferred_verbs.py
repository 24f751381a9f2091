"""A verb imports what it needs and no more; the help of all verbs imports none of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from pkgutil import resolve_name

import pytest

from adapters.cli.deferred_verbs import DeferredVerbs
from adapters.cli.main import verbs as program
from adapters.composition.installation import Installation
from adapters.shipped.resources import CONFIG
from adapters.storage.engine import migrate
from gateway.runtime.errors import CATALOGUE

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from adapters.cli.main import app, verbs
try:
    {statement}
except SystemExit:
    pass
print("\\n".join(sys.modules))
"""

_SPEAKING = "adapters.composition.judiciary"
OF_THE_JUDICIARY = {f"{_SPEAKING}.couriers", f"{_SPEAKING}.bound_profile", "zeep", "requests"}
OF_PAGES = {"flask", "jinja2", "babel", "spyne", "openpyxl", "fontTools", "waitress", "prometheus_client"}
OF_WORK = {"apscheduler", "alembic", "jsonschema", "xmlschema", "argon2", "pikepdf"}
HEAVY = OF_THE_JUDICIARY | OF_PAGES | OF_WORK


def modules_of(statement: str) -> set[str]:
    """Return the modules of a process that did nothing else."""
    program = PROGRAM.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def is_table(place: str) -> bool:
    return isinstance(resolve_name(place), DeferredVerbs)


def tables(verbs: DeferredVerbs, path: str = "") -> Iterator[tuple[str, DeferredVerbs]]:
    """Yield the table of the program and of each group that has one, by the group's name on the command line."""
    yield path, verbs
    for name, verb in verbs.known.items():
        if is_table(verb.place):
            yield from tables(resolve_name(verb.place), f"{path} {name}".strip())


TABLES = dict(tables(program))
GROUPS = [
    "notice", "archive", "archive hold", "evidence", "legal", "legal rules", "legal calendar", "mapping", "profile",
    "keys", "keys revocation", "keys recipients",
]  # fmt: skip


def test_each_group_whose_verbs_need_different_libraries_has_a_table() -> None:
    assert set(TABLES) == {"", *GROUPS}


@pytest.mark.parametrize(("group", "name"), [(group, name) for group, verbs in TABLES.items() for name in verbs])
def test_the_help_of_all_verbs_shows_what_the_verb_says(group: str, name: str) -> None:
    verbs = TABLES[group]
    # The lines of a docstring end where it is written; those of a screen, at its own width.
    assert verbs.known[name].summary == " ".join(verbs[name].help.partition("\n\n")[0].split())


@pytest.mark.parametrize("group", [pytest.param("", marks=pytest.mark.every_sample), *GROUPS])
@pytest.mark.exhaustive(keep=4)
def test_help_imports_no_verb(group: str) -> None:
    modules = modules_of(f"app({[*group.split(), '--help']!r})")
    inner = [verb.place for verb in TABLES[group].known.values()]
    assert not modules & {place.partition(":")[0] for place in inner if not is_table(place)}
    # The library of the command line itself reads an option by pydantic.
    of_options = {"pydantic"} if group else set[str]()
    assert not modules & ((HEAVY | {"sqlalchemy", "pydantic", "lxml", "cryptography", "structlog"}) - of_options)


@pytest.mark.parametrize("name", ["notice", "queue", "status", "rows", "endpoint", "quarantine", "recovery", "resume"])
@pytest.mark.exhaustive(keep=3)
def test_a_verb_that_reads_the_store_imports_no_more_than_that(name: str) -> None:
    modules = modules_of(f"verbs[{name!r}]; import adapters.composition.installation")
    assert "sqlalchemy" in modules
    assert not modules & (HEAVY | {"psycopg", "sqlalchemy.dialects.postgresql"})


@pytest.mark.parametrize(
    "line",
    [
        "status",
        "notice",
        "notice list",
        "notice find",
        "notice report",
        "notice show",
        "queue",
        "rows",
        "endpoint",
        "quarantine",
        "recovery",
        "resume",
        "stop-everything",
    ],
)
def test_the_help_of_a_verb_that_reads_the_store_imports_no_store(line: str) -> None:
    modules = modules_of(f"app({[*line.split(), '--help']!r})")
    assert not modules & (HEAVY | {"sqlalchemy", "asyncio", "structlog", "adapters.composition.installation"})


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the configuration of an installation without any notice."""
    file = tmp_path_factory.mktemp("installation") / "gateway.toml"
    shutil.copyfile(CONFIG / "demo.toml", file)
    with closing(Installation.of(file)) as made:
        migrate.upgrade(made.store_url())
    return file


@pytest.mark.parametrize(
    "line",
    [
        *(
            pytest.param(line, marks=pytest.mark.every_sample)
            for line in ("status", "notice list", "queue list", "quarantine list", "endpoint list")
        ),
        "archive checkpoint",
        "archive hold list",
        "keys recipients list",
        "legal due",
        "legal outages --from 1404-01-01",
        "legal rules list",
        "legal calendar list",
        "mapping list",
        "profile list",
        "person list",
    ],
)
@pytest.mark.exhaustive(keep=4)
def test_a_verb_that_only_shows_imports_nothing_of_the_service(config: Path, line: str) -> None:
    modules = modules_of(f"app({[*line.split(), '--config', str(config)]!r})")
    assert "adapters.storage.sql_store" in modules
    others = {"psycopg", "sqlalchemy.dialects.postgresql", "structlog", "requests", "zeep", "adapters.storage.writing"}
    assert not modules & (OF_PAGES | others)
    apart = ("adapters.console.", "adapters.sandbox.judiciary", "adapters.bench.service")
    assert not {name for name in modules if name.startswith(apart)}


@pytest.mark.parametrize(
    "line",
    [
        "errors",
        "demo-store",
        "mapping check",
        "mapping reference",
        "evidence verify",
        "archive verify",
        "archive consistency",
        "legal certificate-verify",
    ],
)
def test_a_verb_without_the_store_imports_no_database(line: str) -> None:
    # The report of an audit may be wanted as a page.
    others = HEAVY - {"jinja2"} if line.endswith(("verify", "consistency")) else HEAVY
    assert not modules_of(f"app({[*line.split(), '--help']!r})") & (others | {"sqlalchemy"})


def test_an_entry_of_the_catalogue_is_what_the_whole_file_says() -> None:
    """The plain way beside the fast one: the file parsed at once."""
    table = tomllib.loads((ROOT / "gateway/runtime/errors.toml").read_text(encoding="utf-8"))
    whole = {f"{area}.{name}": row for area, rows in table.items() for name, row in rows.items()}
    assert list(whole) == list(CATALOGUE)
    for code, row in whole.items():
        assert {key: getattr(CATALOGUE[code], key) for key in row} == row


def test_the_service_begins_without_the_libraries_of_fonts_and_spreadsheets() -> None:
    modules = modules_of("import adapters.cli.service.service")
    assert "flask" in modules
    assert not modules & {"fontTools", "openpyxl", "spyne", "xmlschema", "pikepdf", "alembic"}
