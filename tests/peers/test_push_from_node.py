"""A municipality's system in Node pushes a row: `soap` signs, the push endpoint accepts it with its switches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.crypto.keys import names
from adapters.crypto.xml.partner_profile import STRICT, PartnerProfile
from adapters.municipal.inbox_source import InboxSource
from adapters.municipal.soap.source_endpoint import endpoint_of
from adapters.storage.sql_store import SqlStore
from adapters.web.listener_limits import Limits
from adapters.web.server import WebServer
from tests.databases import DATABASES
from tests.integration.push.conftest import behind_of
from tests.integration.push.senders import SoapSender, push_rows, sender_of, soap_row
from tests.passes.case_table import PDF
from tests.unit.crypto.samples import JudiciaryService

from .npm import Node, needs_node
from .unsigned import without_security

pytestmark = [needs_node, pytest.mark.long]

SOAP = PartnerProfile(id_attributes=frozenset({names.WSU_ID, "Id"}), enveloped_transform=True)


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


@pytest.mark.parametrize(("profile", "code"), [(SOAP, None), (STRICT, "verify.shape")], ids=["its own", "strict"])
def test_node_pushes_a_row(
    judiciary: JudiciaryService, node: Node, store: SqlStore, tmp_path: Path, profile: PartnerProfile, code: str | None
) -> None:
    server = WebServer("127.0.0.1:0", Limits(body_bytes=1024 * 1024))
    sender = sender_of(judiciary.pki, profile)
    server.service = endpoint_of("registry", sender, server.url, behind_of(store), judiciary.transport, clock)
    server.start()
    try:
        registry = SoapSender(judiciary.pki, f"{server.url}/soap/registry", clock)
        (tmp_path / "unsigned.xml").write_bytes(without_security(registry.message(push_rows([soap_row("1")]))))
        key, certificate = (judiciary.pki / "judiciary" / f"transport.{kind}.pem" for kind in ("key", "crt"))
        headers = ("wsa:To", "wsa:Action", "wsa:MessageID", "wsse:BinarySecurityToken")
        octets = node.run("soap_sign.js", key, certificate, tmp_path / "unsigned.xml", *headers)
        reply = registry.send(octets)
    finally:
        server.close()
    assert reply.code == code
    source = InboxSource("registry", store.inbox)
    rows = list(source.rows([mark.key for mark in source.marks(None, 10)]))
    assert [row.fields["document"] for row in rows] == ([] if code else [PDF])
