"""Rows of a sample case database are looked up in the stand-in for the asset register, which has its own ledger."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.http.known_service import KnownService, Secret
from adapters.municipal.asset_register.rest_register import CREDENTIALS, RestRegister
from adapters.sandbox.city.asset_comparisons import ASSET_COMPARISONS
from adapters.sandbox.city.asset_parcels import fill, sample_rows
from adapters.sandbox.city.city_process import city_process
from adapters.sandbox.city.comparison import Compared, compared, ledgers
from adapters.sandbox.verbs.demo_folder import prepare
from gateway.record.parcel_answer import ParcelAnswer, ParcelFinding
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.runtime.pass_report import PassReport
from tests.outside_time import hear_the_time

NOTICES = 40
TOKEN = "t" * 40
SECTION = '\n[asset_register]\nurl = "{url}"\ntoken_file = "assets-token"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("assets")
    prepare(directory, NOTICES)
    (directory / "assets-token").write_text(TOKEN)
    fill(directory / "asset_register.db", sample_rows(directory / "cases.db"), own_every=4)
    with closing(sqlite3.connect(directory / "judiciary.db")) as judiciary:
        judiciary.execute("CREATE TABLE submission (reference TEXT)")
    return directory


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "city"))


def collect(folder: Path) -> PassReport:
    """Run the pass as the service does, without a judiciary."""
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        hear_the_time(installation)
        [task] = tasks(installation, {"collect"})
        return task.run(always)


def checked(folder: Path) -> dict[str, Any]:
    output = CliRunner().invoke(app, ["check", "-c", str(folder / "gateway.toml"), "--json"]).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def configure(folder: Path, url: str, more: str = "") -> None:
    with (folder / "gateway.toml").open("a", encoding="utf-8") as config:
        config.write(SECTION.format(url=url) + more)


def comparisons(folder: Path) -> Mapping[str, Compared]:
    files = {name: folder / f"{name}.db" for name in ("gateway", "judiciary", "asset_register")}
    with ledgers(files) as connection:
        return {each.says.en: each for each in compared(connection, "asset_register", ASSET_COMPARISONS)}


def own_rows(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "asset_register.db")) as ledger:
        return {key for (key,) in ledger.execute("SELECT row_key FROM rows_of_own_parcels")}


@pytest.mark.long
def test_no_notice_about_a_parcel_of_our_own_is_admitted(folder: Path) -> None:
    with city_process("asset_register", folder, ["--token-file", str(folder / "assets-token")]) as url:
        configure(folder, url)
        assert collect(folder).errors == []
        found = checked(folder)["asset register"]["found"]
    assert "answers (not-listed for a code of no parcel)" in str(found)
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        store = installation.store()
        admitted = {each.entry.row_key for each in store.notices.find(state=None, limit=1000, after=None)}
        refused = {each.refusal.row_key: each.refusal.code for each in _refusals(installation)}
    own = own_rows(folder)
    assert own
    assert admitted.isdisjoint(own)
    assert {key for key, code in refused.items() if code == "notice.own-parcel"} == own
    told = comparisons(folder)
    assert all(each.counted for each in told.values())
    assert [each.differences for each in told.values() if each.differing] == []


def _refusals(installation: Installation) -> Any:
    return installation.store().refusals.page(source=None, code=None, limit=1000, after=None)


def test_the_comparisons_find_what_differs(folder: Path) -> None:
    with city_process("asset_register", folder, ["--token-file", str(folder / "assets-token")]) as url:
        configure(folder, url)
        assert collect(folder).errors == []
    with (
        closing(sqlite3.connect(folder / "gateway.db")) as store,
        closing(sqlite3.connect(folder / "asset_register.db")) as ledger,
    ):
        key, reference = store.execute("SELECT row_key, reference FROM outbox ORDER BY row_key LIMIT 1").fetchone()
        ledger.execute("INSERT INTO rows_of_own_parcels VALUES ('cases', ?, '1-1-1-1-1-1-1')", (key,))
        ledger.execute("DELETE FROM lookups WHERE id = (SELECT min(id) FROM lookups WHERE finding = 'not-municipal')")
        [(parcel,)] = ledger.execute("SELECT parcel FROM lookups WHERE finding = 'municipal' LIMIT 1").fetchall()
        ledger.executemany("INSERT INTO lookups (at, parcel, finding) VALUES ('', ?, 'municipal')", [(parcel,)] * 9)
        ledger.commit()
    told = list(comparisons(folder).values())
    assert [each.differing for each in told] == [2, 1, 1, 1]
    assert told[2].differences == (reference,)


def test_a_register_that_is_away_keeps_nothing_back_unless_it_is_told_to(folder: Path) -> None:
    configure(folder, "http://127.0.0.1:9", "timeout_seconds = 1\n")
    assert [each.code for each in collect(folder).errors] == ["asset-register.unreachable"]
    assert checked(folder)["asset register"]["code"] == "asset-register.unreachable"
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        assert len(installation.store().notices.find(state=None, limit=1000, after=None)) > NOTICES / 2


class _Handler(BaseHTTPRequestHandler):
    answers: Mapping[str, tuple[int, str]] = {}

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        status, body = self.answers[self.path.rpartition("/")[2]]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


ANSWERS = {
    "1-1-1-1-1-1-1": (200, '{"parcel": "1-1-1-1-1-1-1", "municipal": true, "owner": "نام"}'),
    "1-1-1-1-1-1-2": (200, '{"parcel": "1-1-1-1-1-1-2", "municipal": false, "as_of": "1405/09/01"}'),
    "1-1-1-1-1-1-3": (200, '{"parcel": "1-1-1-1-1-1-9", "municipal": false}'),
    "1-1-1-1-1-1-4": (200, '{"parcel": "1-1-1-1-1-1-4"}'),
    "1-1-1-1-1-1-5": (200, '{"parcel": "1-1-1-1-1-1-5", "municipal": "yes"}'),
    "1-1-1-1-1-1-6": (404, "{}"),
    "1-1-1-1-1-1-7": (401, "{}"),
    "1-1-1-1-1-1-8": (200, "<html>"),
    "1-1-1-1-1-1-9": (200, '{"parcel": "1-1-1-1-1-1-9", "municipal": false, "municipal": true}'),
    "1-1-1-1-1-2-1": (200, '{"parcel": "1-1-1-1-1-2-1", "municipal": null, "x": "' + "x" * 20_000 + '"}'),
}


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(_Handler, "answers", ANSWERS)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def register_at(url: str, calls: int = 4, token: Secret = lambda: None) -> RestRegister:
    service = KnownService(name="assets", url=url, credentials=CREDENTIALS, token=token, timeout=timedelta(seconds=60))
    return RestRegister(service, system_clock, calls)


def test_only_an_answer_of_the_contract_counts(strange: str) -> None:
    with closing(register_at(strange, calls=len(ANSWERS))) as register:
        came = dict(zip(ANSWERS, register.look_up(list(ANSWERS)), strict=True))
    good = {key: each for key, each in came.items() if isinstance(each, ParcelAnswer)}
    assert {key: (each.finding, each.as_of) for key, each in good.items()} == {
        "1-1-1-1-1-1-1": (ParcelFinding.MUNICIPAL, None),
        "1-1-1-1-1-1-2": (ParcelFinding.OTHER, "1405/09/01"),
    }
    codes = {key: each.code for key, each in came.items() if isinstance(each, GatewayError)}
    assert codes.pop("1-1-1-1-1-1-7") == "asset-register.credentials"
    assert set(codes.values()) == {"asset-register.answer"}
    assert not any("yes" in str(each) for each in came.values() if isinstance(each, GatewayError))


def test_calls_of_a_group_overlap(strange: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parcels = ["1-1-1-1-1-1-1", "1-1-1-1-1-1-2", "1-1-1-1-1-1-6"]
    together = Barrier(len(parcels), timeout=60)

    def answer(handler: _Handler) -> None:
        together.wait()  # each waits for the others: one call at a time would never end
        handler.answer()

    monkeypatch.setattr(_Handler, "do_GET", answer)
    with closing(register_at(strange, calls=len(parcels))) as register:
        found = register.look_up(parcels)
    assert [isinstance(each, ParcelAnswer) for each in found] == [True, True, False]


def test_nothing_leaves_this_machine_in_clear_and_a_missing_token_is_told(tmp_path: Path) -> None:
    with closing(register_at("http://192.0.2.1/api")) as register:
        [error] = register.look_up(["1-1-1-1-1-1-1"])
    assert isinstance(error, GatewayError)
    assert error.code == "config.endpoint"

    def no_token() -> bytes:
        raise GatewayError("asset-register.credentials", where="token")

    with closing(register_at("http://127.0.0.1:9", token=no_token)) as register:
        [error] = register.look_up(["1-1-1-1-1-1-1"])
    assert isinstance(error, GatewayError)
    assert error.code == "asset-register.credentials"
