"""A service with a login: one session for all processes, renewed on its code, and no secret anywhere."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sandbox.verbs.demo_folder import prepare
from gateway.record.masking import MASK, MASKED
from tests.contracts.configuration import configure
from tests.examples.installation import Installation
from tests.witness import tls

from .server import USER, WORD, Daftar, serving

PROFILE = Path(__file__).parent / "profile"


@pytest.fixture
def daftar() -> Daftar:
    return Daftar()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tls.Tls]:
    """Return a folder with keys and cases, and the keys of TLS; tests take copies of the folder."""
    directory, keys = tmp_path_factory.mktemp("daftar"), tmp_path_factory.mktemp("tls")
    prepare(directory, 6)
    shutil.copytree(PROFILE, directory / "profiles" / "daftar")
    (directory / "word").write_text(WORD, encoding="utf-8")
    (directory / "word").chmod(0o600)
    return directory, tls.make(keys)


@pytest.fixture
def gateway(daftar: Daftar, prepared: tuple[Path, tls.Tls], tmp_path: Path) -> Iterator[Installation]:
    directory, pki = tmp_path / "D", prepared[1]
    shutil.copytree(prepared[0], directory)
    with serving(daftar, pki) as endpoint:
        file = directory / "gateway.toml"
        configure(file, "daftar", endpoint)
        text = file.read_text(encoding="utf-8")
        for key in ("anchors", "certificates", "receipt_certificates"):
            text = re.sub(rf"^{key} = .*$", f"{key} = []", text, count=1, flags=re.MULTILINE)
        text = text.replace("\nendpoint = ", f"\ntls_anchors = {json.dumps(str(pki.root))}\nendpoint = ", 1)
        login = f'[judiciary.login]\nusername = "{USER}"\npassword_file = "word"\n'
        file.write_text(f"{text}\n{login}", encoding="utf-8")
        yield Installation(directory=directory, store=f"sqlite:///{directory}/gateway.db")


def assert_no_secret(gateway: Installation, secrets: set[str]) -> None:
    """No file of the installation but the password's has one of these texts, in whatever form it is written."""
    wanted = {form for text in secrets for form in (text, text.replace("&", "&amp;").replace("<", "&lt;"))}
    for path in gateway.directory.rglob("*"):
        if path.is_file() and path.name != "word":
            octets = path.read_bytes()
            assert not [text for text in wanted if text.encode() in octets], path


@pytest.mark.long
def test_all_processes_serve_notices_in_one_session(gateway: Installation, daftar: Daftar) -> None:
    reported = gateway.check()
    assert reported["endpoint"]["ok"], reported["endpoint"]
    assert "lost.session" in reported
    gateway.passes("collect", "dispatch")
    gateway.passes("receipts", "writeback")
    assert set(gateway.states()) == {"VIEWED"}
    assert len(set(daftar.letters)) == len(daftar.letters) > 2
    assert daftar.logins == [USER], "each run is a process of its own"

    headers = [json.loads(header) for (header,) in gateway.rows("SELECT header FROM evidence")]
    sent = [header["context"] for header in headers if header["kind"] == "MESSAGE_SENT"]
    assert {context[MASKED] for context in sent} == {"Session.Token"}
    assert not [header for header in headers if header["context"].get("operation") == "Login"]
    gateway.passes("archive")
    gateway.run("archive write")
    segments = b"".join(path.read_bytes() for path in (gateway.directory / "payloads").rglob("*") if path.is_file())
    assert f"Token>{MASK}</".encode() in segments
    assert_no_secret(gateway, {WORD, *daftar.tokens})


def test_a_session_that_ends_in_the_middle_is_renewed_once_and_leaves_no_doubt(
    gateway: Installation, daftar: Daftar
) -> None:
    gateway.check()
    gateway.passes("collect")
    daftar.tokens.clear()
    gateway.passes("dispatch")
    assert set(gateway.states()) == {"SUBMITTED"}
    assert len(set(daftar.letters)) == len(daftar.letters) == sum(gateway.states().values())
    assert daftar.logins == [USER] * 2
    faults = [json.loads(header)["context"].get("fault") for (header,) in gateway.rows("SELECT header FROM evidence")]
    assert set(faults) == {None}, "the first attempt is no evidence of anything"


def test_a_session_that_ends_again_at_once_defers_the_notice(gateway: Installation, daftar: Daftar) -> None:
    gateway.passes("collect")
    daftar.ends += ["-14"] * 100
    gateway.passes("dispatch")
    assert set(gateway.states()) == {"QUEUED"}
    assert daftar.letters == []
    assert "-14" in {code for (code,) in gateway.rows("SELECT code FROM outbox")}
    assert "courier.session" in gateway.run("endpoint list --json")


def test_an_answer_that_is_lost_in_the_new_session_leaves_doubt(gateway: Installation, daftar: Daftar) -> None:
    gateway.passes("collect")
    daftar.ends += ["-14", "lost"]
    gateway.passes("dispatch")
    assert gateway.states()["IN_DOUBT"] == 1
    gateway.passes("rescue")
    assert set(gateway.states()) == {"SUBMITTED"}
    assert len(set(daftar.letters)) == len(daftar.letters)


def test_a_wrong_password_holds_the_queue_and_check_says_so(gateway: Installation, daftar: Daftar) -> None:
    daftar.word = "another"
    gateway.passes("collect")
    for _ in range(3):
        gateway.passes("dispatch")
    assert set(gateway.states()) == {"QUEUED"}
    assert daftar.letters == []
    [breaker] = json.loads(gateway.run("endpoint list --json"))["endpoints"]
    assert breaker["code"] == "courier.credentials"
    assert breaker["state"] != "closed", breaker
    assert len(daftar.logins) < 8, "the number of notices that wait plays no part"
    told = gateway.check()["endpoint"]
    assert not told["ok"]
    assert "نام کاربری یا گذرواژه نادرست است" in str(told)
    assert not gateway.rows("SELECT 1 FROM evidence WHERE kind LIKE 'MESSAGE_%'")
    assert_no_secret(gateway, {WORD})


def test_without_the_key_a_new_login_is_made_and_it_is_told_once(gateway: Installation, daftar: Daftar) -> None:
    gateway.check()
    gateway.passes("collect")
    (gateway.directory / "session.key").unlink()
    gateway.passes("dispatch")
    assert set(gateway.states()) == {"SUBMITTED"}
    assert daftar.logins == [USER] * 2
    with closing(sqlite3.connect(gateway.directory / "gateway.db")) as store, store:
        store.execute("UPDATE session_token SET octets = x'00'")
    gateway.passes("receipts")
    assert daftar.logins == [USER] * 3
    assert (gateway.directory / "session.key").stat().st_mode & 0o777 == 0o600
