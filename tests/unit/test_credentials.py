"""A profile may ask for a user name or a certificate for TLS beside the signature. The configuration has it, or the
missing part is reported; no secret is shown."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.judiciary.bound_profile import bound
from adapters.composition.key_files import certificate_files, signing_certificate_of
from adapters.judiciary.channel import Channel
from gateway.runtime.errors import GatewayError
from tests.unit.crypto.certificates import ISSUED, Issued, ec_key, issue, write
from tests.unit.test_profiles import installation

PASSWORD = "گذرواژه‌ای بلند و تصادفی"
HTTPS = 'endpoint = "http://127.0.0.1:8080/eblagh"', 'endpoint = "https://127.0.0.1:8080/eblagh"'
ROOTS = 'destination = "judiciary"', 'tls_anchors = "roots.pem"\ndestination = "judiciary"'
WITH_TOKEN = "username_token = false", "username_token = true"
WITH_TLS = "mutual_tls = false", "mutual_tls = true"


def table(name: str, *lines: str) -> tuple[str, str]:
    """A change of the configuration: one more table below [judiciary]."""
    return "[judiciary.signature]\n", f"[judiciary.{name}]\n" + "\n".join(lines) + "\n[judiciary.signature]\n"


USER = table("username_token", 'username = "city"', 'password_file = "password"')
SHOWN = table("client_certificate", 'key = "tls.key.pem"', 'certificate = "tls.pem"')
KEY_PASSWORD = table("client_certificate", 'key = "tls.key.pem"', 'certificate = "tls.pem"', 'password_file = "word"')


@pytest.fixture(scope="module")
def pair() -> Issued:
    """Of a kind that signs no message of ours."""
    return issue("city", key=ec_key("tls"))


def refused(tmp_path: Path, changes: Sequence[tuple[str, str]], profile: Sequence[tuple[str, str]]) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        _ = installation(tmp_path, *changes, profile=tuple(profile)).configured_judiciary.profile
    return refusal.value


@pytest.mark.parametrize(
    ("changes", "profile", "code", "where"),
    [
        ([], [WITH_TOKEN], "profile.credentials-missing", "[judiciary.username_token]"),
        ([], [WITH_TLS], "profile.credentials-missing", "[judiciary.client_certificate]"),
        ([USER], [], "profile.credentials-unasked", "[judiciary.username_token]"),
        ([HTTPS, SHOWN], [], "profile.credentials-unasked", "[judiciary.client_certificate]"),
    ],
)
def test_profile_and_configuration_agree_or_nothing_is_sent(
    tmp_path: Path, changes: list[tuple[str, str]], profile: list[tuple[str, str]], code: str, where: str
) -> None:
    reported = refused(tmp_path, changes, profile)
    assert reported.code == code
    assert reported.where == f"{tmp_path / 'gateway.toml'}, {where}"


def test_a_user_name_has_the_password_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\r\n", encoding="utf-8")
    ours = installation(tmp_path, USER, profile=(WITH_TOKEN,))
    known = ours.configured_judiciary.credentials()
    assert known is not None
    assert (known.username, known.password) == ("city", PASSWORD.encode())
    assert PASSWORD not in repr(ours.settings) + repr(known)
    shown = CliRunner().invoke(app, ["config", "show", "-c", str(tmp_path / "gateway.toml")]).output
    assert "password_file" in shown
    assert PASSWORD not in shown


@pytest.mark.parametrize("content", [None, b"", b"\n"])
def test_a_password_that_is_not_there(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "password").write_bytes(content)
    with pytest.raises(GatewayError) as refusal:
        installation(tmp_path, USER, profile=(WITH_TOKEN,)).configured_judiciary.credentials()
    assert (refusal.value.code, refusal.value.where) == ("config.unreadable", str(tmp_path / "password"))


@pytest.mark.parametrize("name", ["", " city", "ci\\nty", "x" * 257])
def test_a_user_name_that_no_message_can_hold(tmp_path: Path, name: str) -> None:
    user = table("username_token", f'username = "{name}"', 'password_file = "password"')
    with pytest.raises(GatewayError) as refusal:
        installation(tmp_path, user)
    assert refusal.value.detail.startswith("judiciary.username_token.username")


def with_pair(tmp_path: Path, pair: Issued, *, key: bytes | None = None, certificate: bytes | None = None) -> None:
    write(tmp_path / "tls.pem", pair.pem if certificate is None else certificate)
    write(tmp_path / "tls.key.pem", pair.key_pem() if key is None else key)


def test_a_certificate_for_tls_is_known_with_its_key(tmp_path: Path, pair: Issued) -> None:
    with_pair(tmp_path, pair)
    ours = installation(tmp_path, HTTPS, SHOWN, profile=(WITH_TLS,))
    shown = ours.configured_judiciary.client_certificate()
    assert shown is not None
    assert shown.subject == "CN=city"
    assert ours.configured_judiciary.tls().certificate == tmp_path / "tls.pem"
    assert signing_certificate_of(certificate_files(ours.settings)["client certificate"], ours.folder) == shown


def test_its_key_may_have_a_password(tmp_path: Path, pair: Issued) -> None:
    with_pair(tmp_path, pair, key=pair.key_pem(PASSWORD.encode()))
    (tmp_path / "word").write_text(PASSWORD, encoding="utf-8")
    ours = installation(tmp_path, HTTPS, KEY_PASSWORD, profile=(WITH_TLS,))
    assert ours.configured_judiciary.client_certificate() is not None
    assert ours.configured_judiciary.tls().password == PASSWORD.encode()
    assert "password" not in repr(ours.configured_judiciary.tls())


@pytest.mark.parametrize("fault", ["no certificate", "no key", "another key", "locked"])
def test_a_certificate_that_cannot_be_shown_is_told(tmp_path: Path, pair: Issued, fault: str) -> None:
    match fault:
        case "no certificate":
            with_pair(tmp_path, pair, certificate=b"none")
            code, file = "key.unreadable", "tls.pem"
        case "no key":
            with_pair(tmp_path, pair, key=b"none")
            code, file = "key.unreadable", "tls.key.pem"
        case "another key":
            with_pair(tmp_path, pair, key=issue("other").key_pem())
            code, file = "key.mismatch", "tls.key.pem"
        case _:
            with_pair(tmp_path, pair, key=pair.key_pem(b"word"))
            code, file = "key.password", "tls.key.pem"
    with pytest.raises(GatewayError) as refusal:
        installation(tmp_path, HTTPS, SHOWN, profile=(WITH_TLS,)).configured_judiciary.client_certificate()
    assert (refusal.value.code, refusal.value.where) == (code, str(tmp_path / file))


def test_files_of_tls_that_change_later_are_not_read_again(tmp_path: Path, pair: Issued) -> None:
    with_pair(tmp_path, pair)
    write(tmp_path / "roots.pem", pair.pem)
    service = installation(tmp_path, HTTPS, ROOTS, SHOWN, profile=(WITH_TLS,))
    judiciary = service.configured_judiciary
    first = judiciary.tls()
    for file in ("roots.pem", "tls.pem", "tls.key.pem"):
        write(tmp_path / file, b"none")
    assert judiciary.tls() is first
    with closing(service.again()) as act:
        later = act.configured_judiciary
        assert (later.tls(), later.client_certificate()) == (first, judiciary.client_certificate())
        assert later.tls() is first
    other_version = bound(replace(judiciary.profile, version="2"), service.settings, service.file, service.known_tls)
    assert other_version.tls() is first
    assert first.context.cert_store_stats()["x509"] == 1


def test_roots_of_the_server_that_are_none(tmp_path: Path) -> None:
    write(tmp_path / "roots.pem", b"none")
    with pytest.raises(GatewayError) as refusal:
        installation(tmp_path, HTTPS, ROOTS).configured_judiciary.tls()
    assert (refusal.value.code, refusal.value.where) == ("key.unreadable", str(tmp_path / "roots.pem"))


@pytest.mark.parametrize("reported", [SHOWN, ROOTS])
def test_what_is_about_tls_wants_an_endpoint_that_speaks_it(tmp_path: Path, reported: tuple[str, str]) -> None:
    with pytest.raises(GatewayError) as refusal:
        installation(tmp_path, reported)
    assert refusal.value.code == "config.value"
    assert "https://" in refusal.value.detail


def test_an_expired_certificate_is_told_before_anything_is_claimed(pair: Issued, tmp_path: Path) -> None:
    with_pair(tmp_path, pair)
    shown = installation(tmp_path, HTTPS, SHOWN, profile=(WITH_TLS,)).configured_judiciary.client_certificate()
    channel = Channel("https://127.0.0.1:1/", timedelta(seconds=1), shown=shown)
    channel.assert_ready(ISSUED + timedelta(days=1))
    with pytest.raises(GatewayError, match=r"certificate\.expired"):
        channel.assert_ready(ISSUED + timedelta(days=400))
    channel.close()


def test_development_certificates_for_tls_reach_no_real_service(tmp_path: Path) -> None:
    marked = issue("city (DEVELOPMENT)", key=ec_key("tls"))
    with_pair(tmp_path, marked)
    write(tmp_path / "roots.pem", marked.pem)
    ours = installation(tmp_path, HTTPS, SHOWN, ROOTS, profile=(WITH_TLS,))
    reported = {found.where for found in ours.violations() if found.code == "key.development"}
    assert reported == {str(tmp_path / "tls.pem"), str(tmp_path / "roots.pem")}
