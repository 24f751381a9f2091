"""A provider that is away, or another one than configured: people are told, `check` says why, local accounts work."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from adapters.cli.check.check_people import provider as probe
from gateway.runtime.errors import CATALOGUE, GatewayError
from tests.console.real_people import RealBrowser
from tests.openid.openid_console import SESSION, OpenIdConsole
from tests.openid.provider_process import Provider
from tests.peers.npm import needs_node
from tests.people import PASSWORD
from tests.witness.tls import Tls

pytestmark = needs_node


@pytest.fixture
def nobody() -> Iterator[str]:
    """Return the address of a port on which nobody answers."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"https://127.0.0.1:{bound.getsockname()[1]}"


def found(console: OpenIdConsole) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        probe(console.console.installation)
    return refusal.value


def test_local_accounts_work_while_the_provider_is_down(console_at: Callable[..., OpenIdConsole], nobody: str) -> None:
    console = console_at(issuer=nobody)
    code = console.act("person.first", login="officer-1", name="فاطمه نوری")["one_time_code"]
    browser = console.browser()
    answer = browser.post("/sign-in", "/sign-in/openid", next="/")
    assert answer.status_code == 503
    assert CATALOGUE["openid.unreachable"].fa in answer.text
    assert 'name="password"' in answer.text
    enrolled = browser.post("/welcome", "/welcome/openid", login="officer-1", one_time_code=code)
    assert (enrolled.status_code, 'name="password"' in enrolled.text) == (503, True)
    telephone = RealBrowser(console.console, browser.client)
    telephone.scan(enrolled.text)
    fields = {"login": "officer-1", "one_time_code": code, "password": PASSWORD, "again": PASSWORD}
    browser.post("/welcome", "/welcome/enrol", code=telephone.code(), **fields)
    assert browser.is_signed_in
    assert browser.cookie(SESSION)
    assert found(console).code == "openid.unreachable"


def test_signing_out_ends_the_session_while_the_provider_is_down(console: OpenIdConsole) -> None:
    console.linked()
    browser = console.browser()
    browser.sign_in()
    console.console.clock.advance(minutes=11)  # its metadata are not kept any longer
    console.provider.spoil("moved")
    answer = browser.post("/account", "/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")
    assert not browser.is_signed_in


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("other-issuer-published", "openid.mismatch"),
        ("keys-elsewhere", "openid.mismatch"),
        ("moved", "openid.unreachable"),
        ("endless", "openid.unreachable"),
    ],
)
def test_a_provider_that_is_not_as_it_should_be_is_told(
    console: OpenIdConsole, provider: Provider, kind: str, code: str
) -> None:
    assert provider.issuer in probe(console.console.installation)
    provider.spoil(kind)
    error = found(console)
    assert (error.code, error.where) == (code, provider.issuer)
    answer = console.browser().post("/sign-in", "/sign-in/openid", next="/")
    assert (answer.status_code, CATALOGUE[code].fa in answer.text) == (503, True)


def test_a_provider_under_another_root_is_not_believed(
    console_at: Callable[..., OpenIdConsole], tls: Tls, provider: Provider
) -> None:
    console = console_at(root=tls.server.certificate.with_name("client.pem"))
    assert found(console).code == "openid.unreachable"


def test_a_secret_that_the_provider_does_not_know_is_told(console: OpenIdConsole) -> None:
    installation = console.console.installation
    installation.folder.path("openid.secret").write_text("another secret", encoding="utf-8")
    error = found(console)
    assert (error.code, error.detail) == ("openid.mismatch", "invalid_client")


def test_an_algorithm_that_the_provider_does_not_use_is_told(console_at: Callable[..., OpenIdConsole]) -> None:
    assert "ES512" in found(console_at('algorithms = ["ES512"]')).detail
