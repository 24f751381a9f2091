"""`check` is red where files or ports lie open to others, or a code can never be matched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.cli.check import exposure
from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_folder import prepare
from gateway.runtime.errors import GatewayError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    prepare(folder, 3)
    return folder


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    installation = Installation.of(folder / "gateway.toml")
    yield installation
    installation.close()


@pytest.fixture
def configured(folder: Path) -> Iterator[Callable[[str, str], Installation]]:
    """An installation whose file says something else; the file is as before afterwards."""
    file = folder / "gateway.toml"
    before, made = file.read_text(encoding="utf-8"), []

    def changed(old: str, new: str) -> Installation:
        assert old in before
        file.write_text(before.replace(old, new, 1), encoding="utf-8")
        made.append(Installation.of(file))
        return made[0]

    yield changed
    for each in made:
        each.close()
    file.write_text(before, encoding="utf-8")


def found(probe: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        probe()
    return caught.value


@pytest.mark.parametrize(
    "name", ["gateway.toml", "pki/municipality/transport.key.pem", "pki/municipality/archive.key.pem"]
)
@pytest.mark.parametrize("mode", [0o604, 0o644, 0o620, 0o602])
def test_a_key_or_configuration_that_others_can_read_is_a_finding(
    installation: Installation, folder: Path, name: str, mode: int
) -> None:
    path = folder / name
    before = path.stat().st_mode
    path.chmod(mode)
    error = found(lambda: exposure.private_files(installation))
    path.chmod(before)
    assert (error.code, error.where) == ("config.exposed", str(path.resolve()))
    assert f"{mode:04o}" in error.detail


@pytest.mark.parametrize("service", ["courtesy", "asset_register"])
def test_the_key_by_which_a_service_of_the_city_knows_us_is_looked_at(
    configured: Callable[[str, str], Installation], folder: Path, service: str
) -> None:
    key = folder / "city.key.pem"
    key.touch()
    key.chmod(0o644)
    files = 'anchors = "city.pem"\ncertificate = "city.pem"\nkey = "city.key.pem"\n'
    made = configured("[gateway]", f'[{service}]\nurl = "https://127.0.0.1:9"\n{files}\n[gateway]')
    error = found(lambda: exposure.private_files(made))
    assert (error.code, error.where) == ("config.exposed", str(key.resolve()))


def test_files_of_the_services_account_and_group_are_none(installation: Installation, folder: Path) -> None:
    (folder / "gateway.toml").chmod(0o640)
    assert "no other account" in exposure.private_files(installation)


def test_health_beyond_this_machine_is_a_finding(configured: Callable[[str, str], Installation]) -> None:
    installation = configured('listen = "127.0.0.1:0"', 'listen = "0.0.0.0:9109"')
    error = found(lambda: exposure.listener(installation))
    assert error.code == "config.listen"
    text = installation.file.read_text(encoding="utf-8").splitlines()
    assert "0.0.0.0" in text[int(error.where.rpartition(" ")[2]) - 1]


def test_an_archive_folder_that_takes_no_file_is_a_finding(tmp_path: Path) -> None:
    place = tmp_path / "archive"
    place.write_text("no folder", encoding="utf-8")
    error = found(lambda: exposure.archive_folder(place))
    assert (error.code, error.detail) == ("archive.folder", "a folder in its path is no folder")


def test_an_archive_folder_that_is_not_made_yet_is_none(tmp_path: Path) -> None:
    assert "can be written" in exposure.archive_folder(tmp_path / "later" / "archive")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["حکم ۱", "ruling ", "rul\u200cing"])
def test_a_kind_that_no_row_can_have_is_a_finding(configured: Callable[[str, str], Installation], kind: str) -> None:
    installation = configured("ruling = ", f'"{kind}" = "رأی"\nruling = ')
    body = installation.settings.bodies["article-100"]
    error = found(lambda: exposure.codes(installation, "article-100", body))
    assert error.code == "config.code"
    assert repr(kind) in error.detail


def test_every_code_that_no_row_can_have_is_named(configured: Callable[[str, str], Installation]) -> None:
    kinds = ["حکم ۱", "ruling ", "rul\u200cing"]
    installation = configured("ruling = ", "\n".join(f'"{kind}" = "رأی"' for kind in kinds) + "\nruling = ")
    error = found(lambda: exposure.codes(installation, "article-100", installation.settings.bodies["article-100"]))
    assert all(repr(kind) in error.detail for kind in kinds)
    lines = installation.file.read_text(encoding="utf-8").splitlines()
    named = [lines[int(number) - 1] for number in error.where.rpartition("lines ")[2].split(", ")]
    assert [line.partition("=")[0].strip() for line in named] == [f'"{kind}"' for kind in kinds]


def test_a_key_of_the_municipality_is_no_receipt_key_online_either(folder: Path, tmp_path: Path) -> None:
    text = (folder / "gateway.toml").read_text(encoding="utf-8")
    ours = "pki/municipality/seal-article-77.crt.pem"
    (tmp_path / "pki").symlink_to(folder / "pki")
    changed = text.replace("pki/judiciary/receipts.crt.pem", ours)
    assert changed != text
    (tmp_path / "gateway.toml").write_text(changed, encoding="utf-8")
    installation = Installation.of(tmp_path / "gateway.toml")
    error = found(lambda: installation.partner)
    installation.close()
    assert (error.code, error.where) == ("certificate.ours", str(tmp_path / ours))


def test_a_socket_that_would_take_the_place_of_a_file_is_a_finding(
    configured: Callable[[str, str], Installation], folder: Path
) -> None:
    installation = configured("[service]", '[service]\nsocket = "gateway.toml"')
    error = found(lambda: exposure.acts(installation))
    line = next(n for n, text in enumerate((folder / "gateway.toml").read_text().splitlines(), 1) if "socket" in text)
    assert (error.code, error.detail) == ("act.socket", "it is no socket; nothing was deleted")
    assert error.where == f"{folder / 'gateway.toml'}, line {line}, service.socket: {folder / 'gateway.toml'}"


def test_a_group_of_the_socket_that_does_not_exist_is_a_finding(
    configured: Callable[[str, str], Installation], installation: Installation
) -> None:
    assert exposure.acts(installation).endswith("can be made")
    error = found(lambda: exposure.acts(configured("[service]", '[service]\nsocket_group = "nonsense"')))
    assert (error.code, error.detail) == ("act.socket", "no group nonsense")
    assert "service.socket_group" in error.where


LONG = "n" * 5000
"""A name that no file can have."""


@pytest.mark.parametrize("probe", [exposure.private_files, lambda installation: installation.partner])
def test_a_file_that_cannot_be_looked_at_is_a_finding(
    configured: Callable[[str, str], Installation], probe: Callable[[Installation], object]
) -> None:
    made = configured(
        'key = "pki/municipality/transport', f'password_file = "{LONG}"\nkey = "pki/municipality/transport'
    )
    certificate = made.settings.transport.model_copy(update={"certificate": LONG})
    hidden = replace(made, settings=made.settings.model_copy(update={"transport": certificate}))
    error = found(lambda: probe(hidden))
    assert (error.code, error.where.endswith(LONG)) == ("config.unreadable", True)


def test_an_open_file_is_told_before_one_that_cannot_be_looked_at(
    configured: Callable[[str, str], Installation], folder: Path
) -> None:
    made = configured(
        'key = "pki/municipality/transport', f'password_file = "{LONG}"\nkey = "pki/municipality/transport'
    )
    key = folder / "pki/municipality/transport.key.pem"
    mode = key.stat().st_mode
    key.chmod(0o644)
    error = found(lambda: exposure.private_files(made))
    key.chmod(mode)
    assert error.code == "config.exposed"


def test_an_archive_folder_that_cannot_be_looked_at_is_a_finding(tmp_path: Path) -> None:
    assert found(lambda: exposure.archive_folder(tmp_path / LONG)).code == "config.unreadable"


@pytest.mark.parametrize(
    ("name", "why"),
    [("pki", "it is a folder, and a file is wanted"), ("none/log", "there is no such file or folder")],
)
def test_a_log_that_cannot_be_written_is_a_finding(
    configured: Callable[[str, str], Installation], folder: Path, name: str, why: str
) -> None:
    made = configured('file = "gateway.log"', f'file = "{name}"')
    error = found(lambda: exposure.log_file(made))
    text = (folder / "gateway.toml").read_text(encoding="utf-8").splitlines()
    line = text.index(f'file = "{name}"') + 1
    assert (error.code, error.where) == ("config.value", f"{folder / 'gateway.toml'}, line {line}")
    assert error.detail == f"log.file: {folder / name}: {why}"


def test_a_log_that_is_not_there_yet_is_not_made_by_the_check(
    configured: Callable[[str, str], Installation], folder: Path
) -> None:
    assert "can be written" in exposure.log_file(configured('file = "gateway.log"', 'file = "new.log"'))
    assert not (folder / "new.log").exists()
