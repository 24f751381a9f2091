"""Chromium goes to the provider and comes back: its rules for forms, redirects and cookies let it, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

from gateway.runtime.clock import system_clock
from tests.console.browser.chromium import chromium
from tests.openid.openid_console import SESSION, OpenIdConsole
from tests.openid.provider_process import PUBLIC
from tests.peers.npm import needs_node
from tests.witness.tls import Tls

pytestmark = [needs_node, pytest.mark.long]


@contextmanager
def served(app: Flask, tls: Tls) -> Iterator[int]:
    """Serve a console by https, as its proxy does; yield the port."""
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=tls.context())
    server.socket.do_handshake_on_connect = False  # type: ignore[attr-defined] # an idle connection keeps no other waiting
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def window(console: OpenIdConsole, tls: Tls) -> Iterator[Page]:
    """Return a window in which the public address is that of the console."""
    with (
        served(console.console.app, tls) as port,
        chromium(f"--host-resolver-rules=MAP localhost:443 127.0.0.1:{port}") as browser,
    ):
        context = browser.new_context(ignore_https_errors=True, locale="fa-IR")
        context.set_default_timeout(0)
        yield context.new_page()
        context.close()


def test_a_person_signs_in_at_the_provider_and_comes_back(console: OpenIdConsole, window: Page) -> None:
    console.linked()
    issuer = console.provider.issuer
    refused: list[str] = []
    window.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )

    window.goto(f"{PUBLIC}/account")
    window.get_by_role("button", name="سامانه ورود شهر").click()
    window.wait_for_url(f"{issuer}/interaction/**")
    console.console.clock.now = system_clock()
    window.get_by_label("Account").fill("z-100")
    window.get_by_role("button", name="Sign in").click()
    window.wait_for_url(f"{PUBLIC}/account")
    window.get_by_role("heading", level=1).wait_for()
    cookies = {each["name"]: each for each in window.context.cookies(PUBLIC)}
    assert (cookies[SESSION]["sameSite"], cookies[SESSION]["secure"], cookies[SESSION]["httpOnly"]) == (
        "Strict",
        True,
        True,
    )

    window.locator('form[action="/sign-out"] button').click()
    window.wait_for_url(f"{issuer}/session/end**")
    window.get_by_role("button", name="Yes").click()
    window.wait_for_url(f"{PUBLIC}/sign-in**")
    assert SESSION not in {each["name"] for each in window.context.cookies(PUBLIC)}
    window.goto(f"{PUBLIC}/account")
    window.wait_for_url(f"{PUBLIC}/sign-in**")
    assert refused == []
