"""Defects of an archive's records, segments, payloads, checkpoints and signatures, one function each.

A function is named after its defect, and says which check finds it by which words. A forger has what the defect needs:
`Spoiled.reseal` is the work of one who has the archive's key and asks the time authority, so that what he leaves behind
is without a flaw but for what he changed. `container_defects.py` has the defects of a segment's file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.certificate import read_pem
from adapters.crypto.keys.note import NoteSigner
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.verifier.archive.auditor import segments
from gateway.archive.segment import Manifest, list_name
from gateway.audit.audit_recipe import Check
from gateway.merkle.tree import Frontier, leaf_hash
from gateway.trust.revocation_status import Revocation

from .defect import Battery
from .recorder import NOW, ORIGIN
from .spoiled import (
    Content,
    Spoiled,
    change_record,
    entries,
    first_of,
    lines,
    payload_of,
    put,
    receipts,
)

BATTERY = Battery()
defect = BATTERY.defect


# Records.


@defect(Check.TREE, "have another root than was signed", Check.JOIN)
def record_changed(archive: Spoiled) -> None:
    archive.change(1, lambda content: change_record(content, 3, recorded_at="2026-02-04T09:30:15.000000Z"))


@defect(Check.RECORDS, "a header of another form", Check.TREE, Check.CONTAINER)
def record_written_in_another_form(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        records = lines(content)
        records[3] = records[3].replace(b'":"', b'": "', 1)
        put(content, records)

    archive.change(1, edit)


@defect(Check.RECORDS, "not the header of a record", Check.TREE, Check.CONTAINER)
def record_named_by_half_of_a_surrogate_pair(archive: Spoiled) -> None:
    """No UTF-8 holds its id, and JSON does; it says that it replaced another seal, of such a name too."""
    context = {"instead_of": "\ud800"}
    archive.change(1, lambda content: change_record(content, 3, id="\ud800", kind="SEALED_NOTICE", context=context))


@defect(Check.CONTAINER, "7 records, where 8 are told")
def record_removed_from_the_middle(archive: Spoiled) -> None:
    archive.change(1, lambda content: put(content, lines(content)[:3] + lines(content)[4:]))


@defect(Check.CONTAINER, "1 records, where 2 are told")
def record_removed_from_the_end(archive: Spoiled) -> None:
    archive.change(-1, lambda content: put(content, lines(content)[:-1]))


@defect(Check.TREE, "have another root than was signed", Check.JOIN)
def two_records_swapped(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        first, second, *rest = lines(content)
        put(content, [second, first, *rest])

    archive.change(1, edit)


@defect(Check.HISTORY, "another than your checkpoint says", kept=True)
def record_removed_and_all_signed_anew(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        *records, last = lines(content)
        put(content, records)
        content.pop(payload_of(json.loads(last)))

    archive.change(0, edit)
    archive.reseal()


@defect(Check.HISTORY, "the last ones are missing", kept=True)
def last_segment_taken_away(archive: Spoiled) -> None:
    archive.segment(-1).unlink()


# Segments, and how they join.


@defect(Check.JOIN, "records are missing: 8 to 16")
def segment_missing(archive: Spoiled) -> None:
    archive.segment(1).unlink()


@defect(Check.JOIN, "records are missing: 0 to 8")
def first_segment_missing(archive: Spoiled) -> None:
    archive.segment(0).unlink()


@defect(Check.CONTAINER, "its content is that of 000000000008-000000000016.zip", Check.JOIN)
def segment_under_another_name(archive: Spoiled) -> None:
    first, second, *_ = segments(archive.folder)
    first.unlink()
    second.rename(first)


@defect(Check.CONTAINER, "its content is that of 000000000008-000000000016.zip", Check.JOIN)
def segment_twice(archive: Spoiled) -> None:
    second = archive.segment(1)
    first, end = map(int, second.stem.split("-"))
    shutil.copy(second, archive.folder / f"{first:012d}-{end + 1:012d}.zip")


@defect(Check.TREE, "have another root than was signed", Check.JOIN)
def index_lies_about_the_tree_before_it(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        reported = Manifest.of(content["segment.json"])
        other = Frontier(size=reported.before.size, roots=(leaf_hash(b"other"), *reported.before.roots[1:]))
        content["segment.json"] = replace(reported, before=other).octets

    archive.change(1, edit)


@defect(Check.CONTAINER, "its checkpoints are not those of its range", Check.JOIN)
def index_lies_about_its_range(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content["segment.json"] = replace(Manifest.of(content["segment.json"]), end=17).octets

    archive.change(1, edit)


@defect(Check.JOIN, "the archive of elsewhere.example/archive", Check.TREE)
def index_names_another_archive(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content["segment.json"] = replace(
            Manifest.of(content["segment.json"]), origin="elsewhere.example/archive"
        ).octets

    archive.change(1, edit)


# Payloads.


@defect(Check.PAYLOAD, "the frame of its message has another form")
def frame_nested_deeply(archive: Spoiled) -> None:
    archive.change(0, lambda content: content.update({first_of(content, "frames/"): b"[" * 1_000_000}))


@defect(Check.PAYLOAD, "its message would have 6291")
def frame_that_names_a_payload_200_times(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        large = "0" * 64
        content[f"payloads/{large}"] = bytes(30 * 1024 * 1024)
        frame = {"pieces": [""] * 201, "seals": [f"sha256:{large}"] * 200}
        content[first_of(content, "frames/")] = json.dumps(frame).encode()

    archive.change(0, edit)


@defect(Check.PAYLOAD, "another than the record says")
def payload_changed(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content[first_of(content, "payloads/")] += b" "

    archive.change(1, edit)


# A deletion that a rule asked for is itself a record, and is told as such; this one is not.
@defect(Check.PAYLOAD, "its payload is not here")
def payload_deleted_and_nobody_recorded_it(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.pop(payload_of(json.loads(receipts(content)[0]))))


@defect(Check.PAYLOAD, "the frame of its message has another form")
def frame_leads_elsewhere(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        name = first_of(content, "frames/")
        frame = json.loads(content[name])
        frame["seals"] = ["sha256:../../etc/passwd"] * len(frame["seals"])
        content[name] = json.dumps(frame).encode()

    archive.change(0, edit)


# Checkpoints and their time-stamps.


@defect(Check.CHECKPOINT, "has not signed it")
def checkpoint_signed_by_another_key(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        name = first_of(content, ".note")
        size, root = content[name].split(b"\n")[1:3]
        other = NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.generate())
        content[name] = other.sign(int(size), base64.b64decode(root))

    archive.change(1, edit)


@defect(Check.TREE, "have another root than was signed", Check.TIME)
def checkpoint_of_another_size(archive: Spoiled) -> None:
    other = dict(entries(archive.segment(0)))
    archive.change(1, lambda content: content.update({first_of(content, ".note"): other[first_of(other, ".note")]}))


@defect(Check.CONTAINER, "its checkpoints are not those of its range")
def last_checkpoint_taken_away(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.pop(first_of(content, ".note")))


@defect(Check.TIME, "time.imprint")
def token_for_another_digest(archive: Spoiled) -> None:
    other = dict(entries(archive.segment(0)))
    archive.change(1, lambda content: content.update({first_of(content, ".tst"): other[first_of(other, ".tst")]}))


@defect(Check.TIME, "time.")
def token_changed(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        name = first_of(content, ".tst")
        content[name] = content[name][:-1] + bytes([content[name][-1] ^ 1])

    archive.change(1, edit)


@defect(Check.TIME, "before records that it covers")
def token_before_the_events(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content[first_of(content, ".tst")] = archive.stamp(content[first_of(content, ".note")], 1)

    archive.change(-1, edit)


# Signatures.


@defect(Check.SIGNATURE, "verify.unknown-certificate")
def certificates_taken_away(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        for name in [name for name in content if name.startswith("certificates/")]:
            del content[name]

    archive.change(0, edit)


@defect(Check.REVOCATION, "revoked 2026-02-02T09:30:15.000000Z (superseded)")
def certificate_revoked_before(archive: Spoiled) -> None:
    """The judiciary signed receipts with what its authority had taken back the day before, and a later list says so."""
    pki = archive.folder.parent / "pki"
    shutil.copytree(archive.pki, pki)
    authorities = DevelopmentAuthorities(pki)
    certificate = read_pem(pki / "judiciary" / "receipts.crt.pem")[0]
    authorities.revoke(certificate, Revocation(at=NOW - timedelta(days=1), reason="superseded"))
    reported = authorities.list_of("judiciary-issuing", NOW + timedelta(days=30))
    archive.change(0, lambda content: content.update({list_name(hashlib.sha256(reported).hexdigest()): reported}))


@defect(Check.CONTAINER, "is another list than its name says")
def revocation_list_changed(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content[first_of(content, "revocation/")] += b" "

    archive.change(0, edit)


@defect(Check.SIGNATURE, "another notice than the record says")
def receipt_of_another_notice(archive: Spoiled) -> None:
    """Two notices of one day change their receipts, and all is signed anew: each receipt is genuine."""

    def edit(content: Content) -> None:
        one, other = (json.loads(line) for line in receipts(content)[:2])
        places = [lines(content).index(line) for line in receipts(content)[:2]]
        change_record(content, places[0], payload_digest=other["payload_digest"])
        change_record(content, places[1], payload_digest=one["payload_digest"])

    archive.change(0, edit)
    archive.reseal()


@defect(Check.SIGNATURE, "another Event than the record says")
def receipt_recorded_as_one_of_another_event(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        place = lines(content).index(receipts(content)[0])
        change_record(content, place, context={"event": "ContentHandover"})

    archive.change(0, edit)
    archive.reseal()


@defect(Check.SIGNATURE, "another moment than the record says")
def receipt_recorded_as_one_of_another_day(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        place = lines(content).index(receipts(content)[0])
        change_record(content, place, event_time="2026-01-03T09:30:15.123456Z")

    archive.change(0, edit)
    archive.reseal()


@defect(Check.RECORDS, "not the header of a record", Check.TREE, Check.CONTAINER)
def record_of_a_year_that_no_calendar_has(archive: Spoiled) -> None:
    archive.change(1, lambda content: change_record(content, 3, recorded_at="0001-01-01T00:00:00.000000Z"))


@defect(Check.RECORDS, "not the header of a record", Check.CONTAINER)
def record_of_the_last_day_and_all_signed_anew(archive: Spoiled) -> None:
    archive.change(1, lambda content: change_record(content, 3, event_time="9999-12-31T23:59:59.999999Z"))
    archive.reseal()


@defect(Check.SIGNATURE, "verify.")
def notice_changed_and_all_signed_anew(archive: Spoiled) -> None:
    """The archive's key signs what stands in it; the issuing body's seal does not follow."""

    def edit(content: Content) -> None:
        place, header = next(
            (place, json.loads(line)) for place, line in enumerate(lines(content)) if b"SEALED_NOTICE" in line
        )
        name = payload_of(header)
        forged = content[name].replace(b">2026-02-03<", b">2026-02-02<")
        assert forged != content[name]
        digest = hashlib.sha256(forged).hexdigest()
        content[f"payloads/{digest}"] = forged
        change_record(content, place, payload_digest=f"sha256:{digest}")

    archive.change(0, edit)
    archive.reseal()
