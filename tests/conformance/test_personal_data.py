"""Everything that is held about one person, on every database: nothing is left out, and nothing is of another one."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from zipfile import ZipFile

import pytest

from adapters.evidence.personal_data_file import overview_pages, write_zip
from adapters.municipal.files.drop_reports import as_csv
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.recipient_index import RecipientKey
from gateway.operations.operator_action import NOT_AUTHENTICATED, OperatorAction
from gateway.people.permissions import Role
from gateway.personal_data.account_data import account_parts
from gateway.personal_data.export_record import Export, record_export
from gateway.personal_data.part import Contents, Part, Ports, Wanted
from gateway.personal_data.recipient_data import recipient_parts
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About, LegalHold, Rule
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Payload
from tests.manual_clock import ManualClock
from tests.people import SignIn

from .builders import NOW, admit, at, ending, entry, evidence, intake, quarantined, reference, seal

pytestmark = pytest.mark.exhaustive(draw=["place"])

KEY = RecipientKey(b"k" * 32)
ZAHRA, REZA = "0000000019", "0000000027"
WANTED = Wanted(day=date(2026, 2, 3), origin="city")
CLERK = "clerk-of-the-night"


def fields(octets: bytes) -> Mapping[str, str]:
    """Read a notice of the builders as if it were a sealed one."""
    return {"Recipient/Name": "شخص", "Document/Content": "papers", "Case/Number": str(len(octets))}


def ports(store: SqlStore) -> Ports:
    return Ports(
        store=store,
        inbox=store.inbox,
        records=store.records,
        sessions=store.sign_in,
        views=store.saved_views,
        holds=[LegalHold(about=About.NOTICE, subject=reference(1), since=NOW, evidence_id="act:hold")],
        rules=[Rule(name="seals", kinds=[EvidenceKind.SEALED_NOTICE], life=timedelta(days=3650))],
        fields=fields,
        documents=lambda octets: [("application/pdf", octets[:9]), ("image/png", b"picture")],
        table=as_csv,
        pages=overview_pages,
    )


def admit_for(store: SqlStore, numbers: range, identifier: str, **named: str) -> None:
    new = intake(*(entry(number, state=DeliveryState.SUBMITTED) for number in numbers))
    admissions = [replace(each, **named) for each in new.admissions]
    recipients = [KEY.entry_of(reference(number), identifier) for number in numbers]
    store.commit(replace(new, admissions=admissions, recipients=recipients))


def parts_of(store: SqlStore, identifier: str = ZAHRA, wanted: Wanted = WANTED) -> Generator[Part, None, Contents]:
    return recipient_parts(ports(store), [KEY.hash_of(identifier)], wanted)


def files(store: SqlStore, identifier: str = ZAHRA, wanted: Wanted = WANTED) -> dict[str, bytes]:
    return {part.name: part.octets for part in parts_of(store, identifier, wanted)}


def told(of: Mapping[str, bytes], number: int) -> dict[str, object]:
    found: dict[str, object] = json.loads(of[f"notices/{reference(number)}/notice.json"])
    return found


def act_of(store: SqlStore, name: str = "notice.comment", reason: str = "تماس گرفت", number: int = 1) -> None:
    act = OperatorAction(name=name, account=CLERK, reason=reason, at=at(hours=number), authentication=NOT_AUTHENTICATED)
    record, payload = act.record(reference(number), origin="city", outcome="done", notice=reference(number))
    store.commit(Changes(evidence=[record], payloads=[payload]))


def test_owners_of_one_case_each_get_their_own_notices(store: SqlStore) -> None:
    admit_for(store, range(1, 3), ZAHRA, recipient_name="زهرا کریمی")
    admit_for(store, range(3, 4), REZA, recipient_name="رضا صادقی")
    hers, his = files(store), files(store, REZA)
    assert {name.split("/")[1] for name in hers if "/" in name} == {reference(1), reference(2)}
    assert {name.split("/")[1] for name in his if "/" in name} == {reference(3)}
    text = b"\n".join(hers.values()).decode()
    assert "زهرا کریمی" in text
    assert "رضا صادقی" not in text
    assert reference(3) not in text


def test_a_person_with_many_notices_is_read_page_by_page(store: SqlStore) -> None:
    admit_for(store, range(1, 251), ZAHRA)
    admit_for(store, range(251, 301), REZA)
    found = files(store)
    index = json.loads(found["index.json"])
    assert [each["reference"] for each in index["notices"]] == [reference(number) for number in range(1, 251)]
    assert len(found["index.csv"].decode("utf-8-sig").splitlines()) == 251
    with pytest.raises(GatewayError, match="more than 249 notices"):
        files(store, wanted=replace(WANTED, most=249))


def test_a_day_of_service_says_if_it_is_only_the_latest_possible(store: SqlStore) -> None:
    """A notice that was viewed without a receipt of arrival may have been served on any day before."""
    arrived = entry(1, state=DeliveryState.DELIVERED, delivered_at=NOW)
    viewed = entry(2, state=DeliveryState.VIEWED, viewed_at=NOW)
    notices = [arrived, viewed, entry(3)]
    recipients = [KEY.entry_of(each.reference, ZAHRA) for each in notices]
    store.commit(replace(intake(*notices), recipients=recipients))
    found = files(store)
    lines = json.loads(found["index.json"])["notices"]
    assert [(each["date_of_service"], each["arrival_known"]) for each in lines] == [
        ("1404-11-14", True),
        ("1404-11-14", False),
        (None, None),
    ]
    assert [told(found, number)["arrival_known"] for number in (1, 2, 3)] == [True, False, None]
    table = list(csv.DictReader(found["index.csv"].decode("utf-8-sig").splitlines()))
    assert [each["arrival_known"] for each in table] == ["true", "false", ""]


def test_a_notice_has_its_documents_events_records_and_all_that_concerns_it(store: SqlStore) -> None:
    admit_for(store, range(1, 2), ZAHRA)
    act_of(store)
    receipt = evidence("receipt:1", kind=EvidenceKind.RECEIPT, notice=reference(1), payload=b"<receipt/>")
    waiting, ended = quarantined(notice=reference(1)), quarantined(b"<old/>", notice=reference(1))
    changes = Changes(
        evidence=[receipt, evidence("act:1", kind=EvidenceKind.PERSON_ACT)],
        payloads=[Payload(digest=receipt.payload_digest, octets=b"<receipt/>")],
        quarantine=[waiting, ended, quarantined(b"<of another/>", notice=reference(9))],
    )
    store.commit(changes)
    store.commit(Changes(endings=[ending(ended)]))
    found = files(store)
    folder = f"notices/{reference(1)}"
    assert found[f"{folder}/notice.xml"] == seal(1)
    assert found[f"{folder}/paper.pdf"] == seal(1)[:9]
    assert found[f"{folder}/attachment-1.png"] == b"picture"
    assert found[f"{folder}/receipt-000000000001.xml"] == b"<receipt/>"
    notice = told(found, 1)
    assert notice["fields"] == {"Recipient/Name": "شخص", "Case/Number": "100"}
    assert notice["legal_holds"] == [{"about": "notice", "since": "2026-02-03T08:30:00.000000Z"}]
    assert [each["retention_class"] for each in notice["records"]] == ["seals", None, None]  # type: ignore[attr-defined]
    assert {each["ended_as"] for each in notice["quarantine"]} == {None, "released"}  # type: ignore[attr-defined]
    [act] = notice["acts_of_persons"]  # type: ignore[misc]
    assert (act["what"], act["reason"], act["person"]) == ("work", "تماس گرفت", "an account of the operating system")
    assert CLERK.encode() not in b"".join(found.values())


def test_without_papers_nothing_of_a_sealed_notice_is_a_file(store: SqlStore) -> None:
    admit_for(store, range(1, 2), ZAHRA)
    found = files(store, wanted=replace(WANTED, papers=False))
    assert not [name for name in found if name.endswith((".pdf", ".png", ".xml"))]
    assert "left out" in found["README.en.txt"].decode()
    assert told(found, 1)["fields"] == {"Recipient/Name": "شخص", "Case/Number": "100"}


def test_what_was_deleted_by_rule_is_said(store: SqlStore) -> None:
    admit_for(store, range(1, 2), ZAHRA)
    digest = evidence("x", payload=b"<paper/>").payload_digest
    deletion = Deletion(rule="seals", payload_days=3650, at=at(hours=1), digests=[digest])
    record = evidence("deleted:1", kind=EvidenceKind.PAYLOAD_DELETED, payload=deletion.octets)
    store.commit(
        Changes(
            evidence=[record],
            payloads=[Payload(digest=record.payload_digest, octets=deletion.octets)],
            deletions=[(record.id, deletion)],
        )
    )
    store.log.place(9)
    assert store.retention.forget([digest], store.log.size(), at(hours=2)) == 1
    [sealed] = told(files(store), 1)["records"]  # type: ignore[misc]
    assert sealed["gone"] == "deleted under rule seals"


def test_the_same_store_and_day_make_the_same_octets_which_any_zip_reader_opens(store: SqlStore) -> None:
    """Read by the standard library alone."""
    admit_for(store, range(1, 4), ZAHRA)
    first, second = io.BytesIO(), io.BytesIO()
    written = write_zip(first, parts_of(store))
    assert write_zip(second, parts_of(store)) == written
    assert first.getvalue() == second.getvalue()
    assert written.digest == f"sha256:{hashlib.sha256(first.getvalue()).hexdigest()}"
    with ZipFile(first) as container:
        assert container.testzip() is None
        assert len(container.namelist()) == len(set(container.namelist())) == written.files
        assert json.loads(container.read("index.json"))["held_on"] == "2026-02-03"
    with pytest.raises(GatewayError, match="more than 1000 octets"):
        write_zip(io.BytesIO(), parts_of(store), 1000)


def test_nobody_is_found_by_another_identifier(store: SqlStore) -> None:
    admit_for(store, range(1, 2), ZAHRA)
    with pytest.raises(GatewayError) as refused:
        files(store, REZA)
    assert refused.value.code == "personal-data.none"


def test_an_export_is_an_access_to_each_notice_and_is_recorded_once(store: SqlStore) -> None:
    admit_for(store, range(1, 3), ZAHRA)
    export = Export(
        digest=f"sha256:{'a' * 64}",
        size=1,
        files=1,
        papers=True,
        references=[reference(1), reference(2)],
        recipient=KEY.hash_of(ZAHRA),
    )
    act = OperatorAction(name="personal-data.export", account="clerk", reason="نامه ۱۲", at=at(hours=1))
    before = files(store)
    for _ in range(2):
        record_export(store, export, act, "city")
    [row] = [row for row in store.evidence.of_notice(reference(2)) if row.kind == EvidenceKind.PERSON_ACT]
    assert row in store.evidence.of_notice(reference(1))
    assert ZAHRA.encode() not in row.header + store.evidence.payload(row.payload_digest)
    assert KEY.hash_of(ZAHRA).keyed_hash.encode() not in row.header
    [told_act] = told(files(store), 2)["acts_of_persons"]  # type: ignore[misc]
    assert (told_act["what"], told_act["reason"]) == ("access", "نامه ۱۲")
    assert files(store, wanted=replace(WANTED, apart_from=row.id)) == before


@pytest.mark.parametrize("reason", ["", " \u200c", "ن" * 501])
def test_an_export_needs_a_purpose(store: SqlStore, reason: str) -> None:
    act = OperatorAction(name="personal-data.export", account="clerk", reason=reason, at=NOW)
    with pytest.raises(GatewayError) as refused:
        record_export(store, Export(digest="sha256:0", size=1, files=1, papers=True, person="p-1"), act, "city")
    assert refused.value.code == "act.purpose"


def test_an_account_has_its_acts_and_those_of_others_on_it(store: SqlStore, tmp_path: object) -> None:
    people = SignIn(store, ManualClock(), tmp_path)  # type: ignore[arg-type]
    person = people.invite("zahra", Role.OPERATOR)[0]
    admit(store, entry(1))
    for account, authentication in (
        ("zahra", "by a session of the console"),
        ("another", "by a session of the console"),
    ):
        act = OperatorAction(
            name="queue.hold", account=account, reason="گواهی", at=at(days=1), authentication=authentication
        )
        record, payload = act.record(
            reference(1), origin="city", outcome="held", id=f"act:{account}", notice=reference(1)
        )
        store.commit(Changes(evidence=[record], payloads=[payload]))
    standing = next(each for each in store.people.all() if each.person.id == person.id)
    found = {part.name: part.octets for part in account_parts(ports(store), standing, WANTED)}
    acts = json.loads(found["acts/00001.json"])["acts"]
    assert {(each["act"], each["what"], each["person"] == person.id) for each in acts} == {
        ("queue.hold", "act", True),
        ("person.add", "on the account", False),
    }
    account = json.loads(found["account.json"])
    assert (account["login"], account["enrolled"]) == ("zahra", False)
    assert b"another" not in b"".join(found.values())
