"""The whole way to a judiciary that wants both: a certificate of ours for TLS, a user name beside each signature.

It is the sandbox, behind a server that demands certificates.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.judiciary.couriers import judiciary_courier
from adapters.http.wsgi import wsgi
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.sandbox.sandbox_server import build
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.sandbox.verbs.sandbox import sandbox_config
from adapters.shipped.resources import PROFILES
from adapters.soap.endpoint import SoapEndpoint
from gateway.judiciary.courier import PROBE_IDENTIFIER
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from tests.witness import tls

from .tls_server import OverTls, running

PASSWORD = "b2Vh-long-and-random-0YkQ"
USER = '[username_token]\nusername = "city"\npassword_file = "secrets/judiciary"\n'
Edit = Callable[[str], str]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tls.Tls:
    return tls.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration's folder, whose sandbox wants a user name."""
    directory = tmp_path_factory.mktemp("demo")
    prepare(directory, 1)
    (directory / "secrets").mkdir()
    (directory / "secrets" / "judiciary").write_text(f"{PASSWORD}\n", encoding="ascii")
    with (directory / "sandbox.toml").open("a", encoding="utf-8") as file:
        file.write(USER)
    shutil.copytree(PROFILES / "eblagh-1", directory / "profiles" / "strict")
    edited(
        directory / "profiles" / "strict" / "profile.toml",
        lambda text: text.replace("username_token = false", "username_token = true").replace(
            "mutual_tls = false", "mutual_tls = true"
        ),
    )
    return directory


class TlsSandbox(OverTls, WSGIServer):
    """Serve the sandbox's SOAP endpoint, at its own address."""


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def folder(prepared: Path, tmp_path: Path, known: tls.Tls) -> Iterator[Path]:
    """The folder while its judiciary serves, and a configuration that has what this one asks for."""
    directory = shutil.copytree(prepared, tmp_path / "demo")
    with serving_judiciary(directory, known) as endpoint:
        edited(directory / "gateway.toml", lambda text: configured(text, endpoint, known))
        yield directory


@contextmanager
def serving_judiciary(directory: Path, known: tls.Tls) -> Iterator[str]:
    ledger, server = Ledger(directory / "judiciary.db"), TlsSandbox(("127.0.0.1", 0), Quiet)
    server.context = known.context(clients=True)
    endpoint = f"https://127.0.0.1:{server.server_port}/eblagh"
    soap = build(sandbox_config(directory), server.server_port, ledger, system_clock).soap
    assert isinstance(soap, SoapEndpoint)
    server.set_app(wsgi(replace(soap, address=endpoint).handle))
    with running(server):
        yield endpoint
    ledger.close()


def configured(text: str, endpoint: str, known: tls.Tls) -> str:
    # The time authority and the revocation lists of demonstrations are served by none of these tests.
    text = re.sub(r"^\[\[archive\.time_authorities\]\]\n(\w+ = .*\n)+", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\[revocation\]\n(\w+ = .*\n(?: .*\n|\]\n)*)+", "", text, flags=re.MULTILINE)
    lines = [line for line in text.splitlines() if not line.startswith(("endpoint = ", "profile = ", "revocation = "))]
    place = lines.index("[judiciary]") + 1
    lines[place:place] = [
        f'endpoint = "{endpoint}"',
        'profile = "./profiles/strict"',
        'revocation = "if-known"',
        f'tls_anchors = "{known.root}"',
        f'client_certificate = {{ key = "{known.client.key}", certificate = "{known.client.certificate}" }}',
        'username_token = { username = "city", password_file = "secrets/judiciary" }',
    ]
    return "\n".join(lines)


def edited(file: Path, edit: Edit) -> None:
    before = file.read_text(encoding="utf-8")
    after = edit(before)
    assert after != before
    file.write_text(after, encoding="utf-8")


def run(*command: str) -> str:
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    return done.stdout


def notices(folder: Path) -> dict[str, str]:
    """The state of each notice, by its reference."""
    with closing(sqlite3.connect(folder / "gateway.db")) as store:
        return dict(store.execute("SELECT reference, state FROM outbox"))


def octets_in(segment: Path) -> bytes:
    with ZipFile(segment) as container:
        return b"".join(container.read(name) for name in container.namelist())


def checked(folder: Path) -> dict[str, dict[str, object]]:
    """Return the findings of `check` by their subject; no secret is in them."""
    done = CliRunner().invoke(app, ["check", "-c", str(folder / "gateway.toml"), "--json"])
    assert PASSWORD not in done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def ask(folder: Path) -> None:
    """Ask the judiciary about somebody who does not exist."""
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        judiciary_courier(installation, installation.judiciary).has_account("NATURAL", PROBE_IDENTIFIER)


def code(folder: Path) -> str:
    with pytest.raises(GatewayError) as failure:
        ask(folder)
    return f"{failure.value.code} {failure.value.detail}".strip()


def test_a_judiciary_that_wants_both_is_content(folder: Path) -> None:
    ask(folder)
    found = checked(folder)
    assert found["username token"] == {"ok": True, "found": "city"}
    assert found["client certificate"]["ok"]
    assert str(found["client certificate"]["found"]).startswith("CN=client, valid until")
    assert "a warning: have it renewed" in str(found["client certificate"]["found"]), "it ends tomorrow"
    assert found["endpoint"]["ok"]


def test_auditors_believe_what_went_out_with_a_token_and_say_nothing_of_it(folder: Path) -> None:
    config, archive = str(folder / "gateway.toml"), folder / "archive"
    run("run-once", "all", "-c", config)
    run("archive", "write", "-c", config)
    reported = run("archive", "verify", str(archive), "--trust", str(folder / "pki" / "anchors"))
    assert "FAILED" not in reported
    assert "UsernameToken" not in reported
    kept = b"".join(octets_in(segment) for segment in archive.glob("*.zip"))
    assert b"<wsse:UsernameToken" in kept, "notices went out"
    assert PASSWORD.encode() not in kept


def test_another_password_is_told_by_the_judiciary(folder: Path) -> None:
    (folder / "secrets" / "judiciary").write_text("123456", encoding="ascii")
    assert code(folder).startswith("courier.credentials verify.token-password: ")
    assert "the username token is of another user, or was made with another password" in code(folder)
    found = checked(folder)
    assert found["endpoint"]["detail"].startswith("verify.token-password: ")
    assert "short" in str(found["username token"]["found"])


def test_another_user_is_told_by_the_judiciary(folder: Path) -> None:
    edited(folder / "gateway.toml", lambda text: text.replace('username = "city"', 'username = "town"'))
    assert code(folder).startswith("courier.credentials verify.token-password: ")
    assert "the username token is of another user, or was made with another password" in code(folder)


@pytest.mark.long
def test_a_certificate_that_was_not_registered_leaves_notices_in_the_queue(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, known: tls.Tls
) -> None:
    config = str(folder / "gateway.toml")
    run("run-once", "collect", "-c", config)
    other = tls.make(tmp_path_factory.mktemp("other"))
    before = (folder / "gateway.toml").read_text(encoding="utf-8")
    edited(
        folder / "gateway.toml",
        lambda text: text.replace(str(known.client.key), str(other.client.key)).replace(
            str(known.client.certificate), str(other.client.certificate)
        ),
    )
    assert code(folder).startswith("courier.certificate-refused ")
    assert checked(folder)["endpoint"]["code"] == "courier.certificate-refused"
    CliRunner().invoke(app, ["run-once", "dispatch", "-c", config])
    assert set(notices(folder).values()) == {"QUEUED"}

    (folder / "gateway.toml").write_text(before, encoding="utf-8")
    run("endpoint", "retry", "sandbox", "--reason", "the right certificate", "-c", config)
    run("queue", "retry", *notices(folder), "--reason", "the right certificate", "-c", config)
    run("run-once", "dispatch", "-c", config)
    assert set(notices(folder).values()) == {"SUBMITTED"}


def test_a_key_of_another_certificate_is_told_before_anybody_is_asked(folder: Path, known: tls.Tls) -> None:
    edited(folder / "gateway.toml", lambda text: text.replace(str(known.client.key), str(known.stranger.key)))
    assert code(folder).startswith("key.mismatch ")
    assert checked(folder)["client certificate"]["code"] == "key.mismatch"


def test_a_configuration_without_the_user_name_sends_nothing(folder: Path) -> None:
    def without(text: str) -> str:
        return "\n".join(line for line in text.splitlines() if not line.startswith("username_token"))

    edited(folder / "gateway.toml", without)
    found = checked(folder)["judiciary's profile"]
    assert (found["code"], found["actor"]) == ("profile.credentials-missing", "operator")
    assert "[judiciary.username_token]" in str(found["where"])
    assert code(folder) == "profile.credentials-missing profile strict: username_token = true"
