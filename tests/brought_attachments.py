"""Attachments that came with pushed or dropped rows: the mapping that reads them, and their notices in an archive."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from zipfile import ZipFile

from lxml import etree

from adapters.crypto.keys.names import NOTICE
from adapters.crypto.xml.sealed_fields import documents_of
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.shipped.resources import CASE_MAPPING, NOTICE_SCHEMA, ROOT, SCHEMAS
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive, segments
from gateway.audit.audit_recipe import Check
from gateway.mapping import BodyConfig
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.model.mapper import Always
from gateway.notice.source_row import CaseSource
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import Recorder
from tests.manual_clock import ManualClock
from tests.mappers import unexamined
from tests.papers import pdf
from tests.passes.conftest import Passes
from tests.passes.ports import JudiciaryService
from tests.unit.crypto.samples import signer

PNG, REPORT = b"\x89PNG\r\n\x1a\n" + bytes(range(256)), pdf(filler=b"report")
BODIES = {"article-100": BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "رأی"})}
PAGE = (ROOT / "docs" / "connect" / "mappings.md").read_text(encoding="utf-8")
[READ] = [block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if 'from = "digest"' in block]
"""Part of a mapping that reads attachments, as the page says it."""


def reading_mapper() -> CaseMapper:
    return CaseMapper.of(CASE_MAPPING.read_bytes() + READ.encode(), "own.toml", BODIES, unexamined)


def passes_of(store: SqlStore, source: CaseSource, clock: ManualClock, pki: Path | None = None) -> Passes:
    """Passes whose mapping reads attachments; with a PKI their seals are real."""
    passes = Passes(store, source, JudiciaryService(clock), clock)  # type: ignore[arg-type]
    passes.mappers = Always(reading_mapper())
    if pki is not None:
        own = signer(pki, "municipality", "seal-article-100")
        schema = load_schema(NOTICE_SCHEMA, SCHEMAS)
        passes.sealer = NoticeSealer({"article-100": own}, schema)  # type: ignore[assignment]
    return passes


def archived_documents(store: SqlStore, clock: ManualClock, pki: Path, folder: Path) -> list[list[tuple[object, ...]]]:
    """Write everything into an archive, have it verified, and return the documents of each seal in it: name, title,
    kind, media type and octets.
    """
    Recorder(pki, store, folder, now=clock()).archive()
    report = audit_archive(folder, pki / "anchors")
    assert {*report.verdicts.values()} <= {Verdict.PASSED, Verdict.INDETERMINATE}, report.findings
    assert report.verdicts[Check.SIGNATURE] is Verdict.PASSED, report.findings
    found: list[list[tuple[object, ...]]] = []
    for segment in segments(folder):
        with ZipFile(segment) as container:
            contents = [container.read(name) for name in container.namelist()]
        seals = [etree.fromstring(octets) for octets in contents if octets.startswith(b"<n:Notice ")]
        found += [[_parts(document) for document in documents_of(seal)] for seal in seals]
    assert report.passed[Check.SIGNATURE] >= len(found) > 0
    return found


def _parts(document: etree._Element) -> tuple[object, ...]:
    parts = [document.findtext(f"{{{NOTICE}}}{name}") for name in ("Name", "Title", "Kind", "MediaType")]
    return (*parts, base64.b64decode(document.findtext(f"{{{NOTICE}}}Content", "")))
