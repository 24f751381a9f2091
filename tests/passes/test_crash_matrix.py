"""Every boundary in the life of notices: a process that is killed there, and started again, ends as any other one.

Each part runs in a process of its own, which has no threads and so may fork gateways that are killed for real.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from adapters.shipped.resources import ROOT
from adapters.storage.schema.tables import METADATA
from gateway.judiciary.courier import Courier
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.source_row import CaseSource
from tests.crash_matrix.boundaries import LOCAL
from tests.databases import DATABASES

pytestmark = pytest.mark.long

PARTS = {"sqlite": 8, "postgresql": 20}
"""Tests among which the boundaries of each database are divided. A sample has one of each database. PostgreSQL's
boundaries are nearly those of SQLite, and a story on it takes three times as long."""


def matrix(*arguments: str) -> dict[str, Any]:
    """Return ``{"boundaries": {name: {database: problems}}, "unmet": transitions}``."""
    command = [sys.executable, "-m", "tests.crash_matrix", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, stdin=subprocess.DEVNULL)
    assert done.stdout, done.stderr
    reported: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return reported


def red(reported: dict[str, Any]) -> dict[str, Any]:
    return {name: by for name, by in reported["boundaries"].items() if any(by.values())}


@pytest.mark.slow
@pytest.mark.exhaustive(keep=2)
@pytest.mark.parametrize(("database", "part"), [(name, part) for name in DATABASES for part in range(PARTS[name])])
def test_after_any_kill_everything_ends_as_if_there_had_been_none(database: str, part: int) -> None:
    reported = matrix("--database", database, "--part", str(part), "--parts", str(PARTS[database]))
    assert red(reported) == {}
    assert len(reported["boundaries"]) > 10
    # A lease expires only where somebody was killed.
    assert set(reported["unmet"]) <= {f"{DeliveryState.SENDING} {DeliveryEvent.LEASE_EXPIRY}"}


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_after_a_kill_while_many_calls_overlap_everything_ends_as_if_there_had_been_none(database: str) -> None:
    reported = matrix("--database", database, "--calls", "32", "--only", "/judiciary.")
    assert red(reported) == {}
    assert len(reported["boundaries"]) > 10


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.exhaustive(keep=1)
def test_every_transition_happens_and_no_call_and_no_table_is_left_out(database: str) -> None:
    reported = matrix("--database", database, "--only", "dispatch/judiciary.transmit")
    assert [*reported["boundaries"]] == [
        "no kill",
        "dispatch/judiciary.transmit/before",
        "dispatch/judiciary.transmit/after",
    ]
    assert (red(reported), reported["unmet"]) == ({}, [])
    found = matrix("--database", database, "--list")["boundaries"]
    calls = {f"judiciary.{name}" for name in _methods(Courier)} | {f"cases.{name}" for name in _methods(CaseSource)}
    # Polls are cut in test_polling.py; a receipt is read again by a person's act, and calls nobody
    # (test_unread_receipts.py); to submit is to transmit, and judge at once.
    crossed = {name.split("/")[1] for name in found if "/cases." in name or "/judiciary." in name}
    assert crossed == calls - {"judiciary.poll_receipts", "judiciary.read_again", "judiciary.submit"}
    written = {name.rpartition("before ")[2] for name in found}
    tables = {table for table in METADATA.tables if {f"INSERT {table}", f"UPDATE {table}"} & written}
    # Written when a store is made, when it was restored, when an endpoint rests, and when a person stops everything or
    # lets unproven notices be sent.
    elsewhere = {"store_meta", "recovery", "endpoint", "switch", "override"}
    # By what persons do with mappings (test_mapping_crashes.py), and by senders (test_push_crashes.py).
    elsewhere |= {"mapping_version", "mapping_step", "mapping_activation"}
    elsewhere |= {"inbox", "inbox_document", "inbox_message", "inbox_row", "inbox_told"}
    # What a person has typed and not entered yet (conformance/test_drafts.py).
    elsewhere |= {"intake_draft", "intake_file"}
    # Of no notice: a list is added once, whoever fetches it again; a witness is asked again until it has accepted.
    elsewhere |= {"revocation_list", "witness"}
    # With what a real certificate sealed, in the admission's own transaction (test_renewed_seal.py); of what is damaged
    # or was forgotten (archive/test_damage.py, archive/test_fork.py).
    elsewhere |= {"certificate", "damage", "fork"}
    # Which processes live and which authorities answer; the index of recipients, of an admission where a key is named.
    elsewhere |= {"service", "time_authority", "recipient_index", "session_token"}
    # Statistics of calls (conformance/test_call_durations.py).
    elsewhere |= {"call_duration"}
    # Measured running times and outages (conformance/test_outages.py).
    elsewhere |= {"service_run", "endpoint_outage"}
    # By what people do with accounts (test_every_act_is_evidence.py, conformance/test_sign_in.py).
    elsewhere |= {"person", "person_role", "person_body", "person_account", "person_provider"}
    elsewhere |= {"credential", "enrolment", "login_session", "failed_attempt"}
    # By acts of people on many notices (test_bulk_act_crashes.py).
    elsewhere |= {"bulk_act", "bulk_act_body", "bulk_act_notice"}
    # By what people do with waiting notices, and the searches that they save (conformance/test_store_claims.py).
    elsewhere |= {"notice_claim", "saved_view"}
    # Of a large payload, in the transaction of its row (conformance/test_payload_pieces.py).
    elsewhere |= {"payload_piece"}
    # Of mail to people, made once by derived ids (conformance/test_mail.py).
    elsewhere |= {"alarm", "mail"}
    # Of messages beside a notice's course, with a crash between row and outcome (test_courtesy.py).
    elsewhere |= {"courtesy"}
    assert tables == METADATA.tables.keys() - elsewhere
    if database == "sqlite":
        assert {"write", "fsync", "a segment file"} <= written


def _methods(port: type) -> set[str]:
    """Calls to a port that reach the other side."""
    return {name for name, value in vars(port).items() if callable(value) and not name.startswith("_")} - LOCAL


def test_a_blind_resend_is_found() -> None:
    """The matrix can fail: with doubt switched off, a kill after the submission serves a notice twice."""
    reported = matrix("--database", "sqlite", "--blind", "--only", "judiciary.transmit")
    assert any("served 2 times" in problem for problem in red(reported)["dispatch/judiciary.transmit/after"]["sqlite"])
