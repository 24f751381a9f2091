"""The console's listener: forms within their bound, and the address of a person behind a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
import requests
from pydantic import ValidationError

from adapters.console.pages_application import MAX_FORM_BYTES, console_service
from adapters.settings import ConsoleSection
from adapters.web.listener_limits import CONSOLE
from adapters.web.server import WebServer
from gateway.people.login_session import NewSession
from gateway.runtime.errors import GatewayError
from tests.console.signed_in import KnownSessions

from .listeners import console_parts
from .slow import PATIENCE, exchange

OWN = {"Sec-Fetch-Site": "same-origin"}


@contextmanager
def listening(peers: list[str], *proxies: str) -> Iterator[str]:
    """Serve a console that signs nobody in, and notes the address of who tried; give its address."""

    class Refusing(KnownSessions):
        def begin(
            self, login: str, password: str, code: str, peer: str, now: datetime, device: str | None
        ) -> NewSession:
            peers.append(peer)
            raise GatewayError("people.sign-in")

    parts = console_parts(ConsoleSection(public_url="https://console.city.example/", proxies=list(proxies)))
    server = WebServer("127.0.0.1:0", CONSOLE)
    server.service = console_service(type(parts)(installation=parts.installation, sessions=Refusing(), secure=True))
    server.start()
    yield server.url
    server.close()


def test_a_form_within_the_bound_is_read_and_one_beyond_is_refused_unread() -> None:
    peers: list[str] = []
    with listening(peers) as url:
        form = {"login": "a", "password": "x" * (MAX_FORM_BYTES - 100)}
        assert requests.post(f"{url}/sign-in", data=form, headers=OWN, timeout=PATIENCE).status_code == 422
        for head, status in (
            (f"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: {MAX_FORM_BYTES + 1}\r\n\r\n", 413),
            ("POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
            ("GET /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", 413),
        ):
            assert exchange(url, head.encode()).startswith(f"HTTP/1.1 {status} ".encode())
    assert peers == ["127.0.0.1"]


@pytest.mark.parametrize(("proxies", "peer"), [((), "127.0.0.1"), (("127.0.0.1",), "192.0.2.7")])
def test_lock_outs_count_the_address_that_a_configured_proxy_names(proxies: tuple[str, ...], peer: str) -> None:
    peers: list[str] = []
    with listening(peers, *proxies) as url:
        headers = {**OWN, "X-Forwarded-For": "10.0.0.1, 192.0.2.7"}
        requests.post(f"{url}/sign-in", data={"login": "a"}, headers=headers, timeout=PATIENCE)
    assert peers == [peer]


def test_a_proxy_is_an_address() -> None:
    assert ConsoleSection(proxies=["2001:DB8::1"]).proxies == ["2001:db8::1"]
    with pytest.raises(ValidationError, match="an IP address is wanted"):
        ConsoleSection(proxies=["proxy.city.example"])
