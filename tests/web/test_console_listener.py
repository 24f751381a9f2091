"""The console's listener: forms within their bound, and the address of a person behind a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from pydantic import ValidationError

from adapters.console.pages_application import console_service
from adapters.console.site.security import FORM_TOKEN
from adapters.console.site.uploads import MAX_FORM_BYTES
from adapters.settings import ConsoleSection
from adapters.web.listener_limits import CONSOLE
from adapters.web.server import WebServer

from .listeners import NobodySignsIn, console_parts
from .slow import PATIENCE, exchange


@contextmanager
def listening(sessions: NobodySignsIn, *proxies: str) -> Iterator[str]:
    """Serve a console that signs nobody in; give its address."""
    server = WebServer("127.0.0.1:0", CONSOLE)
    server.service = console_service(console_parts(ConsoleSection(proxies=list(proxies)), sessions))
    server.start()
    yield server.url
    server.close()


def tried(url: str, password: str = "wrong", **headers: str) -> int:
    """Try to sign in as a browser does; return the status."""
    with requests.Session() as browser:
        browser.headers["Connection"] = "close"  # or the time between the two requests would count
        page = browser.get(f"{url}/sign-in", timeout=PATIENCE).text
        token = page.split(f'name="{FORM_TOKEN}" value="')[1].split('"')[0]
        form = {FORM_TOKEN: token, "login": "a", "password": password}
        own = {"Sec-Fetch-Site": "same-origin", **headers}
        return browser.post(f"{url}/sign-in", data=form, headers=own, timeout=PATIENCE).status_code


def test_a_form_within_the_bound_is_read_and_one_beyond_is_refused_unread() -> None:
    sessions = NobodySignsIn()
    with listening(sessions) as url:
        assert tried(url, password="x" * (MAX_FORM_BYTES - 200)) == 422
        for head, status in (
            (f"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: {MAX_FORM_BYTES + 1}\r\n\r\n", 413),
            ("POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
            ("GET /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", 413),
        ):
            assert exchange(url, head.encode()).startswith(f"HTTP/1.1 {status} ".encode())
    assert sessions.peers == ["127.0.0.1"]


@pytest.mark.parametrize(("proxies", "peer"), [((), "127.0.0.1"), (("127.0.0.1",), "192.0.2.7")])
def test_lock_outs_count_the_address_that_a_configured_proxy_names(proxies: tuple[str, ...], peer: str) -> None:
    sessions = NobodySignsIn()
    with listening(sessions, *proxies) as url:
        assert tried(url, **{"X-Forwarded-For": "10.0.0.1, 192.0.2.7"}) == 422
    assert sessions.peers == [peer]


def test_a_proxy_is_an_address() -> None:
    assert ConsoleSection(proxies=["2001:DB8::1"]).proxies == ["2001:db8::1"]
    with pytest.raises(ValidationError, match="an IP address is wanted"):
        ConsoleSection(proxies=["proxy.city.example"])
