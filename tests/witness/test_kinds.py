"""Particulars of each kind of witness: files, status codes, certificates and passwords, mails."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.http.known_service import KnownService
from adapters.witness.email import EmailSettings, EmailWitness
from adapters.witness.folder import FolderWitness
from adapters.witness.https import HttpsWitness
from gateway.archive.consistency import ConsistencyProof, judge
from gateway.archive.witnessing import Claim, Witness
from gateway.merkle.checkpoint import MAX_NOTE_BYTES
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict

from . import https_keeper, mail_server
from .conftest import SIGNER, letter
from .https_keeper import Keeper
from .mail_server import Mailbox
from .tls import PASSWORD, Tls

LONG = timedelta(seconds=30)
CODE = "witness.credentials"


def refusal(witness: Witness, size: int = 7, held: int = 0) -> tuple[str, str]:
    with pytest.raises(GatewayError) as refused:
        witness.hand_over(letter(size, held))
    assert refused.value.where == "outside"
    return refused.value.code, refused.value.detail


# A folder.


def test_a_share_that_is_not_mounted_is_never_made(tmp_path: Path) -> None:
    witness = FolderWitness("outside", tmp_path / "share")
    assert refusal(witness)[0] == "witness.unreachable"
    with pytest.raises(GatewayError, match=r"witness\.unreachable"):
        witness.check()
    assert list(tmp_path.iterdir()) == []


def test_a_mount_point_without_its_share_has_lost_what_was_kept(tmp_path: Path) -> None:
    witness = FolderWitness("outside", tmp_path)
    assert refusal(witness, 9, held=7) == ("witness.lost", "checkpoint-000000000007.note")
    assert list(tmp_path.iterdir()) == []


def test_another_history_of_the_same_length_is_told(tmp_path: Path) -> None:
    witness = FolderWitness("outside", tmp_path)
    witness.hand_over(letter(7))
    with pytest.raises(GatewayError, match=r"witness\.another"):
        witness.hand_over(letter(7, salt=b"another"))
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [letter(7).note]


def test_a_folder_wants_a_proof_of_consistency_and_compares_more_than_sizes(tmp_path: Path) -> None:
    witness = FolderWitness("outside", tmp_path)
    witness.hand_over(letter(7))
    with pytest.raises(GatewayError) as refused:
        witness.hand_over(letter(9, salt=b"another"))
    assert (refused.value.code, refused.value.detail) == ("witness.another", "checkpoint-000000000007.note")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [letter(7).note]
    assert list(witness.notes()) == [letter(7).note]
    witness.hand_over(letter(9, held=7))


def test_a_folder_reads_its_newest_file_first_and_no_other_before_it_is_asked_for(tmp_path: Path) -> None:
    witness = FolderWitness("outside", tmp_path)
    for size in (7, 9):
        witness.hand_over(letter(size))
    notes = iter(witness.notes())
    assert next(notes) == letter(9).note
    (tmp_path / "checkpoint-000000000007.note").unlink()
    with pytest.raises(GatewayError, match=r"witness\.unreachable"):
        next(notes)


def test_after_a_history_was_set_aside_a_folder_goes_on_from_the_one_before_it(tmp_path: Path) -> None:
    witness = FolderWitness("outside", tmp_path)
    witness.hand_over(letter(3))
    forgotten = letter(9, salt=b"forgotten")
    (tmp_path / "checkpoint-000000000009.note").write_bytes(forgotten.note)
    aside = frozenset({(9, forgotten.checkpoint.root)})
    assert refusal(witness, 9, held=3)[0] == "witness.another"
    for size in (5, 9, 11):
        witness.hand_over(letter(size, held=3, set_aside=aside))
        witness.hand_over(letter(size, held=3, set_aside=aside))
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "checkpoint-000000000003.note",
        "checkpoint-000000000005.note",
        "checkpoint-000000000009-1.note",
        "checkpoint-000000000009.note",
        "checkpoint-000000000011.note",
    ]
    assert (tmp_path / "checkpoint-000000000009.note").read_bytes() == forgotten.note


def test_what_is_no_checkpoint_in_the_folder_is_told_and_stays(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-000000000099.note").write_bytes(b"nonsense")
    witness = FolderWitness("outside", tmp_path)
    assert refusal(witness)[0] == "witness.unbelieved"
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"nonsense"]


def test_what_was_written_in_part_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / ".checkpoint-000000000009.note.4711.partial").write_bytes(b"half")
    (tmp_path / "notes.txt").write_bytes(b"somebody's")
    witness = FolderWitness("outside", tmp_path)
    witness.hand_over(letter(7))
    assert sorted(file.name for file in tmp_path.glob("[!.]*")) == ["checkpoint-000000000007.note", "notes.txt"]


def test_a_pipe_or_a_link_in_the_folder_is_no_checkpoint(tmp_path: Path) -> None:
    pipe = tmp_path / "checkpoint-000000000099.note"
    os.mkfifo(pipe)
    (tmp_path / "checkpoint-000000000098.note").symlink_to(tmp_path.parent / "elsewhere")
    witness = FolderWitness("outside", tmp_path)
    # Open at its other end and full, so that a reader gets something to read.
    writer = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(writer, bytes(MAX_NOTE_BYTES + 1))
        witness.hand_over(letter(7))
        assert list(witness.notes()) == [letter(7).note]
        pipe.rename(tmp_path / "checkpoint-000000000008.note")
        assert refusal(witness, 8) == (
            "witness.unreachable",
            f"{tmp_path}: checkpoint-000000000008.note is no regular file",
        )
    finally:
        os.close(writer)


def test_a_folder_that_takes_nothing_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("adapters.witness.folder.os.fsync", full)
    assert refusal(FolderWitness("outside", tmp_path)) == (
        "witness.unreachable",
        f"{tmp_path}: No space left on device",
    )
    assert list(tmp_path.iterdir()) == []


# A service over https.


@pytest.fixture
def keeper(tls: Tls) -> Iterator[Keeper]:
    with https_keeper.serving(tls.context()) as serving:
        yield serving


def https(keeper: Keeper, tls: Tls, **named: Any) -> HttpsWitness:
    return HttpsWitness(
        KnownService(
            **{"name": "outside", "url": keeper.url, "credentials": CODE, "anchors": tls.root, "timeout": LONG} | named
        )
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (202, "witness.refused"),
        (302, "witness.refused"),
        (401, "witness.credentials"),
        (403, "witness.credentials"),
        (404, "witness.refused"),
        (409, "witness.ahead"),
        (500, "witness.refused"),
    ],
)
def test_only_what_says_that_it_is_kept_is_kept(keeper: Keeper, tls: Tls, status: int, code: str) -> None:
    keeper.status, keeper.says = status, b"nein\x1b[31m\n" + b"x" * 10_000
    found, detail = refusal(https(keeper, tls))
    assert found == code
    assert detail.startswith(f"HTTP {status}, nein[31mx")
    assert len(detail) < 200


@pytest.mark.parametrize("status", [200, 201, 204])
def test_each_way_to_say_so_will_do(keeper: Keeper, tls: Tls, status: int) -> None:
    keeper.status = status
    https(keeper, tls).hand_over(letter(7))


def test_a_service_gets_the_proof_of_consistency_from_what_it_accepted(keeper: Keeper, tls: Tls) -> None:
    witness = https(keeper, tls)
    witness.hand_over(letter(7))
    witness.hand_over(letter(12, held=7))
    assert "Consistency-Proof" not in keeper.seen[0]
    proof = ConsistencyProof.of(base64.b64decode(keeper.seen[1]["Consistency-Proof"]))
    old, new = (SIGNER.verifier.open(note) for note in keeper.notes)
    assert judge(old, new, proof).verdict is Verdict.PASSED


def test_a_refusal_that_shows_a_note_is_told_with_it(keeper: Keeper, tls: Tls) -> None:
    keeper.status, keeper.says = 409, letter(99).note
    with pytest.raises(Claim) as refused:
        https(keeper, tls).hand_over(letter(7))
    assert (refused.value.code, refused.value.note) == ("witness.ahead", letter(99).note)


def test_a_token_is_read_each_time_and_told_to_nobody(keeper: Keeper, tls: Tls, tmp_path: Path) -> None:
    file = tmp_path / "token"
    keeper.token = "open-sesame"
    file.write_bytes(b"old-token")
    witness = https(keeper, tls, token=file.read_bytes)
    code, detail = refusal(witness)
    assert code == "witness.credentials"
    assert "old-token" not in detail + repr(witness.__dict__)
    file.write_bytes(b"open-sesame")
    witness.hand_over(letter(7))
    assert keeper.notes == [letter(7).note]


def test_a_server_of_another_root_or_name_gets_nothing(keeper: Keeper, tls: Tls) -> None:
    assert refusal(https(keeper, tls, anchors=None))[0] == "witness.unreachable"
    with https_keeper.serving(tls.context(of=tls.stranger)) as stranger:
        assert refusal(https(stranger, tls))[0] == "witness.unreachable"
        assert (stranger.seen, keeper.seen) == ([], [])


def test_a_client_certificate_opens_what_is_closed_without(tls: Tls) -> None:
    with https_keeper.serving(tls.context(clients=True)) as keeper:
        assert refusal(https(keeper, tls))[0] == "witness.unreachable"
        https(keeper, tls, certificate=tls.client.certificate, key=tls.client.key).hand_over(letter(7))
        locked = {"certificate": tls.locked.certificate, "key": tls.locked.key}
        https(keeper, tls, **locked, key_password=lambda: PASSWORD).hand_over(letter(9))
        for password in (b"wrong", None):
            reported = refusal(https(keeper, tls, **locked, key_password=lambda password=password: password), 11)
            assert reported == ("witness.credentials", "no secure connection (TLS) came about")
        assert keeper.notes == [letter(7).note, letter(9).note]


def test_a_missing_certificate_is_told_by_its_file(keeper: Keeper, tls: Tls, tmp_path: Path) -> None:
    witness = https(keeper, tls, certificate=tmp_path / "gone.pem", key=tls.client.key)
    assert refusal(witness) == ("witness.credentials", f"{tmp_path / 'gone.pem'}: no such file")
    with pytest.raises(GatewayError, match="no such file"):
        witness.check()


def test_nothing_leaves_this_machine_in_clear_nor_in_development(tls: Tls) -> None:
    for url, loopback_only in (("http://192.0.2.1/", False), ("https://192.0.2.1/", True)):
        service = KnownService(name="outside", url=url, credentials=CODE, loopback_only=loopback_only)
        assert refusal(HttpsWitness(service))[0] == "config.endpoint"


# A mailbox.


@pytest.fixture
def box(tls: Tls) -> Iterator[Mailbox]:
    with mail_server.serving(tls.context()) as serving:
        yield serving


def settings(box: Mailbox, tls: Tls) -> EmailSettings:
    return EmailSettings(
        name="outside",
        host="127.0.0.1",
        port=box.port,
        security="starttls",
        sender="eblagh@city.example",
        recipient="auditor@court.example",
        anchors=tls.root,
        timeout=LONG,
    )


def email(box: Mailbox, tls: Tls, **named: Any) -> EmailWitness:
    return EmailWitness(replace(settings(box, tls), **named), system_clock)


def test_a_mail_says_in_both_languages_what_to_do_with_it(box: Mailbox, tls: Tls) -> None:
    email(box, tls).hand_over(letter(1234))
    [mail] = box.mails
    assert (mail["From"], mail["To"]) == ("eblagh@city.example", "auditor@court.example")
    assert mail["Subject"] == "نقطه وارسی بایگانی · checkpoint 1234 of eblagh.municipality.example/archive"
    assert mail["Date"] is not None
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "این نامه را نگه دارید" in text
    assert "Keep this mail" in text
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "checkpoint-000000001234.note"


def test_a_mail_carries_the_proof_of_consistency_from_the_one_before(box: Mailbox, tls: Tls) -> None:
    email(box, tls).hand_over(letter(12, held=7))
    note, proof = box.mails[0].iter_attachments()
    assert proof.get_filename() == "checkpoint-000000000007-to-000000000012.proof"
    old, new = SIGNER.verifier.open(letter(7).note), SIGNER.verifier.open(note.get_content())
    assert judge(old, new, ConsistencyProof.of(proof.get_content())).verdict is Verdict.PASSED


def test_nothing_is_said_before_tls(box: Mailbox, tls: Tls) -> None:
    box.password = "sesame"
    email(box, tls, user="eblagh", password=lambda: b"sesame").hand_over(letter(7))
    assert {command for command, in_clear in box.heard if in_clear} <= {"EHLO", "STARTTLS"}
    assert ("AUTH", False) in box.heard


def test_a_server_without_tls_gets_nothing(box: Mailbox, tls: Tls) -> None:
    box.starttls = False
    assert refusal(email(box, tls, user="eblagh", password=lambda: b"sesame"))[0] == "witness.refused"
    assert {command for command, _ in box.heard} <= {"EHLO", "QUIT"}


def test_a_server_of_another_root_or_name_gets_no_mail(box: Mailbox, tls: Tls) -> None:
    assert refusal(email(box, tls, anchors=None))[0] == "witness.unreachable"
    with mail_server.serving(tls.context(of=tls.stranger)) as stranger:
        assert refusal(email(stranger, tls))[0] == "witness.unreachable"
        assert stranger.mails == box.mails == []


def test_tls_from_the_first_octet_on(tls: Tls) -> None:
    with mail_server.serving(tls.context(), implicit=True) as box:
        witness = email(box, tls, security="tls")
        witness.check()
        witness.hand_over(letter(7))
        assert box.notes == [letter(7).note]


def test_a_wrong_password_is_ours_to_mend(box: Mailbox, tls: Tls) -> None:
    box.password = "sesame"
    assert refusal(email(box, tls, user="eblagh", password=lambda: b"wrong")) == ("witness.credentials", "SMTP 535")


@pytest.mark.parametrize("password", ["گذرواژه".encode(), b"ses\xe4me"], ids=["persian", "latin-1"])
def test_a_password_that_no_login_can_have_is_ours_to_mend(box: Mailbox, tls: Tls, password: bytes) -> None:
    box.password = "sesame"
    witness = email(box, tls, user="eblagh", password=lambda: password)
    assert refusal(witness)[0] == "witness.credentials"
    with pytest.raises(GatewayError) as raised:
        witness.check()
    assert raised.value.code == "witness.credentials"


@pytest.mark.parametrize("command", ["RCPT", "DATA", "MAIL"])
def test_what_the_server_refuses_is_tried_again_without_its_words(box: Mailbox, tls: Tls, command: str) -> None:
    box.refuses[command] = "452 mailbox of Hassan is full"
    assert refusal(email(box, tls)) == ("witness.refused", "SMTP 452")
    box.refuses.clear()
    email(box, tls).hand_over(letter(7))
    assert box.notes == [letter(7).note]


def test_development_writes_to_no_other_machine(box: Mailbox, tls: Tls) -> None:
    assert refusal(email(box, tls, host="192.0.2.1", loopback_only=True))[0] == "config.endpoint"
