"""Installation with folders of rules and calendar of its own and one served notice, and acts on their versions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.acts import registry
from adapters.acts.act_message import Facts, Request
from adapters.composition.installation import Installation
from adapters.shipped.resources import CALENDAR, CONFIG, RULES
from adapters.storage.engine import migrate
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.operator_action import NOT_AUTHENTICATED
from gateway.runtime.errors import GatewayError
from tests.conformance.builders import NOW, admit, entry

CLOSED: Final = (
    'closed = [{ day = "1404-11-25", title = "آلودگی هوا", title_en = "smog", source = "s", mark = "confirmed" },'
)
"""Beginning of the file of 1404 with one more closure of a day."""


@contextmanager
def law_installation(folder: Path) -> Iterator[Installation]:
    for shipped, name in ((RULES, "rules"), (CALENDAR, "calendar")):
        shutil.copytree(shipped, folder / name)
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    (folder / "gateway.toml").write_text(f'{text}\n[legal]\nrules = "rules"\ncalendar = "calendar"\n', encoding="utf-8")
    with closing(Installation.of(folder / "gateway.toml")) as opened:
        migrate.upgrade(opened.store_url())
        admit(opened.store(), entry(1, state=DeliveryState.DELIVERED, delivered_at=NOW))
        yield opened


def act(installation: Installation, name: str, account: str = "maryam", /, **arguments: Any) -> Facts:
    request = Request(name=name, reason="بخشنامه ۱۲", arguments=arguments)
    return registry.perform(installation, request, account, NOT_AUTHENTICATED)


def approved(installation: Installation, area: str) -> None:
    act(installation, f"{area}.submit", version=area)
    with pytest.raises(GatewayError, match=r"same-person"):
        act(installation, f"{area}.approve", version=area)
    act(installation, f"{area}.approve", "reza", version=area)


def changed(folder: Path, file: str, old: str, new: str) -> Path:
    """Return a copy of a folder with one file changed."""
    copy = folder.with_name(f"{folder.name}-2")
    shutil.copytree(folder, copy)
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    return copy
