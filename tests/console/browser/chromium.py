"""Debian's Chromium, driven by Playwright, whose own browser is not downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from adapters.console.language.languages import COOKIE
from gateway.people.permissions import Role
from tests.console.signed_in import token_of
from tests.debian import program

WIDTHS = (360, 1280, 1920)
HEIGHT = 900
OTHER_HOST = "other.example"
"""Name of a host that is not the console's, and leads to this machine."""


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """Start the browser. It has no sandbox of its own, since root may have none; it sees our own pages alone."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", f"--host-resolver-rules=MAP {OTHER_HOST} 127.0.0.1", *options]
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def windows(browser: Browser, language: str, width: int = WIDTHS[1]) -> Iterator[BrowserContext]:
    """Yield the windows of a person who reads a language and has not come to a console yet."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, locale=f"{language}-IR")
    try:
        yield context
    finally:
        context.close()


def come_as(context: BrowserContext, address: str, token: str | None, language: str) -> None:
    """Let these windows be those of the person with this session, or of nobody, who has not been at a console before.

    Cookies are all that a console leaves in a browser.
    """
    context.clear_cookies()
    context.add_cookies([{"name": COOKIE, "value": language, "url": address}])
    if token is not None:
        context.add_cookies([{"name": "eblagh-session", "value": token, "url": address}])


@contextmanager
def signed_in(
    browser: Browser, address: str, role: Role | None, language: str, width: int = WIDTHS[1]
) -> Iterator[BrowserContext]:
    """Yield the windows of a person with ``role``, or of nobody, in a language."""
    with windows(browser, language, width) as context:
        come_as(context, address, None if role is None else token_of(role), language)
        yield context
