"""The judiciary brings receipts to one address, and never in clear beyond this machine."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.settings.judiciary import CallbackSection

BASE = "http://127.0.0.1:9130"


@pytest.mark.parametrize("url", [None, "http://city.example/receipts"])
def test_beyond_this_machine_tls_is_wanted(url: str | None) -> None:
    with pytest.raises(ValidationError, match="receipts need TLS"):
        CallbackSection(listen="0.0.0.0:9130", url=url)
    assert CallbackSection(listen="0.0.0.0:9130", url="https://city.example/receipts").url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (None, f"{BASE}/receipts"),
        ("https://city.example/in/slips", "https://city.example/in/slips"),
        ("https://city.example", "https://city.example/receipts"),
        ("https://city.example/", "https://city.example/receipts"),
    ],
)
def test_messages_are_for_one_address(url: str | None, address: str) -> None:
    assert CallbackSection(url=url).address(BASE) == address
