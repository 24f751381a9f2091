"""Tasks for Celery's workers: send rows, receive a page of receipts, show results. Each is a transaction of its own.

``PEERS_WORK`` names the work file, ``PEERS_BROKER`` the broker's address.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import case_rows
from celery import Celery
from celery.signals import worker_process_init
from own_table import OwnTable
from steps import Keys, receive, send

app = Celery("peers", broker=os.environ["PEERS_BROKER"], backend=os.environ["PEERS_BROKER"])
app.conf.update(worker_prefetch_multiplier=4, broker_connection_retry_on_startup=True)


@cache
def given() -> dict[str, Any]:
    return json.loads(Path(os.environ["PEERS_WORK"]).read_text(encoding="utf-8"))


@cache
def keys() -> Keys:
    return Keys(given())


@cache
def cases() -> Any:
    return case_rows.connect(given()["cases"], wal=True)


@cache
def table() -> OwnTable:
    return OwnTable(given()["own"], wal=True)


@worker_process_init.connect
def load(**_: Any) -> None:
    """Load keys and the service's client when a worker process begins, not at its first task."""
    keys()


@app.task
def send_rows(row_keys: list[int]) -> None:
    table().sent([send(keys(), [case_rows.read(cases(), key) for key in row_keys])])


@app.task
def receive_page() -> int:
    return receive(keys(), table())


@app.task
def show_results(references: list[str]) -> None:
    wanted = set(references)
    served = [each for each in table().served() if each["reference"] in wanted]
    case_rows.show(cases(), map(case_rows.result, served))
    table().shown(served)
