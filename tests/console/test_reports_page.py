"""The page of reports, its file and its verb: the cost saved at a configured price, and nothing without one.

While the search of an earlier database is not filled, its figures leave notices out, and each of the three says so.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from markupsafe import escape
from sqlalchemy import Connection, delete
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.storage.engine.engine import Database
from adapters.storage.schema.search_tables import search_day, search_facet, search_notice, search_text
from adapters.storage.schema.tables import cursor
from adapters.storage.search.search_filling import UNFILLED, fill
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.written_date import written_day
from gateway.overview.dates_in_words import civil_day
from gateway.people.permissions import Role
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.may_continue import always
from tests.conformance.builders import admission, entry, intake
from tests.console.signed_in import pages_of, visitor


@pytest.fixture(scope="module")
def reported(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Three notices of today, of which two arrived."""
    folder = tmp_path_factory.mktemp("reports") / "copy"
    shutil.copytree(fresh_folder, folder)
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        times = dict.fromkeys(("admitted_at", "state_since", "waiting_since"), installation.clock())
        states = (DeliveryState.DELIVERED, DeliveryState.VIEWED, DeliveryState.SUBMITTED)
        entries = [entry(n, state=state, due_at=None, **times) for n, state in enumerate(states, 1)]
        installation.store().commit(replace(intake(*entries), admissions=[admission(each) for each in entries]))
        yield installation


@pytest.fixture(scope="module")
def priced(reported: Installation) -> Iterator[Installation]:
    """The same, with a price from today on."""
    config = reported.folder.path("gateway.toml").with_name("priced.toml")
    today = written_day(civil_day(reported.clock()))
    price = f'[[reports.paper_prices]]\nfrom = "{today}"\nrials = 850000\n'
    config.write_text(reported.folder.path("gateway.toml").read_text(encoding="utf-8") + price, encoding="utf-8")
    with closing(Installation.of(config)) as installation:
        yield installation


def ran(installation: Installation, config: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["notice", "report", *options, "-c", str(installation.folder.path(config))])


def verb(installation: Installation, config: str, *options: str) -> str:
    done = ran(installation, config, *options)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def test_the_saving_stands_in_table_chart_file_and_verb(priced: Installation) -> None:
    pages = pages_of(priced)
    english, persian = (visitor(pages, Role.HEAD_OF_COMMISSION, language=each) for each in ("en", "fa"))
    page = english.page("/reports")
    assert page.count("1,700,000</td>") == 2
    assert 'id="savings-bars"' in page
    assert "Estimated saving: 1,700,000 rials." in page
    assert "۱٬۷۰۰٬۰۰۰</td>" in persian.page("/reports")
    assert "صرفه‌جویی برآوردی: ۱٬۷۰۰٬۰۰۰ ریال." in persian.page("/reports")
    lines = persian.get("/reports.csv").get_data().decode("utf-8-sig").splitlines()
    assert "صرفه‌جویی برآوردی (ریال)" in lines[0]
    assert ",1700000,2," in lines[1]
    total = json.loads(verb(priced, "priced.toml", "--json"))["total"]
    assert (total["saved-rials"], total["saved-of"]) == (1_700_000, 2)


def test_nothing_is_claimed_without_a_price(reported: Installation) -> None:
    pages = pages_of(reported)
    page = visitor(pages, Role.HEAD_OF_COMMISSION, language="en").page("/reports")
    assert "No saving is claimed" in page
    assert "savings-bars" not in page
    assert "Estimated saving" not in page
    assert "صرفه‌جویی محاسبه نشده است" in visitor(pages, Role.HEAD_OF_COMMISSION).page("/reports")
    assert json.loads(verb(reported, "gateway.toml", "--json"))["total"]["saved-rials"] is None
    assert "No saving is claimed" in " ".join(verb(reported, "gateway.toml").split())


@pytest.mark.parametrize("typed", ["منطقه ۵", "منطقه 5", "منطقه\u200c ۵"])
def test_page_file_and_verb_find_a_district_in_any_spelling(reported: Installation, typed: str) -> None:
    """It is stored with Persian digits."""
    head = visitor(pages_of(reported), Role.HEAD_OF_COMMISSION, language="en")
    asked = {"by": "district", "district": typed}
    assert ">منطقه ۵</" in head.get("/reports", query_string=asked).text
    assert head.get("/reports.csv", query_string=asked).text.splitlines()[1].startswith("منطقه ۵,3,")
    assert json.loads(verb(reported, "gateway.toml", "--district", typed, "--json"))["total"]["admitted"] == 3


@pytest.fixture
def unfilled(reported: Installation) -> Iterator[Database]:
    """The database of `reported`, without a row of the search."""

    def forget(connection: Connection) -> None:
        for table in (search_text, search_notice, search_facet, search_day):
            connection.execute(delete(table))
        connection.execute(cursor.insert().values(name=UNFILLED, value=""))

    with closing(Database(reported.store_url())) as database:
        database.write(forget)
        yield database
        fill(database, always)


def test_the_verb_says_that_its_numbers_leave_notices_out(reported: Installation, unfilled: Database) -> None:
    for options in ([], ["--json"]):
        found = ran(reported, "gateway.toml", *options)
        assert (found.exit_code, "search.unfilled" in found.stderr) == (1, True), options
    assert json.loads(ran(reported, "gateway.toml", "--json").stdout)["complete"] is False
    assert "no notice was admitted" not in ran(reported, "gateway.toml").stdout
    refused = ran(reported, "gateway.toml", "--csv")
    assert isinstance(refused.exception, GatewayError)
    assert (refused.exception.code, refused.stdout) == ("search.unfilled", ""), "a file has no place for the warning"
    fill(unfilled, always)
    good = ran(reported, "gateway.toml", "--json")
    assert (good.exit_code, json.loads(good.stdout)["total"]["admitted"]) == (0, 3)
    assert "complete" not in json.loads(good.stdout)


def test_the_page_gives_no_file_of_it(reported: Installation, unfilled: Database) -> None:
    head = visitor(pages_of(reported), Role.HEAD_OF_COMMISSION, language="en")
    page = head.page("/reports")
    assert "still being added" in page
    assert "/reports.csv" not in page
    answer = head.get("/reports.csv")
    assert answer.status_code != 200
    assert str(escape(CATALOGUE["search.unfilled"].en)) in answer.get_data().decode()
    fill(unfilled, always)
    assert "/reports.csv" in head.page("/reports")
    assert head.get("/reports.csv").status_code == 200


@pytest.mark.parametrize("query", ["from=1404/13/40", "to=nonsense", "from=1405/02/01&to=1405/01/01"])
def test_a_file_of_a_wrong_period_is_the_page_with_the_mistake(reported: Installation, query: str) -> None:
    head = visitor(pages_of(reported), Role.HEAD_OF_COMMISSION)
    answer = head.get(f"/reports.csv?{query}")
    assert answer.status_code == 422
    assert answer.text.partition("<main")[2] == head.get(f"/reports?{query}").text.partition("<main")[2] != ""
    assert "Content-Disposition" not in answer.headers
    assert 'class="mistake"' in answer.text
