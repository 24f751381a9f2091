"""Ports that the simulated store lacks, and conformance tests that it does not run, with the reasons.

A conformance test that is not named here runs on the simulated store.
"""

from __future__ import annotations

from typing import Final

PORTS: Final = {
    "claims": "a claim of a notice tells other persons, and no pass reads it",
    "bulk_acts": "the acts of a bulk act are those of single notices",
    "courtesy": "messages by telephone, which change no notice: `tests/passes/test_courtesy.py`",
    "sign_in": "the console's",
    "drafts": "the console's",
    "saved_views": "the console's",
    "search": "the console's",
    "figures": "the console's",
    "deadlines": "the console's",
    "worklist": "the console's",
    "records": "the search of auditors",
    "audit_payloads": "a verb of the command line, about files",
    "check_pages": "a verb of the command line, about the pages of a database",
}
"""Parts of `SqlStore` that the simulated store lacks."""

_PEOPLE = "sign-in of persons (`PORTS`)"
_CONSOLE = "a store of the console alone (`PORTS`)"
_FILES = "segment files of payloads, and what is in them"
_CHANGED = "SQL changes a row behind the store's back"
_SQL = "indexes and plans of SQL"
_PROCESS = "another process cannot reach memory"
_FAULTS = "`tests/simulation/test_store_faults.py` tears commits in the simulated store"

TESTS: Final = {
    "test_brought_rows": _PEOPLE,
    "test_deadlines": _CONSOLE,
    "test_district_spellings": _CONSOLE,
    "test_drafts": _CONSOLE,
    "test_enrolment": _PEOPLE,
    "test_evidence_finder": _CONSOLE,
    "test_four_eyes": _PEOPLE,
    "test_lock_out": _PEOPLE,
    "test_mappings::test_octets_that_are_not_those_of_the_digest_map_nothing": _CHANGED,
    "test_own_account": _PEOPLE,
    "test_pages": "the pages of a database's file",
    "test_payload_audit": _FILES,
    "test_payload_pieces": "rows of pieces in a database",
    "test_personal_data": _PEOPLE,
    "test_profiles::test_a_version_that_became_one_of_the_other_subject_is_not_spoken": _CHANGED,
    "test_profiles::test_octets_that_are_not_those_of_the_digest_are_not_spoken": _CHANGED,
    "test_saved_views": _CONSOLE,
    "test_search": _CONSOLE,
    "test_search_filling": _CONSOLE,
    "test_segment_payloads": _FILES,
    "test_sign_in": _PEOPLE,
    "test_store_atomicity": f"{_PROCESS}; {_FAULTS}",
    "test_store_claims": _PEOPLE,
    "test_store_people": _PEOPLE,
    "test_store_search": _CONSOLE,
    "test_store_worklist": _PEOPLE,
    "test_acts_at_once::test_a_bulk_act_begins_once": "bulk acts (`PORTS`)",
    "test_advisory_locks::test_the_duty_of_a_process_that_is_killed_is_taken_over": _PROCESS,
    "test_inbox::test_many_rows_are_listed_and_told_by_an_index": _SQL,
    "test_inbox_ending": "a verb of the command line, about rows of a former intake",
    "test_payloads::test_a_transaction_that_failed_is_committed_later": f"events of SQLAlchemy; {_FAULTS}",
    "test_payloads::test_large_octets_are_read_in_pieces_any_number_of_times": _FILES,
    "test_store_claiming::test_claimers_in_processes_never_get_the_same_notice": _PROCESS,
    "test_store_offload::test_a_file_of_payloads_goes_when_no_row_names_it_and_nobody_writes_it": _FILES,
}
"""Modules of `tests/conformance`, and single tests of others, that do not run on the simulated store."""


def is_left_out(nodeid: str) -> bool:
    """Return True if a test of the conformance suite is left out, by its module or by its own name."""
    module, _, test = nodeid.partition("::")
    name = module.rpartition("/")[2].removesuffix(".py")
    return name in TESTS or f"{name}::{test.partition('[')[0]}" in TESTS
