"""The console answers for its own host alone, and browsers that came by https come back by https."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from adapters.console.site.hosts import is_own_host
from adapters.console.site.security import TRANSPORT_SECURITY
from tests.console.real_people import Console

PUBLIC = "https://console.city.example"
LISTEN = "127.0.0.1:9110"


@pytest.mark.parametrize("host", ["console.city.example", "console.city.example:443", "Console.City.Example"])
def test_the_public_host_is_its_own(host: str) -> None:
    assert is_own_host(host, PUBLIC, LISTEN)
    assert is_own_host(host, f"{PUBLIC}/", LISTEN)
    assert not is_own_host(host, f"{PUBLIC}:8443", LISTEN)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "console.city.example.evil.example",
            "evil.example@console.city.example",
            "localhost",
            LISTEN,
        ),
        *("console.city.example:80", "console.city.example:x", "console.city.example/x", "", ":443", "[", "a b"),
        *("console.city.example.", "console.city.example,evil.example", "console.city.example?x", "::1"),
    ],
)
def test_another_host_is_not(host: str) -> None:
    assert not is_own_host(host, PUBLIC, LISTEN)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "127.0.0.1:9110", "127.9.9.9", "[::1]:9110", "10.0.0.5"]
)
def test_without_a_public_address_people_are_on_this_machine(host: str) -> None:
    assert is_own_host(host, None, "10.0.0.5:9110")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.6", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_rebound_to_this_machine_is_refused(host: str) -> None:
    """DNS rebinding: the browser believes to speak with another site."""
    assert not is_own_host(host, None, LISTEN)


def test_a_request_for_another_host_is_misdirected(anybody: FlaskClient) -> None:
    for path in ("/sign-in", "/", "/nowhere", "/assets/x/console.css"):
        answer = anybody.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 421, path
        assert "این نشانی میز کار نیست" in answer.text
        assert "Set-Cookie" not in answer.headers


def test_who_came_by_https_comes_back_by_https(anybody: FlaskClient, secure_console: Console) -> None:
    name, value = TRANSPORT_SECURITY
    client = secure_console.app.test_client()
    for path in ("/sign-in", "/nowhere"):
        assert client.get(path).headers[name] == value
        assert name not in anybody.get(path).headers
    assert client.get("/sign-in", headers={"Host": "127.0.0.1:9110"}).status_code == 421
