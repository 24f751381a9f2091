"""A gateway that rows are pushed to, over HTTP on a free port, on a real store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.municipal.push_router import PushRouter
from adapters.municipal.rest.push_application import MAX_BODY_BYTES, RestPush
from adapters.municipal.rest.tokens import Tokens
from adapters.municipal.soap.source_endpoint import Behind, endpoint_of
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import PUSH
from adapters.storage.sql_store import SqlStore
from adapters.web.bounded_connection import Patience
from adapters.web.listener_limits import Limits
from adapters.web.server import WebServer
from gateway.intake.push_result import PushTally
from gateway.quarantine.quarantine import keep_message
from tests.databases import DATABASES
from tests.manual_clock import ManualClock
from tests.unit.crypto.samples import plan, signer

from .senders import DIGEST, RestSender, SoapSender, sender_of


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("push") / "pki"
    generate(directory, plan("rsa-2048"), datetime.now(UTC))
    return directory


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.now(UTC))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


@pytest.fixture
def behind(store: SqlStore) -> Behind:
    return behind_of(store)


def behind_of(store: SqlStore) -> Behind:
    """As an installation has it."""
    return Behind(
        inbox=lambda: store.inbox,
        set_aside=lambda source, octets, refusal, now: keep_message(store, octets, refusal, source, "city", now),
        tally=PushTally(),
    )


@pytest.fixture
def base(pki: Path, clock: ManualClock, behind: Behind, tmp_path: Path) -> Iterator[str]:
    """The gateway's address; its source ``portal`` is REST's, ``registry`` SOAP's."""
    (tmp_path / "tokens").write_text(f"# of the portal\n{DIGEST}\n")
    # Whoever is refused in the middle of a large body reads why, however slowly it sends the rest.
    server = WebServer("127.0.0.1:0", Limits(body_bytes=MAX_BODY_BYTES, patience=Patience(linger=600.0)))
    rest = RestPush(
        tokens={"portal": Tokens.load(tmp_path / "tokens")},
        inbox=behind.inbox,
        clock=clock,
        contract=(PUSH / "openapi.json").read_bytes(),
        tally=behind.tally,
    )
    own = signer(pki, "municipality", "transport")
    endpoint = endpoint_of("registry", sender_of(pki), server.url, behind, own, clock)
    server.service = PushRouter(rest=rest, endpoints={endpoint.path: endpoint})
    server.start()
    yield server.url
    server.close()


@pytest.fixture
def portal(base: str) -> Iterator[RestSender]:
    sender = RestSender(base)
    yield sender
    sender.session.close()


@pytest.fixture
def registry(base: str, pki: Path, clock: ManualClock) -> SoapSender:
    return SoapSender(pki, f"{base}/soap/registry", clock)
