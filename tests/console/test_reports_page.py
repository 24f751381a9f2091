"""The page of reports, its file and its verb: the cost saved at a configured price, and nothing without one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.written_date import written_day
from gateway.overview.dates_in_words import civil_day
from gateway.people.permissions import Role
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


def verb(installation: Installation, config: str, *options: str) -> str:
    done = CliRunner().invoke(app, ["notice", "report", *options, "-c", str(installation.folder.path(config))])
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
