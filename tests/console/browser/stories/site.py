"""One console, served on loopback over an installation of a story's own, with the people who sign in to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser

from adapters.composition.installation import Installation
from gateway.runtime.clock import system_clock
from tests.acceptance.conftest import Program
from tests.console.browser.served import served_app
from tests.console.browser.stories.worker import PATIENCE, Worker
from tests.console.real_people import Console, real_console
from tests.manual_clock import ManualClock
from tests.people import PASSWORD

LOGIN, PASSWORD_FIELD = ("نام کاربری", "Login"), ("گذرواژه", "Password")
CODE, SIGN_IN = ("رمز یک‌بارمصرف", "Code"), ("ورود", "Sign in")


@dataclass
class Site:
    """Console of an installation, and the browsers of its people. ``language`` is what they read."""

    console: Console
    address: str
    browser: Browser
    language: str
    config: Path
    telephones: dict[str, pyotp.TOTP] = field(default_factory=dict)
    """Authenticator of each login."""
    _open: ExitStack = field(default_factory=ExitStack)

    @property
    def installation(self) -> Installation:
        return self.console.installation

    @property
    def folder(self) -> Path:
        return self.config.parent

    def program(self, *arguments: object, check: int = 0) -> dict[str, Any]:
        """Run a verb on the gateway's machine; return its last line as JSON."""
        return Program().json(*arguments, "--config", self.config, check=check)

    def state(self, reference: str) -> str:
        """Return a notice's state, as the command line says it."""
        return str(self.program("notice", "show", reference)["state"])

    def catch_up(self) -> None:
        """Set the console's clock to the present, with which others compare it."""
        self.console.clock.now = system_clock()

    def stranger(self, login: str = "") -> Worker:
        """Return a browser in which nobody has signed in yet, in the site's language."""
        context = self.browser.new_context(
            viewport={"width": 1280, "height": 900}, locale=f"{self.language}-IR", accept_downloads=True
        )
        self._open.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        worker = Worker(context, page, self.address, self.language, login)
        page.goto(f"{self.address}/sign-in")
        other = page.get_by_role("link", name={"fa": "فارسی", "en": "English"}[self.language], exact=True)
        if other.count():
            other.click()
        return worker

    def code(self, login: str) -> str:
        """Return what the person's telephone shows, half a minute after the last time."""
        self.console.clock.advance(seconds=30)
        return self.telephones[login].at(self.console.clock())

    def invited(self, login: str, name: str, *roles: str, bodies: tuple[str, ...] = ()) -> None:
        """Have a person with a password and a telephone; the story of enrolling is the security officer's."""
        asked = {"login": login, "name": name, "roles": list(roles), "bodies": list(bodies)}
        facts = self.console.act("person.add", **asked)
        self.telephones[login] = pyotp.TOTP(self.console.enrolled(login, facts["one_time_code"]).secret)

    def signed_in(self, login: str, name: str, *roles: str, bodies: tuple[str, ...] = ()) -> Worker:
        """Have such a person sign in at the page, with password and code; the page *Today* is open."""
        self.invited(login, name, *roles, bodies=bodies)
        worker = self.stranger(login)
        self.sign_in(worker)
        return worker

    def sign_in(self, worker: Worker, password: str = PASSWORD) -> None:
        worker.fill(LOGIN, worker.login)
        worker.fill(PASSWORD_FIELD, password)
        worker.fill(CODE, self.code(worker.login))
        worker.click("button", SIGN_IN)
        worker.is_at("/")
        worker.clicks = 0

    def close(self) -> None:
        self._open.close()


@contextmanager
def site(config: Path, clock: ManualClock, browser: Browser, language: str) -> Iterator[Site]:
    """Serve the console of an installation for people who read ``language``."""
    with (
        real_console(config, clock) as console,
        served_app(console.app) as address,
        closing(Site(console, address, browser, language, config)) as made,
    ):
        yield made
