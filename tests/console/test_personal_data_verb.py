"""The verb `personal-data export`: the identifier comes unseen, the record before the file, and the file once."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.cli.service import personal_data
from adapters.composition.installation import Installation
from adapters.crypto.xml.sealing import recipient_identifier
from adapters.terminal.printing import FINDING
from gateway.notice.legal_effect import persian_digits
from gateway.runtime.errors import GatewayError

PURPOSE = "نامه شماره ۱۳ مخاطب"


@pytest.fixture(scope="module")
def identifier(lived: Installation) -> str:
    notice = lived.store().notices.find(state=None, limit=1, after=None)[0]
    return recipient_identifier(lived.store().evidence.payload(notice.entry.seal_digest))


def run(folder: Path, *arguments: str, typed: str = "", reason: str = PURPOSE) -> Result:
    command = ["personal-data", "export", "--reason", reason, *arguments, "-c", str(folder / "gateway.toml")]
    return CliRunner().invoke(app, command, input=typed)


def acts(installation: Installation, digest: str) -> list[dict[str, str]]:
    """Return the payloads of the exports of a file."""
    store = installation.store()
    found = store.notices.find(state=None, limit=1000, after=None)
    rows = {row.id: row for each in found for row in store.evidence.of_notice(each.entry.reference)}
    ours = (row for id, row in rows.items() if id.startswith(f"act:personal-data.export:{digest}:"))
    return [json.loads(store.evidence.payload(row.payload_digest)) for row in ours]


def test_a_recipient_is_exported_and_recorded(
    lived: Installation, lived_folder: Path, tmp_path: Path, identifier: str
) -> None:
    file = tmp_path / "person.zip"
    done = run(lived_folder, "-o", str(file), "--json", typed=f"{persian_digits(identifier)}\n")
    assert done.exit_code == 0, (done.output, done.exception)
    told = json.loads(done.stdout.splitlines()[-1])
    digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    assert told["digest"] == digest
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [*tmp_path.glob("*.partial")]
    with ZipFile(file) as container:
        assert len(json.loads(container.read("index.json"))["notices"]) == told["notices"] > 0
        assert not any(identifier in name for name in container.namelist())
    [act] = acts(lived, digest)
    assert (act["reason"], act["notices"]) == (PURPOSE, str(told["notices"]))
    assert identifier not in done.output
    assert persian_digits(identifier) not in done.output, "as it was typed"
    assert identifier not in json.dumps(act)


def test_an_existing_file_is_not_touched(lived_folder: Path, tmp_path: Path, identifier: str) -> None:
    file = tmp_path / "person.zip"
    file.write_bytes(b"mine")
    done = run(lived_folder, "-o", str(file), typed=identifier)
    assert isinstance(done.exception, GatewayError)
    assert done.exception.code == "personal-data.file"
    assert file.read_bytes() == b"mine"


def test_a_link_beside_the_file_is_not_followed(lived_folder: Path, tmp_path: Path, identifier: str) -> None:
    others = tmp_path / "of-others"
    others.write_bytes(b"")
    (tmp_path / "person.zip.partial").symlink_to(others)
    done = run(lived_folder, "-o", str(tmp_path / "person.zip"), typed=identifier)
    assert isinstance(done.exception, GatewayError)
    assert done.exception.code == "personal-data.file"
    assert others.read_bytes() == b""
    assert not (tmp_path / "person.zip").exists()


def test_an_export_that_cannot_be_recorded_does_not_leave(
    lived_folder: Path, tmp_path: Path, identifier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise GatewayError("store.unavailable")

    monkeypatch.setattr(personal_data, "perform", refused)
    done = run(lived_folder, "-o", str(tmp_path / "person.zip"), typed=identifier)
    assert isinstance(done.exception, GatewayError)
    assert done.exception.code == "store.unavailable"
    assert [*tmp_path.iterdir()] == []


def test_a_trial_writes_and_records_nothing(
    lived: Installation, lived_folder: Path, tmp_path: Path, identifier: str
) -> None:
    done = run(lived_folder, "-o", str(tmp_path / "x.zip"), "--dry-run", "--without-papers", "--json", typed=identifier)
    told = json.loads(done.stdout.splitlines()[-1])
    assert (done.exit_code, told["file"]) == (0, None)
    assert [*tmp_path.iterdir()] == []
    assert acts(lived, told["digest"]) == []


def test_nobody_with_the_identifier_is_a_finding(lived_folder: Path, tmp_path: Path) -> None:
    done = run(lived_folder, "-o", str(tmp_path / "x.zip"), typed="0000000019")
    assert isinstance(done.exception, SystemExit), "told, and not raised"
    assert done.exit_code == FINDING
    assert [*tmp_path.iterdir()] == []


def test_an_account_is_exported_by_its_login(lived_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "account.zip"
    done = run(lived_folder, "-o", str(file), "--login", "SECURITY")
    assert done.exit_code == 0, (done.output, done.exception)
    with ZipFile(file) as container:
        assert json.loads(container.read("account.json"))["login"] == "security"
    unknown = run(lived_folder, "-o", str(tmp_path / "y.zip"), "--login", "nobody-here")
    assert isinstance(unknown.exception, GatewayError)
    assert unknown.exception.code == "people.unknown"


def test_an_empty_purpose_is_refused(lived_folder: Path, tmp_path: Path, identifier: str) -> None:
    done = run(lived_folder, "-o", str(tmp_path / "x.zip"), typed=identifier, reason=" ")
    assert done.exit_code == 2, "a mistake in the options"
    assert [*tmp_path.iterdir()] == []
