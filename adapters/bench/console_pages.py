"""Time of the console's pages over a large store, served by a process of its own; its memory while people watch."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import requests

from adapters.bench.common.process_memory import RESIDENT, memory
from adapters.bench.console_store import MadeStore, case_number, sample_name
from adapters.composition.console.sign_in import console_sessions
from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_people import LOGINS, make_people
from gateway.people.permissions import Role

WATCHERS: Final = 20
"""People who have pages open at the same time."""
WATCHED_PAGES: Final = ("/", "/notices", "/queue", "/reports")
WATCHED_ROUNDS: Final = 25
"""Times that each of them reloads each of `WATCHED_PAGES`."""

_SECONDS: Final = 60.0
_LISTENS: Final = "console: "
_COOKIE: Final = "eblagh-session"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTiming:
    """Milliseconds of one page for a role, and its size in octets."""

    name: str
    role: str
    octets: int
    median: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Times that `WATCHERS` people met who reloaded their pages at the same time.

    ``median`` and ``most`` are milliseconds of a page. ``before`` and ``after`` are MiB of resident memory of the
    console, after each person's first tenth of the pages and at the end; None where the system does not tell.
    """

    pages: int
    median: float
    most: float
    before: float | None
    after: float | None


def measure(made: MadeStore, rounds: int) -> tuple[list[PageTiming], Watched]:
    """Ask for each page ``rounds`` times, the first time among them; then let people watch."""
    with closing(Installation.of(made.config)) as installation:
        make_people(installation)
        with _served(made.config) as (address, process):
            browsers = {role: _browser(installation, role) for role in LOGINS}
            timings = [
                _timed(browsers[role], role, address + path, name, rounds)
                for name, (role, path) in _pages(made).items()
            ]
            watchers = [_browser(installation, Role.OPERATOR) for _ in range(WATCHERS)]
            return timings, _watched(watchers, address, process.pid)


def _pages(made: MadeStore) -> Mapping[str, tuple[Role, str]]:
    operator, secretary, auditor = Role.OPERATOR, Role.COMMISSION_SECRETARY, Role.AUDITOR
    return {
        "today": (operator, "/"),
        "today, own body": (secretary, "/"),
        "notices": (operator, "/notices"),
        "notices, own body": (secretary, "/notices"),
        "notices, state IN_DOUBT": (operator, "/notices?state=IN_DOUBT"),
        "notices, a name": (operator, f"/notices?name={sample_name(made.notices // 3)}"),
        "notices, a case": (operator, f"/notices?case={case_number(made.notices // 7, made.notices)}"),
        "one notice": (operator, f"/notices/{made.genuine}"),
        "queue": (operator, "/queue"),
        "queue, notices": (operator, "/queue/notices?state=SUBMITTED"),
        "doubts": (operator, "/queue/doubts"),
        "quarantine": (operator, "/queue/quarantine"),
        "refused rows": (operator, "/refused"),
        "acts on many notices": (operator, "/notices/acts"),
        "endpoints": (operator, "/endpoints"),
        "reports": (operator, "/reports"),
        "reports, own body": (Role.HEAD_OF_COMMISSION, "/reports"),
        "deadlines": (operator, "/deadlines?days=30"),
        "deadlines, own body": (secretary, "/deadlines"),
        "new notice": (secretary, "/intake"),
        "mappings": (Role.MAPPING_ADMINISTRATOR, "/mappings"),
        "audit room": (auditor, "/audit"),
        "records": (auditor, "/audit/records"),
        "people": (Role.SECURITY_OFFICER, "/people"),
        "settings": (operator, "/settings"),
    }


@contextmanager
def _served(config: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the console of a configuration in a process of its own; yield its address."""
    command = [sys.executable, "-m", "adapters.cli", "serve", "--roles", "console", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own arguments
        try:
            yield _address(process), process
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if _LISTENS in line:
            return line.partition(_LISTENS)[2].split(";")[0].strip()
    raise RuntimeError("the console did not begin")


def _browser(installation: Installation, role: Role) -> requests.Session:
    person = installation.store().people.by_login(LOGINS[role][0])
    assert person is not None
    browser = requests.Session()
    browser.cookies.set(_COOKIE, console_sessions(installation).start(person, installation.clock()).token)
    return browser


def _timed(browser: requests.Session, role: Role, url: str, name: str, rounds: int) -> PageTiming:
    taken = [_ask(browser, url) for _ in range(rounds)]
    times = [milliseconds for milliseconds, _ in taken]
    return PageTiming(name=name, role=role, octets=taken[-1][1], median=statistics.median(times), most=max(times))


def _ask(browser: requests.Session, url: str) -> tuple[float, int]:
    """Return the milliseconds and the octets of a page. Raises `requests.HTTPError` unless it is there."""
    began = time.perf_counter()
    answer = browser.get(url, timeout=_SECONDS, allow_redirects=False)
    taken = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    if answer.is_redirect:
        raise requests.HTTPError(f"{url} leads to {answer.headers['Location']}")
    return taken, len(answer.content)


def _watched(watchers: list[requests.Session], address: str, process: int) -> Watched:
    first = max(1, WATCHED_ROUNDS // 10)
    with ThreadPoolExecutor(WATCHERS) as pool:
        look = partial(_look, address=address)
        early = list(pool.map(partial(look, rounds=first), watchers))
        before = memory(RESIDENT, process)
        late = list(pool.map(partial(look, rounds=WATCHED_ROUNDS - first), watchers))
        after = memory(RESIDENT, process)
    times = [taken for person in (*early, *late) for taken in person]
    return Watched(pages=len(times), median=statistics.median(times), most=max(times), before=before, after=after)


def _look(browser: requests.Session, address: str, rounds: int) -> list[float]:
    return [_ask(browser, address + path)[0] for _ in range(rounds) for path in WATCHED_PAGES]
