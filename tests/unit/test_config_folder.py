"""Paths of a configuration file lead to files, or to a refusal that names the path."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from adapters.composition.installation import Installation
from adapters.composition.passes.known_services import known_service
from adapters.settings import KnownServiceSection, load_profile
from adapters.settings.config_folder import ConfigFolder, is_file, status_of
from adapters.shipped.resources import PROFILES
from gateway.runtime.errors import GatewayError


@pytest.mark.parametrize("name", ["nowhere", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    folder = ConfigFolder(tmp_path)
    with pytest.raises(GatewayError) as text:
        folder.text(name)
    with pytest.raises(GatewayError) as secret:
        folder.secret(name, "key.unreadable")
    assert (text.value.code, secret.value.code) == ("config.unreadable", "key.unreadable")
    assert text.value.where == secret.value.where == str(tmp_path / name)


LONG = "n" * 5000
"""A name that no file can have."""


def test_a_file_that_cannot_be_looked_at_is_not_taken_for_an_absent_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    assert is_file(tmp_path / "file")
    assert not is_file(tmp_path)
    assert status_of(tmp_path / "none") is None
    assert status_of(tmp_path / "file" / "below") is None
    for name, why in ((LONG, "file name too long"), ("a\0b", "it has not the form that is wanted")):
        with pytest.raises(GatewayError) as refused:
            status_of(tmp_path / name)
        assert (refused.value.code, refused.value.where) == ("config.unreadable", str(tmp_path / name))
        assert refused.value.detail == why

    def forbidden(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "stat", forbidden)
    with pytest.raises(GatewayError, match="this account may not do that"):
        is_file(tmp_path / "file")


def test_a_profile_that_cannot_be_looked_at_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=r"config\.unreadable"):
        load_profile(f"./{LONG}", tmp_path)


def test_a_file_of_a_profile_that_cannot_be_looked_at_is_an_error(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(PROFILES / "eblagh-1", own)
    file = own / "profile.toml"
    text = file.read_text(encoding="utf-8")
    assert 'service = "' in text
    file.write_text(text.replace('service = "', f'service = "{LONG}', 1), encoding="utf-8")
    with pytest.raises(GatewayError, match=r"config\.unreadable"):
        load_profile("./own", tmp_path)


@pytest.mark.parametrize("octets", [b"", b"\n", b"a\0b", b"one\ntwo", b"\xef\xbb\xbfabc", "رمز".encode()])
def test_a_token_that_no_header_can_have_is_refused_by_its_file(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "token").write_bytes(octets)
    section = KnownServiceSection(url="https://service.example", token_file="token")
    installation = cast(Installation, SimpleNamespace(folder=ConfigFolder(tmp_path), loopback_only=False))
    service = known_service(installation, section, "auditor", "witness.credentials")
    with pytest.raises(GatewayError) as refused:
        service.authorization()
    assert (refused.value.code, refused.value.where) == ("witness.credentials", str(tmp_path / "token"))
    assert refused.value.detail == "one line of printable ASCII is wanted"
    (tmp_path / "token").write_bytes(b"abc-123\n")
    assert service.authorization() == {"Authorization": "Bearer abc-123"}
