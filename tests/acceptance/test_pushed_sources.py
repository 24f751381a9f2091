"""Rows that are brought: a service with a drop folder, a REST source and a SOAP source serves them to their end."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree

from adapters.crypto.keys.names import PUSH
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.shipped.resources import CASE_MAPPING
from gateway.runtime.clock import system_clock
from tests.brought_attachments import PNG, READ, REPORT
from tests.integration.municipal.dropped_cases import Folder, csv_of, zip_of
from tests.integration.push.senders import (
    DIGEST,
    TOKEN,
    RestSender,
    SoapSender,
    fetch_results,
    json_row,
    push_rows,
    soap_row,
)
from tests.passes.case_table import PDF, ROW

from .conftest import Program, edit
from .service import SandboxProcess, serving, until
from .test_serve import submissions

pytestmark = [pytest.mark.slow, pytest.mark.long]

SOURCES = """
[push]
listen = "127.0.0.1:0"

[sources.desk]
kind = "files"
folder = "desk"

[sources.portal]
kind = "rest"
tokens_file = "tokens"

[sources.registry]
kind = "soap"
anchors = ["pki/anchors/judiciary-root.pem"]
certificates = ["pki/judiciary/transport.crt.pem"]
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    target = tmp_path / "D"
    target.mkdir()
    prepare(target, 1)
    edit(target, '[sources.cases]\nurl = "sqlite:///cases.db"\n', SOURCES)
    edit(target, 'file = "gateway.log"\n', "")  # to standard error
    edit(target, "stop_seconds = 30\n", "stop_seconds = 60\n")
    (target / "tokens").write_text(f"{DIGEST}\n")
    (target / "desk").mkdir()
    return target


@pytest.fixture
def sandbox(directory: Path, program: Program) -> Iterator[SandboxProcess]:
    serving_sandbox = SandboxProcess(directory, program)
    yield serving_sandbox
    serving_sandbox.end()


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_a_file_a_rest_row_and_a_soap_row_are_served_and_told(
    directory: Path, sandbox: SandboxProcess, program: Program
) -> None:
    folder = Folder(directory / "desk")
    ids = {"notice_id": "F-1", "change_no": 1, "paper_number": "F-1", "document_name": "F-1.pdf"}
    rows = [{**ROW, **ids}, {**ROW, **ids, "notice_id": "F-2", "recipient_name": ""}]
    with serving(directory) as service:
        base = service.events("service began")[0]["push"]
        portal = RestSender(base)
        registry = SoapSender(directory / "pki", f"{base}/soap/registry", system_clock)

        folder.drop("a.zip", zip_of({"list.csv": csv_of(rows), "F-1.pdf": PDF}), "sha256")
        assert portal.push(json_row("R-1")).json()["rows"][0]["taking"] == "stored"
        assert registry.call(push_rows([soap_row("S-1")])).items()[0]["Taking"] == "STORED"

        def of_portal() -> dict[str, str]:
            return {each["key"]: each["state"] for each in portal.results().json()["results"]}

        def of_registry() -> dict[str, str]:
            return {each["Key"]: each["State"] for each in registry.call(fetch_results(0)).items()}

        until(lambda: of_portal() == {"R-1": "VIEWED"}, "the row by REST")
        until(lambda: of_registry() == {"S-1": "VIEWED"}, "the row by SOAP")
        until(lambda: [r["state"] for r in folder.results() if r["key"] == "F-1"][-1:] == ["VIEWED"], "the file's row")
        report = folder.report("done", "a.zip")
        assert [(row["key"], row["outcome"], row["code"]) for row in report["rows"]] == [
            ("F-1", "accepted", None),
            ("F-2", "refused", "recipient.name"),
        ]

        # A configuration that is read anew is in force for senders too.
        (directory / "tokens").write_text(hashlib.sha256(b"another").hexdigest())
        assert portal.results().status_code == 200
        assert service.reload()["event"] == "configuration reloaded"
        assert portal.results().status_code == 401
        portal.session.close()
        assert service.end() == 0
    assert submissions(program, directory) == {1}
    log = json.dumps(service.lines(), ensure_ascii=False)
    assert TOKEN not in log
    assert str(ROW["recipient_id"]) not in log
    assert str(ROW["recipient_name"]) not in log


@pytest.mark.exhaustive(group="a service and its signals, files and sources", keep=5)
def test_attachments_that_are_brought_are_served_archived_and_files_of_their_own(
    directory: Path, sandbox: SandboxProcess, program: Program, tmp_path: Path
) -> None:
    (directory / "own.toml").write_bytes(CASE_MAPPING.read_bytes() + READ.encode())
    for source in ("desk", "portal", "registry"):
        edit(directory, f"[sources.{source}]\n", f'[sources.{source}]\nmapping = "own.toml"\n')
    two = [("map.png", PNG), ("report.pdf", REPORT)]
    encoded = [(name, base64.b64encode(octets).decode()) for name, octets in two]
    by_rest = {**json_row("R-1"), "attachments": [{"name": name, "content": content} for name, content in encoded]}
    by_soap = soap_row("S-1")
    for name, content in encoded:
        element = etree.SubElement(by_soap, f"{{{PUSH}}}Attachment")
        etree.SubElement(element, f"{{{PUSH}}}Name").text = name
        etree.SubElement(element, f"{{{PUSH}}}Content").text = content
    ids = {"notice_id": "F-1", "change_no": 1, "paper_number": "F-1", "document_name": "F-1.pdf"}
    listed = csv_of([{"notice_id": "F-1", "document_name": name} for name, _ in two], ("notice_id", "document_name"))
    entries = {"list.csv": csv_of([{**ROW, **ids}]), "attachments.csv": listed, "F-1.pdf": PDF, **dict(two)}
    folder = Folder(directory / "desk")
    with serving(directory) as service:
        base = service.events("service began")[0]["push"]
        portal = RestSender(base)
        registry = SoapSender(directory / "pki", f"{base}/soap/registry", system_clock)
        folder.drop("a.zip", zip_of(entries), "sha256")
        assert portal.push(by_rest).json()["rows"][0]["taking"] == "stored"
        assert registry.call(push_rows([by_soap])).items()[0]["Taking"] == "STORED"

        def seen() -> list[tuple[str, str]]:
            results = [*portal.results().json()["results"], *folder.results()]
            told = [(each["key"], each["state"]) for each in results]
            return told + [(each["Key"], each["State"]) for each in registry.call(fetch_results(0)).items()]

        until(lambda: {(key, "VIEWED") for key in ("F-1", "R-1", "S-1")} <= {*seen()}, "three notices")
        portal.session.close()
        assert service.end() == 0
    config, trust = ("-c", directory / "gateway.toml"), ("--trust", directory / "pki" / "anchors")
    program("archive", "write", *config)
    report = program.json("archive", "verify", directory / "archive", *trust)
    assert set(report["verdicts"].values()) == {"PASSED", "INDETERMINATE"}
    assert report["kinds"]["SEALED_NOTICE"] == 3
    notices = program.json("notice", "list", *config)["notices"]
    for number, reference in enumerate(sorted(each["reference"] for each in notices)):
        file = tmp_path / f"{number}.asice"
        program("evidence", "export", reference, "-o", file, *config)
        verdicts = program.json("evidence", "verify", file, *trust)["verdicts"]
        assert (verdicts["6 payloads"], verdicts["10 seal"]) == ("PASSED", "PASSED")
        assert "FAILED" not in verdicts.values()
        with ZipFile(file) as container:
            papers = [container.read(f"notices/{reference}/{name}") for name in ATTACHED]
        assert papers == [PDF, PNG, REPORT]


ATTACHED = ("paper.pdf", "attachment-1.png", "attachment-2.pdf")


def test_check_says_what_a_source_lacks(directory: Path, sandbox: SandboxProcess, program: Program) -> None:
    found = program.json("check", "--config", directory / "gateway.toml")
    reported = {name: found[f"source {name}"] for name in ("desk", "portal", "registry")}
    assert all(each["ok"] for each in reported.values())
    assert "0 files in work" in reported["desk"]["found"]
    assert "1 tokens" in reported["portal"]["found"]
    assert "strict" in reported["registry"]["found"]

    (directory / "desk").rename(directory / "gone")
    (directory / "tokens").write_text(TOKEN)
    anchors, other = (f'anchors = ["pki/anchors/{party}-root.pem"]' for party in ("judiciary", "municipality"))
    edit(directory, f'kind = "soap"\n{anchors}', f'kind = "soap"\n{other}')
    found = program.json("check", "--config", directory / "gateway.toml", check=2)
    codes = [found[f"source {name}"]["code"] for name in ("desk", "portal", "registry")]
    assert codes == ["file.folder", "push.token-file", "certificate.untrusted"]
