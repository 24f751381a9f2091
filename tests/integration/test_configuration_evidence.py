"""A configuration is on record when it comes into force: whom to believe, and where things go."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.shipped.resources import PROFILES
from adapters.terminal.printing import moment
from gateway.record.evidence_record import Header


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("configured")
    prepare(directory, 1)
    shutil.copytree(PROFILES / "eblagh-1", directory / "profiles" / "mine")
    edit(directory / "gateway.toml", 'profile = "eblagh-1"', 'profile = "./profiles/mine"')
    return directory


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "city"))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")


def run_pass(folder: Path) -> None:
    """A pass that needs nobody."""
    done = CliRunner().invoke(app, ["run-once", "writeback", "-c", str(folder / "gateway.toml")])
    assert done.exit_code == 0, done.output


def recorded(folder: Path) -> list[Header]:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        return [Header.of(row.header) for row in installation.store().evidence.configurations()]


def effective(folder: Path) -> dict[str, str]:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        return dict(installation.configuration.parts)


def checked(folder: Path) -> str:
    output = CliRunner().invoke(app, ["check", "-c", str(folder / "gateway.toml"), "--json"]).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return str(found["configuration"]["found"])


def other_certificate(folder: Path, file: str) -> None:
    """Put another certificate into a file that the configuration names; its name stays."""
    shutil.copy(folder / "pki/municipality/transport.crt.pem", folder / file)


CHANGES = {
    "a trust anchor": (lambda f: other_certificate(f, "pki/anchors/judiciary-root.pem"), ["judiciary anchors"]),
    "a pin": (lambda f: other_certificate(f, "pki/judiciary/transport.crt.pem"), ["judiciary certificates"]),
    "a receipt signer": (
        lambda f: other_certificate(f, "pki/judiciary/receipts.crt.pem"), ["judiciary receipt certificates"]),
    "the endpoint": (
        lambda f: edit(f / "gateway.toml", "/eblagh\"\nanchors", "/other\"\nanchors"), ["judiciary endpoint"]),
    "a source": (
        lambda f: edit(f / "gateway.toml", "[sources.cases]", '[sources.cases]\nview = "other"'), ["source cases"]),
    "one more source": (
        lambda f: edit(f / "gateway.toml", "[sources.cases]", '[sources.more]\nkind = "files"\nfolder = "in"\n\n'
                       "[sources.cases]"), ["source more"]),
    "an issuing body's title": (
        lambda f: edit(f / "gateway.toml", "کمیسیون ماده صد", "کمیسیون ماده ۱۰۰"), ["body article-100"]),
    "the profile's folder": (
        lambda f: edit(f / "profiles/mine/profile.toml", "format = 1", "format = 1 #"), ["judiciary profile"]),
    "whether doubt is sent again": (lambda f: edit(f / "gateway.toml", "requeue = true", ""), ["judiciary times"]),
}  # fmt: skip
"""Changes, and the parts that show them."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_pass_that_begins_with_another_configuration_records_what_changed(change: str, folder: Path) -> None:
    before = effective(folder)
    edited, parts = CHANGES[change]
    edited(folder)
    after = effective(folder)
    assert sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)) == parts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("collect_seconds = 1", "collect_seconds = 2"),
        ("lease_seconds = 10", "lease_seconds = 11"),
        ("pki/judiciary/receipts.crt.pem", "pki/judiciary/../judiciary/receipts.crt.pem"),
        ('store = "sqlite:///gateway.db"', 'store = "sqlite:///other.db"'),
    ],
)
def test_what_changes_neither_trust_nor_ways_is_the_same_configuration(old: str, new: str, folder: Path) -> None:
    before = effective(folder)
    edit(folder / "gateway.toml", old, new)
    assert effective(folder) == before


def test_a_configuration_is_evidence_and_check_names_it_and_when_it_came_into_force(folder: Path) -> None:
    assert "not in force yet: none was recorded before" in checked(folder)
    run_pass(folder)
    run_pass(folder)
    [first] = recorded(folder)
    assert checked(folder) == f"{first.payload_digest}, in force since {moment(first.event_time)}"

    other_certificate(folder, "pki/judiciary/receipts.crt.pem")
    assert "not in force yet" in checked(folder)
    assert checked(folder).endswith("other: judiciary receipt certificates")
    run_pass(folder)
    first, second = recorded(folder)
    assert second.context["before"] == first.payload_digest
    assert second.context["changed"] == "judiciary receipt certificates"
    assert checked(folder) == f"{second.payload_digest}, in force since {moment(second.event_time)}"


def test_the_record_holds_digests_alone(folder: Path) -> None:
    edit(folder / "gateway.toml", "[sources.cases]", '[sources.other]\nurl = "mysql://clerk@db.city.example/cases'
         '?charset=utf8"\npassword_file = "secret"\n\n[sources.cases]')  # fmt: skip
    (folder / "secret").write_text("b2Vh-long-and-random", encoding="ascii")
    before = effective(folder)
    (folder / "secret").write_text("another", encoding="ascii")
    assert effective(folder) == before, "a password is no part of it"
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        octets = installation.configuration.octets.decode()
    assert re.fullmatch(r'\{"parts":\{("[a-z0-9. -]+":"sha256:[0-9a-f]{64}",?)+\},"v":1\}', octets), octets


def test_a_certificate_that_cannot_be_read_is_another_configuration_and_stops_no_other_pass(folder: Path) -> None:
    run_pass(folder)
    (folder / "pki/judiciary/receipts.crt.pem").unlink()
    run_pass(folder)
    assert recorded(folder)[1].context["changed"] == "judiciary receipt certificates"
