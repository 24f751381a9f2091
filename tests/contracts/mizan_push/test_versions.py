"""A profile by which the judiciary pushes receipts comes into force: the callback opens, and names it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from lxml import etree

from adapters.composition.installation import Installation
from adapters.composition.judiciary.callback import callback_router, callback_wanted, pushes_receipts
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.web.listener_limits import Limits
from adapters.web.server import WebServer
from gateway.intake.push_result import PushTally, Way
from gateway.record.evidence_record import EvidenceKind
from gateway.store.inbox import Taking
from tests.acceptance.conftest import edit
from tests.contracts.configuration import configure
from tests.contracts.mizan.server import PROFILE, serving
from tests.contracts.mizan.shapes import lay
from tests.contracts.mizan.test_versions import activate, headers, opened, run_pass

from .profiles import make_profile
from .server import PushingMizan

pytestmark = [pytest.mark.slow, pytest.mark.long]


def test_the_callback_is_that_of_the_profile_in_force(tmp_path: Path) -> None:
    folder = tmp_path / "D"
    folder.mkdir()
    prepare(folder, 6)
    lay(folder / "profiles" / "mizan", PushingMizan)
    new = make_profile(folder / "new" / "mizan", rpc=False)
    mizan = PushingMizan(folder / "pki" / "judiciary", folder / "pki" / "municipality" / "transport.crt.pem")
    assert mizan.profile == PROFILE
    mizan.push_schema = etree.XMLSchema(etree.parse(str(new / "messages.xsd")))
    with serving(mizan) as endpoint:
        configure(folder / "gateway.toml", "mizan", endpoint)
        edit(folder, "[dispatch]\n", '[judiciary.callback]\nlisten = "127.0.0.1:0"\n\n[dispatch]\n')
        for name in ("collect", "dispatch"):
            run_pass(folder, name)
        assert mizan.slips
        with closing(Installation.of(folder / "gateway.toml")) as installation:
            assert callback_wanted(installation), "the table is there"
            assert not pushes_receipts(installation.judiciary)
            server = WebServer("127.0.0.1:0", Limits(body_bytes=2**20))
            tally = PushTally()
            server.service = callback_router(installation, server.url, tally)
            address = f"{server.url}/receipts"
            server.start()
            try:
                early = mizan.send(address, mizan.message(address, mizan.slips))
                assert (early.status, early.signed) == (404, False)
                assert activate(folder, new) == "mizan@1"
                reported = mizan.bring(address)
                assert mizan.send(address, b"<a/>").code == "verify.shape"
            finally:
                server.close()
        assert reported is not None
        assert tally.rows() == {("mizan", Way.CALLBACK, Taking.STORED): len(reported.kept)}
        assert tally.refusals() == {("mizan", Way.CALLBACK, "verify.shape"): 1}
        assert {kept.kept for kept in reported.kept} == {True}
        assert run_pass(folder, "receipts").counts["applied"] == len(mizan.slips)
        with opened(folder) as store:
            reference = next(r for r, [letter] in mizan.letters.items() if letter["Outcome"] == "10")
            found = [h for h in headers(store, reference, EvidenceKind.MESSAGE_RECEIVED) if h.id.startswith("brought:")]
            [receipt, *_] = headers(store, reference, EvidenceKind.RECEIPT)
        for header in (*found, receipt):
            assert header.context["profile_version"] == "1"
        assert len(found) == 1
