"""Consoles with content, each served on loopback, and a page of one as a scene finds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from flask import Flask
from playwright.sync_api import Browser, Page

from adapters.composition.installation import Installation
from adapters.console.pages_application import application
from adapters.console.site import context
from adapters.people.openid.openid_sign_in import OpenIdSignIn
from gateway.people.permissions import BOUND, Role
from gateway.runtime.clock import system_clock
from tests.console.browser.chromium import HEIGHT, WIDTHS, come_as, windows
from tests.console.browser.served import served_app
from tests.console.real_people import real_console
from tests.console.signed_in import BODY, pages_of, token_of
from tests.console.troubled import troubled
from tests.manual_clock import ManualClock
from tests.passes.bulk import add_person

PATIENCE = 120_000
"""Milliseconds for a step: a busy machine is no failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Console that is served at ``address``. ``named`` are what its scenes need: references, codes, sessions."""

    address: str
    installation: Installation
    app: Flask
    named: Mapping[str, str] = field(default_factory=dict)


class Provider:
    """Provider of accounts of which pages know the name alone."""

    name = "سامانه ورود یکپارچه شهرداری"


@contextmanager
def consoles(lived: Path, fresh: Path) -> Iterator[dict[str, Served]]:
    """Serve consoles over these two folders, which belong to the caller: ``lived``, ``troubled`` and ``real``.

    ``lived`` is a demonstration that has ended, and ``troubled`` one with every kind of trouble. In ``real`` people
    sign in by its pages; it uses the folder of ``lived``.
    """
    with ExitStack() as stack:
        installation = stack.enter_context(closing(Installation.of(lived / "gateway.toml")))
        trouble = troubled(fresh / "gateway.toml")
        for each in (installation, trouble.installation):
            for role in Role:
                bodies = frozenset({BODY} if role in BOUND else ())
                add_person(each.store(), each.clock(), role, bodies, login=f"{role}-1", id=f"id-of-{role}")
        stack.callback(trouble.installation.close)
        real = stack.enter_context(real_console(lived / "gateway.toml", ManualClock(system_clock())))
        with real.app.app_context():
            parts = context.parts()
        app = application(replace(parts, openid=cast(OpenIdSignIn, Provider())))
        named = {
            "officer": real.member("officer-1", "security-officer").token,
            "invited": real.act("person.add", login="invited-1", name="سارا محمدی", roles=["operator"], bodies=[])[
                "one_time_code"
            ],
        }

        def serve(app: Flask, installation: Installation, **named: str) -> Served:
            address = stack.enter_context(served_app(app))
            return Served(address=address, installation=installation, app=app, named=named)

        yield {
            "lived": serve(pages_of(installation), installation),
            "troubled": serve(pages_of(trouble.installation), trouble.installation, **trouble.notices),
            "real": serve(app, real.installation, **named),
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """Page of a person in a console."""

    page: Page
    at: Served

    def go(self, path: str, status: int = 200) -> None:
        """Open a page, which answers with ``status``."""
        answer = self.page.goto(self.at.address + path, timeout=PATIENCE)
        assert answer is not None
        assert answer.status == status, path
        self.unfold()

    def unfold(self) -> None:
        """Open what is folded, so that its fields can be used."""
        self.page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true })")

    def fill(self, **fields: str) -> None:
        """Type into fields by their name."""
        for name, text in fields.items():
            self.page.locator(f'main [name="{name.replace("_", "-")}"]').first.fill(text, timeout=PATIENCE)

    def send(self, action: str = "", **fields: str) -> None:
        """Fill in the first form of the page whose address contains ``action``, and send it.

        A value with ``*`` before it is that of a radio button or a choice.
        """
        form = self.page.locator(f'main form[method="post"][action*="{action}"]' if action else "main form").first
        for name, text in fields.items():
            found = form.locator(f'[name="{name}"]')
            if text.startswith("*"):
                choice = form.locator(f'[name="{name}"][value="{text[1:]}"]')
                if choice.count():
                    choice.first.check(timeout=PATIENCE)
                else:
                    found.first.select_option(text[1:], timeout=PATIENCE)
            else:
                found.first.fill(text, timeout=PATIENCE)
        with self.page.expect_navigation(timeout=PATIENCE):
            form.locator("button:not([class~=link])").last.click(timeout=PATIENCE)
        self.unfold()

    def attach(self, name: str, *files: tuple[str, bytes]) -> None:
        sent: Any = [{"name": file, "mimeType": "application/octet-stream", "buffer": octets} for file, octets in files]
        self.page.locator(f'main [name="{name}"]').set_input_files(sent, timeout=PATIENCE)


def entered(page: Page, at: Served, role: Role | str | None, language: str) -> Stage:
    """Return the page as that of a person with a role, of the person whose session ``at.named`` has, or of nobody.

    Nothing is left of the person whose page it was before.
    """
    token = token_of(role) if isinstance(role, Role) else None if role is None else at.named[role]
    come_as(page.context, at.address, token, language)
    page.set_viewport_size({"width": WIDTHS[1], "height": HEIGHT})
    page.set_default_timeout(PATIENCE)
    return Stage(page, at)


@contextmanager
def staged(browser: Browser, at: Served, role: Role | str | None, language: str) -> Iterator[Stage]:
    """Yield such a page, in windows of its own."""
    with windows(browser, language) as opened:
        opened.set_default_timeout(PATIENCE)
        yield entered(opened.new_page(), at, role, language)
