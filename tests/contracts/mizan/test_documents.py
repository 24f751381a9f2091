"""A notice with several documents: from the tables of a case database to the service, each octet as it was issued."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.contracts.mapping_files import read_mapping
from adapters.crypto.keys.keys import load_signer
from adapters.crypto.xml.sealing import NoticeSealer, notice_element
from adapters.crypto.xml.strict_xml import canonical, load_schema
from adapters.judiciary.call_context import call_about
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.profile_binding import NO_VALUES
from adapters.judiciary.trial.file_bound import contract_of_files
from adapters.municipal.document_folder import DocumentFolder
from adapters.municipal.sql.source_config import RowList, SqlSourceConfig
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.settings import load_profile
from adapters.shipped.resources import CASE_MAPPING, NOTICE_SCHEMA, PROFILES, SCHEMAS
from gateway.judiciary.courier import Accepted, SealSlice
from gateway.mapping.case_mapper import CaseMapper
from gateway.notice.notice import Document, sha256
from gateway.runtime.errors import ErrorScope, GatewayError
from tests.conformance.couriers import MINUTE
from tests.contracts.binding import bound, courier_to, edited, submit
from tests.integration.municipal.case_database import CaseDatabase
from tests.integration.sandbox.municipality import notice
from tests.mappers import unexamined
from tests.papers import PDF, pdf
from tests.unit.mappings.rows import ATTACHED, BODIES

from .server import serving
from .shapes import PaperMizan, lay

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def mapper() -> CaseMapper:
    return CaseMapper.of(read_mapping(CASE_MAPPING) + ATTACHED.encode(), "own.toml", BODIES, unexamined)


@pytest.fixture
def source(tmp_path: Path) -> SqlCaseSource:
    cases = CaseDatabase(tmp_path / "cases.db")
    (key,) = cases.add()
    cases.run("UPDATE parties SET identifier = '9990000001'")
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "map.png").write_bytes(PNG)
    (tmp_path / "papers" / "report.pdf").write_bytes(pdf(filler=b"report"))
    with closing(sqlite3.connect(cases.path)) as connection, connection:
        connection.execute("CREATE TABLE enclosures (notice INTEGER, place INTEGER, title TEXT, kind TEXT, file TEXT)")
        connection.executemany(
            "INSERT INTO enclosures VALUES (?, ?, ?, ?, ?)",
            [(key, 2, None, None, "report.pdf"), (key, 1, "نقشه ملک", "03", "map.png")],
        )
    enclosed = RowList(
        table="enclosures",
        of="notice",
        order="place",
        columns=("title", "kind", "file"),
        files={"content": "file"},
    )
    folder = DocumentFolder(tmp_path / "papers")
    config = SqlSourceConfig(columns=mapper().columns, folder=folder, lists={"papers": enclosed})
    return SqlCaseSource("cases", cases.url, config)


def sealer(pki: Path, folder: Path) -> ContractSealer:
    profile, contract = bound(folder)
    seal = load_signer(pki / "municipality/seal-article-100.key.pem", pki / "municipality/seal-article-100.crt.pem")
    own = NoticeSealer({"article-100": seal}, load_schema(NOTICE_SCHEMA, SCHEMAS))
    return ContractSealer(own, contract, profile.file.limits.attachment_bytes, profile.file.most_documents)


def test_every_document_arrives_in_order_as_it_was_issued(source: SqlCaseSource, pki: Path, tmp_path: Path) -> None:
    with closing(source):
        (row,) = source.rows([mark.key for mark in source.marks(None, 9)])
    notice = mapper().map(row)
    assert [each.octets for each in notice.documents] == [PDF, PNG, pdf(filler=b"report")]
    folder = tmp_path / "profile"
    lay(folder, PaperMizan)
    sealed = sealer(pki, folder).seal(notice, datetime.now(UTC))
    slice_ = SealSlice(reference=sealed.reference, octets=sealed.octets, digest=sealed.digest)
    mizan = PaperMizan(pki / "judiciary", pki / "municipality" / "transport.crt.pem")
    with serving(mizan) as endpoint:
        channel = Channel(endpoint, MINUTE)
        answer = submit(courier_to(folder, pki, endpoint, channel), slice_)
        channel.close()
    assert answer.by_reference == {notice.reference: Accepted(tracking_number="MZ-1")}
    first, second = mizan.enclosures[notice.reference]
    assert base64.b64decode(first.pop("Content") or "") == PNG
    assert first == {"Row": "2", "Title": "نقشه ملک", "Sort": "03", "File": "map.png", "MediaType": "image/png"}
    assert base64.b64decode(second.pop("Content") or "") == pdf(filler=b"report")
    assert second == {"Row": "3", "File": "report.pdf", "MediaType": "application/pdf"}


def test_a_service_that_takes_the_paper_alone_gets_no_notice_with_attachments(
    source: SqlCaseSource, pki: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "profile"
    lay(folder, PaperMizan)
    edited(folder, "profile.toml", "documents = 5 ", "# ")
    with closing(source):
        (row,) = source.rows([mark.key for mark in source.marks(None, 9)])
    with pytest.raises(GatewayError, match=r"3 documents; the judiciary's profile takes up to 1.*\[notice\.contract\]"):
        sealer(pki, folder).seal(mapper().map(row), datetime.now(UTC))


def test_a_profile_cannot_take_documents_that_its_mapping_forgets(tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    lay(folder, PaperMizan)
    edited(folder, "submit.toml", 'expression = "notices[0].documents[1:]"', 'expression = "notices[0].document"')
    with pytest.raises(GatewayError, match=r"reads no documents"):
        bound(folder)


def enclosed() -> SealSlice:
    """A sealed notice with one attachment, without its signature."""
    one = notice("9990000001")
    octets = canonical(
        notice_element(replace(one, attachments=(Document(name="map.png", media_type="image/png", octets=PNG),)))
    )
    return SealSlice(reference=one.reference, octets=octets, digest=sha256(octets))


def refusal(folder: Path, seal: SealSlice) -> GatewayError | None:
    """The error of a submission of a queued notice by the profile that is now in force."""
    contract = contract_of_files(load_profile(str(folder), Path()), NO_VALUES)
    try:
        contract.submission([seal], contract.trial(call_about(datetime.now(UTC), [seal.reference])))
    except GatewayError as error:
        return error
    return None


def test_a_queued_notice_loses_no_attachment_under_a_version_that_takes_fewer(tmp_path: Path) -> None:
    for name in ("as it was", "documents", "bytes"):
        lay(tmp_path / name, PaperMizan)
    edited(tmp_path / "documents", "profile.toml", "documents = 5 ", "# ")
    edited(tmp_path / "bytes", "profile.toml", "documents = 5 ", "documents = 5\nattachment_bytes = 100 # ")
    assert refusal(tmp_path / "as it was", enclosed()) is None
    for name, where, detail in (
        ("documents", "documents", "2 documents; the judiciary's profile takes up to 1"),
        ("bytes", "document", f"{len(PNG) + 16} bytes; the judiciary takes up to 100"),
    ):
        error = refusal(tmp_path / name, enclosed())
        assert error is not None
        assert (error.code, error.where, error.detail) == ("notice.contract", where, detail)
        assert error.scope is ErrorScope.ROW, "dispatch sets it aside, and sends the others"


@pytest.mark.parametrize("name", ["eblagh-1", "eblagh-rest-1", "eblagh-rpc-1"])
def test_our_own_contracts_have_these_limits_too(name: str, tmp_path: Path) -> None:
    for limit, wanted in (
        ("documents = 2", None),
        ("documents = 1", "documents"),
        ("attachment_bytes = 100", "document"),
    ):
        folder = tmp_path / limit.replace(" ", "")
        shutil.copytree(PROFILES / name, folder)
        text = (folder / "profile.toml").read_text(encoding="utf-8").replace("attachment_bytes", "# attachment_bytes")
        (folder / "profile.toml").write_text(text.replace("[limits]", f"[limits]\n{limit}"), encoding="utf-8")
        error = refusal(folder, enclosed())
        assert (error and error.where) == wanted
