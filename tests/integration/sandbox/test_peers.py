"""A partner whose tool signs in another form: taken with the switch that its form needs, and refused without it, by the
gateway and by the sandbox, each of which reads the switch in its own configuration."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from lxml import etree

from adapters.composition.installation import Installation
from adapters.composition.judiciary.couriers import judiciary_courier
from adapters.crypto.keys.names import WSU_ID
from adapters.http.http_service import HttpRequest, HttpResponse
from adapters.http.wsgi import wsgi
from adapters.sandbox.contracts.contract_router import Endpoints
from adapters.sandbox.judiciary.config import SandboxConfig
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.sandbox.sandbox_server import build
from adapters.sandbox.verbs.sandbox import sandbox_config
from adapters.shipped.resources import CONFIG
from gateway.judiciary.courier import Accepted, Answer, Outcome, Unknown
from gateway.runtime.clock import system_clock
from tests.databases import make_store
from tests.unit.crypto.edits import BODY_REFERENCE, EC, WSA, add, drop
from tests.unit.crypto.forge import Edit, find, resigned

from .conftest import Sandbox
from .municipality import Municipality, notice

WHO = "9990000001"


def a_plain_id(root: etree._Element) -> None:
    body = find(root, "soap:Body")
    body.set("Id", body.attrib.pop(WSU_ID))


FORMS: dict[str, tuple[Edit, str]] = {
    "prefix list": (
        add(f"{BODY_REFERENCE}//ds:Transform", f"{EC}InclusiveNamespaces", PrefixList="soap wsu"),
        "prefix_lists = true",
    ),
    "plain id": (a_plain_id, 'id_attributes = ["wsu:Id", "Id"]'),
    "reply-to": (add("soap:Header", f"{WSA}ReplyTo"), 'unread_headers = ["ReplyTo"]'),
    "unsigned token": (
        drop(".//ds:Reference[@URI='#M-BinarySecurityToken']"),
        'signed_parts = ["Body", "Timestamp", "To", "Action", "MessageID", "RelatesTo"]',
    ),
}


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@dataclass
class JudiciaryService:
    """A sandbox whose answers are signed anew, by the judiciary's own key, after ``edit``."""

    address: str = ""
    edit: Edit = lambda root: None


@pytest.fixture
def judiciary(config: SandboxConfig, pki: Path) -> Iterator[JudiciaryService]:
    served = JudiciaryService()
    endpoints: list[Endpoints] = []

    def handle(request: HttpRequest) -> HttpResponse:
        answer = endpoints[0].handle(request)
        return replace(answer, body=resigned(answer.body, served.edit, pki / "judiciary" / "transport.key.pem"))

    ledger = Ledger(config.ledger)
    with make_server("127.0.0.1", 0, wsgi(handle), handler_class=Quiet) as server:
        endpoints.append(build(config, server.server_port, ledger, system_clock))
        served.address = f"http://127.0.0.1:{server.server_port}/eblagh"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield served
        server.shutdown()
        serving.join()
    ledger.close()


@contextmanager
def gateway(folder: Path, pki: Path, endpoint: str, switch: str = "") -> Iterator[Installation]:
    """A gateway whose configuration says ``switch`` of the judiciary's signatures."""
    text = (CONFIG / "gateway.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[judiciary.signature]")
    text = f"{head}[judiciary.signature]\n{switch}\n[dispatch]{rest.partition('[dispatch]')[2]}"
    text = text.replace('environment = "production"', 'environment = "development"')
    path = folder / "gateway.toml"
    path.write_text(text.replace("http://127.0.0.1:8080/eblagh", endpoint).replace('"pki/', f'"{pki}/'))
    with closing(Installation.of(path)) as installation:
        make_store(installation.store_url())  # where revocation lists would be
        yield installation


@pytest.mark.parametrize("name", FORMS)
def test_a_judiciary_of_another_form_is_believed_with_its_switch(
    judiciary: JudiciaryService, pki: Path, tmp_path: Path, name: str
) -> None:
    judiciary.edit, switch = FORMS[name]
    caller = Municipality(pki, judiciary.address, system_clock)

    def submit(number: int, switch: str) -> Answer[Outcome]:
        with gateway(tmp_path, pki, judiciary.address, switch) as installation:
            courier = judiciary_courier(installation, installation.judiciary)
            message = courier.prepare_submission(caller.sealed(notice(WHO, number)), system_clock())
            return courier.submit(message)

    strict = submit(1, "")
    assert strict.refused is not None
    [outcome] = strict.by_reference.values()
    assert isinstance(outcome, Unknown)
    assert outcome.code.startswith("verify.")

    [outcome] = submit(2, switch).by_reference.values()
    assert isinstance(outcome, Accepted)
    caller.close()


@contextmanager
def serving(sandbox: Sandbox, config: SandboxConfig) -> Iterator[str]:
    sandbox.config = config
    sandbox.start()
    yield sandbox.address
    sandbox.end()


@pytest.mark.parametrize("name", FORMS)
def test_a_request_of_another_form_is_taken_by_the_sandbox_with_its_switch(
    config: SandboxConfig, sandbox: Sandbox, pki: Path, tmp_path: Path, name: str
) -> None:
    edit, switch = FORMS[name]
    sandbox.end()

    def submit(lines: str) -> tuple[int, str | None]:
        (tmp_path / "sandbox.toml").write_text(f'port = 8080\npki = "{pki}"\n[signature]\n{lines}\n')
        configured = sandbox_config(tmp_path)
        assert configured.transport_key == config.transport_key
        with serving(sandbox, replace(configured, port=0)) as address:
            caller = Municipality(pki, address, sandbox.clock)
            seals = caller.sealed(notice(WHO))
            wire, addressing = caller.signed(caller.submission(seals), seals)
            wire = resigned(wire, edit, pki / "municipality" / "transport.key.pem")
            reply = caller.exchange(wire, addressing if lines == switch else None)
            caller.close()
        return reply.status, reply.code

    status, code = submit("")
    assert status == 500
    assert str(code).startswith("verify.")
    assert submit(switch) == (200, None)
