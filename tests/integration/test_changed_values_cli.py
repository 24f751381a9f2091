"""`notice show` says where the store disagrees with a notice's evidence."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from click.testing import Result
from sqlalchemy import update
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.shipped.resources import CONFIG
from adapters.storage.schema.tables import outbox
from adapters.storage.sql_store import SqlStore
from gateway.intake.collection import IntakePolicy, collect
from gateway.mapping import BodyConfig
from gateway.mapping.model.mapper import Always
from gateway.runtime.clock import system_clock
from tests.databases import make_store
from tests.mappers import case_mapper
from tests.passes.case_table import Cases
from tests.passes.ports import Stamp


def shown(folder: Path, reference: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["notice", "show", reference, *options, "--config", str(folder / "gateway.toml")])


def as_json(folder: Path, reference: str) -> dict[str, Any]:
    result = shown(folder, reference, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_notice_show_says_where_the_stored_date_has_no_receipt(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    (tmp_path / "gateway.toml").write_text((CONFIG / "demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    make_store(url)
    with closing(SqlStore.open(url)) as store:
        cases, now = Cases(), system_clock()
        cases.put("1")
        bodies = {"article-100": BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "رأی"})}
        mappers = Always(case_mapper(bodies))
        collect(cases, store, mappers, Stamp(), system_clock, IntakePolicy(destination="court"))
        [admission] = store.notices.find(state=None, limit=2, after=None)
        reference = admission.entry.reference
        assert as_json(tmp_path, reference)["unproven"] == []
        store._database.write(lambda connection: connection.execute(update(outbox).values(delivered_at=now)))
    [reason] = as_json(tmp_path, reference)["unproven"]
    assert reason.startswith("delivered_at")
    screen = shown(tmp_path, reference).output
    assert "not proven" in screen
    assert "رسیدهای آن مطابقت ندارد" in screen
