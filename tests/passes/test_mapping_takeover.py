"""The mapping in force changes while notices are under way: each batch is made by one version, and says by which.

The two versions leave traces in two fields of every notice, the subject and the name of the document. Each process is
stopped in the middle of a batch until a person has activated the other version.
"""

from __future__ import annotations

import multiprocessing
import os
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from adapters.shipped.resources import CASE_MAPPING
from adapters.storage.sql_store import SqlStore
from gateway.intake.collection import IntakePolicy, collect
from gateway.mapping import BodyConfig
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Notice
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import Header
from gateway.store.version import MappingVersion
from gateway.versions import version_actions
from gateway.versions.version_in_force import InForce
from tests.databases import DATABASES
from tests.mappers import unexamined

from .case_table import Cases

BODIES = {"article-100": BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "رأی"})}
PROCESSES, BATCH = 3, 10
ROWS = int(os.environ.get("TAKEOVER_ROWS", "100"))
"""Of each process: 3340 make ten thousand notices, which take a minute."""
_SPAWN = multiprocessing.get_context("fork")


def marked(mark: str) -> bytes:
    """The shipped mapping, which puts a mark before two fields."""
    text = CASE_MAPPING.read_text(encoding="utf-8")
    for column in ("subject", "document_name"):
        line = f'from = "{column}"\n'
        assert line in text
        text = text.replace(line, f'{line}do = [{{ name = "prefix", text = "{mark}:" }}]\n')
    return text.encode()


@dataclass
class Traces:
    """A sealer whose seal shows two fields of the notice; at a row it waits until ``go``, having said that it does."""

    at_row: int
    waits: Event
    go: Event
    sealed: int = 0

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        if self.sealed == self.at_row:
            self.waits.set()
            self.go.wait()
        self.sealed += 1
        octets = f"{notice.reference}|{notice.subject}|{notice.document.name}".encode()
        return SealedNotice(reference=notice.reference, octets=octets, sealed_at=at)


def in_force(store: SqlStore) -> InForce:
    def compiled(version: MappingVersion) -> CaseMapper:
        return CaseMapper(compile_mapping(version.octets, version.label), BODIES, unexamined, str(version.number))

    def by_file(source: str) -> CaseMapper:
        raise AssertionError(f"{source} has a mapping in force")

    return InForce(store.versions, now, compiled, by_file)


def now() -> datetime:
    return datetime.now(UTC)


def serve(url: str, source: str, rows: int, sealer: Traces) -> None:
    """One process of the service, as far as collecting goes."""
    cases = Cases(name=source)
    for number in range(rows):
        cases.put(f"{number:05d}", case_number=source)
    try:
        with closing(SqlStore.open(url)) as store:
            policy = IntakePolicy(destination="court", page_rows=BATCH)
            collect(cases, store, in_force(store), sealer, now, policy)
    finally:
        sealer.waits.set()  # nobody waits for a process that failed


def act(name: str, account: str) -> OperatorAction:
    return OperatorAction(name=name, account=account, reason="آزمون", at=now())


def activate(store: SqlStore, octets: bytes, sources: list[str]) -> None:
    version = version_actions.import_version(
        store, octets, "case-view-1", "columns", act("mapping.import", "a"), "city"
    ).version
    version = version_actions.submit(store, version, "columns", act("mapping.submit", "a"), "city").version
    version = version_actions.approve(store, version, act("mapping.approve", "b"), "city").version
    action = act("mapping.activate", "a")
    version_actions.activate(store, version, sources, action.at, action, "city")


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_a_mapping_that_changes_under_way_mixes_in_no_notice_and_no_batch(database: str, tmp_path: Path) -> None:
    sources = [f"district-{number}" for number in range(PROCESSES)]
    rows, middle = ROWS, ROWS // 2 + BATCH // 2
    with DATABASES[database](tmp_path) as url, closing(SqlStore.open(url)) as store:
        activate(store, marked("one"), sources)
        go = _SPAWN.Event()
        sealers = [Traces(at_row=middle, waits=_SPAWN.Event(), go=go) for _ in sources]
        processes = [
            _SPAWN.Process(target=serve, args=(url, source, rows, sealer))
            for source, sealer in zip(sources, sealers, strict=True)
        ]
        for process in processes:
            process.start()
        for sealer in sealers:
            sealer.waits.wait()
        activate(store, marked("two"), sources)
        go.set()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * PROCESSES
        made = {source: versions(store, source) for source in sources}
    for found in made.values():
        assert len(found) == rows
        lengths = [(version, len(list(those))) for version, those in groupby(found)]
        # The batch that was half sealed when the other came into force was made by the first to its end.
        assert lengths == [("1", middle + BATCH // 2), ("2", rows - middle - BATCH // 2)]


def versions(store: SqlStore, source: str) -> list[str]:
    """The version that made each notice of a source, in the order of its rows: as evidence says, and as the notice's
    own fields show."""
    digests = {str(each.number): each.digest for each in store.versions.find("case-view-1")}
    traces = {"1": "one", "2": "two"}
    found: dict[str, str] = {}
    after = None
    while page := store.notices.admitted(since=None, until=None, limit=500, after=after, source=source):
        seals = store.evidence.payloads([admission.entry.seal_digest for admission in page])
        for admission in page:
            record = store.evidence.record(admission.evidence_id)
            assert record is not None
            context = Header.of(record.header).context
            version = context["mapping_version"]
            assert (context["mapping"], context["mapping_digest"]) == ("case-view-1", digests[version])
            _, subject, document = seals[admission.entry.seal_digest].decode().split("|")
            assert {subject.split(":")[0], document.split(":")[0]} == {traces[version]}
            found[admission.entry.row_key] = version
        after = page[-1].entry.admitted_at, page[-1].entry.reference
    return [found[key] for key in sorted(found)]
