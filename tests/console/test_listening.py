"""The console as the program serves it: by a role of its own, beside health, push and callback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from adapters.cli.check.exposure import listener
from adapters.cli.service.listening import CONSOLE, LISTENERS, Listening
from adapters.composition.installation import Installation
from adapters.settings import Settings, assert_changeable, load
from adapters.web.server import PROBE
from gateway.intake.push_result import PushTally
from gateway.runtime.errors import GatewayError
from tests.console.real_people import TOKEN


@pytest.fixture
def served(fresh: Installation) -> Iterator[Listening]:
    listening = Listening(LISTENERS[CONSOLE], fresh, PushTally())
    listening.server.start()
    yield listening
    listening.server.close()


def test_the_console_is_served_and_can_be_watched(served: Listening) -> None:
    url = served.server.url
    assert requests.get(f"{url}/sign-in", timeout=600).status_code == 200
    assert requests.get(f"{url}{PROBE}", timeout=600).status_code == 204


def test_a_wrong_word_is_refused_over_http(served: Listening) -> None:
    with requests.Session() as browser:
        browser.headers["Connection"] = "close"  # or the time between the two requests would count
        form = browser.get(f"{served.server.url}/sign-in", timeout=600).text
        answer = browser.post(
            f"{served.server.url}/sign-in",
            data={"csrf": TOKEN.findall(form)[0], "login": "nobody", "password": "wrong", "code": ""},
            headers={"Sec-Fetch-Site": "same-origin"},
            timeout=600,
        )
    assert answer.status_code == 422
    assert "Set-Cookie" not in answer.headers


def test_a_console_taken_out_of_the_configuration_answers_nothing(served: Listening, fresh: Installation) -> None:
    without = fresh.settings.model_copy(update={"console": None})
    kind = LISTENERS[CONSOLE]
    gone = replace(fresh, settings=without)
    assert not kind.wanted(gone)
    served.server.service = served.router_of(gone)
    assert requests.get(f"{served.server.url}/sign-in", timeout=600).status_code == 404


def test_its_address_is_fixed_while_the_service_runs(fresh: Installation) -> None:
    console = fresh.settings.configured_console
    other = fresh.settings.model_copy(update={"console": console.model_copy(update={"listen": "127.0.0.1:9"})})
    with pytest.raises(GatewayError) as refusal:
        assert_changeable(fresh.file, fresh.settings, other)
    assert (refusal.value.code, refusal.value.detail) == ("config.restart", "console.listen")
    changed = fresh.settings.model_copy(update={"console": console.model_copy(update={"idle_minutes": 5})})
    assert_changeable(fresh.file, fresh.settings, changed)


def test_check_tells_where_people_come(fresh: Installation) -> None:
    assert "console at 127.0.0.1:0, where people come by that address" in listener(fresh)


def test_the_shipped_configuration_has_a_console() -> None:
    settings = load(Path(__file__).parents[2] / "config/gateway.toml", Settings)
    assert settings.configured_console.listen == "127.0.0.1:9110"
