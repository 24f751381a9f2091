"""Judiciary profiles: the shipped ones say what the code does, and a mistake in one is told with its place."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.composition.bound_profile import bundle_losses
from adapters.composition.installation import Installation
from adapters.composition.ledgers import ledgers
from adapters.composition.policies import dispatch_policy, reconcile_policy, rescue_policy
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.operations import OPERATIONS
from adapters.sandbox.judiciary.behaviour import REFUSALS
from adapters.settings import load_profile
from adapters.settings.profile import JudiciaryProfile, shipped
from adapters.settings.profile_folder import read_folder
from adapters.settings.signature import AnswerSignature
from adapters.shipped.resources import CONFIG, PROFILES, ROOT
from gateway.judiciary.capabilities import EVERYTHING, InquiryWay, losses
from gateway.judiciary.outcome_codes import USUAL_CODES, Meaning
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Notice
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.versions.bundle import bundled
from tests.databases import make_store
from tests.integration.sandbox.municipality import notice

SOAP, REST, RPC = "eblagh-1", "eblagh-rest-1", "eblagh-rpc-1"


def own(tmp_path: Path, *changes: tuple[str, str], of: str = SOAP) -> str:
    """Copy a shipped profile into a folder of one's own, changed; return what a configuration says for it."""
    folder = tmp_path / "profiles" / "sana"
    shutil.copytree(PROFILES / of, folder)
    path = folder / "profile.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return "./profiles/sana"


def loaded(tmp_path: Path, *changes: tuple[str, str], of: str = SOAP) -> JudiciaryProfile:
    return load_profile(own(tmp_path, *changes, of=of), tmp_path)


def refused(tmp_path: Path, *changes: tuple[str, str], of: str = SOAP) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        loaded(tmp_path, *changes, of=of)
    return refusal.value


@pytest.mark.parametrize("name", [SOAP, REST])
def test_a_shipped_profile_says_what_the_code_takes_for_usual(name: str) -> None:
    profile = load_profile(name, Path())
    assert replace(profile.codes, reasons={}) == USUAL_CODES
    assert set(profile.codes.reasons) == set(REFUSALS), "clerks read the sandbox's reasons in Persian"
    assert profile.capabilities == EVERYTHING
    assert losses(profile.capabilities) == []
    assert profile.signature(AnswerSignature()).switched == []
    assert profile.service.is_file()
    assert profile.messages.is_file()
    assert re.search("[\u0600-\u06ff]", profile.file.title_fa)


def test_these_are_shipped() -> None:
    assert shipped() == [SOAP, REST, RPC]


def test_a_profile_of_ones_own_is_a_folder(tmp_path: Path) -> None:
    profile = loaded(tmp_path, ('ACCEPTED = "accepted"', '"10" = "accepted"\nTAKEN = "accepted"'))
    assert profile.name == "sana"
    assert profile.codes.statuses["10"] is profile.codes.statuses["TAKEN"] is Meaning.ACCEPTED
    assert "ACCEPTED" not in profile.codes.statuses


@pytest.mark.parametrize("name", ["eblagh-2", "./nowhere", "../eblagh-1", "nul\0", "profiles/sana"])
def test_a_profile_that_is_not_there_is_told_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(GatewayError) as refusal:
        load_profile(name, tmp_path)
    assert refusal.value.code == "profile.unknown"
    assert "eblagh-rest-1" in refusal.value.detail


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ('receipts = "cursor"', 'receipts = "poll"', "capabilities.receipts = poll"),
        ('receipts = "cursor"', 'receipts = "callback"', "capabilities.receipts = callback"),
        ('seal = "inside"', 'seal = "attachment"', "capabilities.seal = attachment"),
        ('seal = "inside"', 'seal = "none"', "capabilities.seal = none"),
    ],
)
def test_what_is_not_served_yet_is_refused_with_its_line(tmp_path: Path, old: str, new: str, reported: str) -> None:
    error = refused(tmp_path, (old, new))
    assert (error.code, error.detail) == ("profile.unsupported", reported)
    lines = (tmp_path / "profiles/sana/profile.toml").read_text(encoding="utf-8").splitlines()
    assert error.where.endswith(f"profile.toml, line {lines.index(next(x for x in lines if x.startswith(new))) + 1}")


class Unjudging:
    """A sealer that takes anything."""

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        return SealedNotice(reference=notice.reference, octets=b"<n/>", sealed_at=at)


def test_a_paper_that_the_service_does_not_bear_goes_back_before_it_is_queued(tmp_path: Path) -> None:
    profile = loaded(tmp_path, ("attachment_bytes = 7_340_032", "attachment_bytes = 1_000"))
    sealer = ContractSealer(Unjudging(), attachment_bytes=profile.file.limits.attachment_bytes)
    good = notice("9990000001", content=b"%PDF-1.4" + b" " * 992)
    assert sealer.seal(good, datetime.now(UTC)).reference == good.reference
    with pytest.raises(GatewayError) as refusal:
        sealer.seal(notice("9990000001", content=b"%PDF-1.4" + b" " * 993), datetime.now(UTC))
    assert (refusal.value.code, refusal.value.where) == ("notice.contract", "document")
    assert refusal.value.detail == "1001 bytes; the judiciary takes up to 1000"


def test_a_user_name_stands_beside_signatures_in_xml_alone(tmp_path: Path) -> None:
    asked = "username_token = false", "username_token = true"
    error = refused(tmp_path, asked, of=REST)
    assert (error.code, error.detail) == ("profile.unsupported", "security.username_token = true")
    shutil.rmtree(tmp_path / "profiles")
    assert loaded(tmp_path, asked).file.security.username_token


def test_switches_of_xml_say_nothing_of_json(tmp_path: Path) -> None:
    switch = ('algorithms = ["rsa-sha256", "ecdsa-sha256"]', 'algorithms = ["ecdsa-sha256"]\nprefix_lists = true')
    assert refused(tmp_path, switch, of=REST).detail == "security.answers.prefix_lists = true"
    shutil.rmtree(tmp_path / "profiles")
    assert loaded(tmp_path, switch).signature(AnswerSignature()).switched


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("format = 1", "format = 2", "format"),
        ('protocol = "soap-wss"', 'protocol = "ftp"', "protocol"),
        ('REJECTED = "rejected"', 'REJECTED = "perhaps"', "codes.statuses.REJECTED"),
        ('REJECTED = "rejected"', '"not a word" = "rejected"', "codes.statuses.not a word"),
        ('service = "service.wsdl"', 'service = "../eblagh-1/service.wsdl"', "contract.service"),
        ('service = "service.wsdl"', 'service = "/etc/passwd"', "contract.service"),
        ("batch_notices = 500", "batch_notices = 501", "limits.batch_notices"),
        ("batch_bytes = 8_000_000", "batch_bytes = 9_000_000", "limits.batch_bytes"),
        ('inquiry = "by-reference"', 'inquiry = "perhaps"', "capabilities.inquiry"),
        ('inquiry = "by-reference"', "", "capabilities.inquiry"),
        ("batches = true", 'batches = "yes"', "capabilities.batches"),
        ("mutual_tls = false", 'headers = { Host = "other" }', "security.headers"),
        ("mutual_tls = false", 'headers = { X-Bus = "a\\r\\nb: c" }', "security.headers"),
        ("mutual_tls = false", "mutual_tsl = false", "security.mutual_tsl"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    error = refused(tmp_path, (old, new))
    assert error.code in {"config.value", "config.unknown-key"}
    assert error.detail.startswith(key)
    assert "profile.toml, line" in error.where


def test_what_is_lost_is_told_in_both_languages(tmp_path: Path) -> None:
    less = loaded(tmp_path, ('inquiry = "by-reference"', 'inquiry = "none"'), ("batches = true", "batches = false"))
    assert losses(less.capabilities) == ["lost.inquiry", "lost.batches"]
    for code in losses(less.capabilities):
        assert "doubt" in CATALOGUE[code].en or "one notice a call" in CATALOGUE[code].en
        assert re.search("[\u0600-\u06ff]", CATALOGUE[code].fa)


# The core adapts.


def installation(tmp_path: Path, *changes: tuple[str, str], profile: tuple[tuple[str, str], ...] = ()) -> Installation:
    text = (CONFIG / "gateway.toml").read_text(encoding="utf-8")
    if profile:
        changes = (*changes, ('profile = "eblagh-1" ', f'profile = "{own(tmp_path, *profile)}" '))
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return Installation.of(path)


def spoken(of: Installation) -> JudiciaryProfile:
    return of.configured_judiciary.profile


def test_batches_are_no_larger_than_the_service_bears(tmp_path: Path) -> None:
    limits = (("batch_notices = 500", "batch_notices = 20"), ("batch_bytes = 8_000_000", "batch_bytes = 1_000_000"))
    modest = installation(tmp_path, profile=limits)
    policy = dispatch_policy(modest, spoken(modest))
    assert (policy.batch_notices, policy.batch_bytes) == (20, 1_000_000)


def test_without_batches_each_call_has_one_notice(tmp_path: Path) -> None:
    one = installation(tmp_path, profile=(("batches = true", "batches = false"),))
    assert dispatch_policy(one, spoken(one)).batch_notices == 1


def test_an_inquiry_asks_about_no_more_than_the_service_bears(tmp_path: Path) -> None:
    one = installation(tmp_path, profile=(("inquiry_notices = 200", "inquiry_notices = 1"),))
    profile = spoken(one)
    assert rescue_policy(one, profile).inquiry_batch == reconcile_policy(one, profile).inquiry_batch == 1


def test_without_inquiry_nobody_is_asked(tmp_path: Path) -> None:
    mute = installation(tmp_path, profile=(('inquiry = "by-reference"', 'inquiry = "none"'),))
    assert rescue_policy(mute, spoken(mute)).capabilities.inquiry is InquiryWay.NONE


@pytest.mark.parametrize(("ours", "rate"), [(None, 60), (30, 30), (600, 60)])
def test_the_services_rate_is_kept_unless_ours_is_lower(tmp_path: Path, ours: int | None, rate: int) -> None:
    reported = ("attachment_bytes = 7_340_032", "attachment_bytes = 7_340_032\nnotices_per_minute = 60")
    changes = () if ours is None else (("# notices_per_minute = 600 ", f"notices_per_minute = {ours} "),)
    slow = installation(tmp_path, *changes, profile=(reported,))
    rate_limit = dispatch_policy(slow, spoken(slow)).endpoint_policy.rate_limit
    assert rate_limit is not None
    assert rate_limit.per_minute == rate


def test_a_configuration_that_speaks_of_xml_to_a_service_of_json_is_refused(tmp_path: Path) -> None:
    rest = ('profile = "eblagh-1" ', 'profile = "eblagh-rest-1" ')
    assert spoken(installation(tmp_path, rest)).name == REST
    for change in (("prefix_lists = false", "prefix_lists = true"), ("# wsdl =", "wsdl =")):
        with pytest.raises(GatewayError) as refusal:
            spoken(installation(tmp_path, rest, change))
        assert refusal.value.code == "profile.unsupported"


# The contract over REST, as data.


def test_the_openapi_document_has_every_operation_and_leads_to_its_schemas() -> None:
    folder = PROFILES / REST
    assert set(mapped_rest_contract(load_profile(REST, Path())).operations) == set(OPERATIONS)
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    judged = MessageSchema(folder / "messages-1.schema.json").definitions
    reported = set(re.findall(r"messages-1\.schema\.json#/\$defs/(\w+)", json.dumps(document)))
    assert reported == {*OPERATIONS, *(f"{operation}Response" for operation in OPERATIONS), "ServiceFault"}
    assert reported <= judged
    assert document["openapi"].startswith("3.1")
    inside = set(re.findall(r'"\$ref": "(#/[^"]+)"', json.dumps(document)))
    assert inside == {"#/components/schemas/Claims"}
    assert "Claims" in document["components"]["schemas"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"operationId": "SubmitNotices"', '"operationId": "Submit"'),
        ('"/notices": {', '"notices": {'),
        ('"/notices": {', '"/notices?x": {'),
        ('"openapi": "3.1.0",', '"openapi": "3.1.0"'),
        ('"paths": {', '"roads": {'),
    ],
)
def test_a_document_without_an_operation_is_refused_with_its_file(tmp_path: Path, old: str, new: str) -> None:
    text = (PROFILES / REST / "openapi.json").read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = shutil.copytree(PROFILES / REST, tmp_path / "mine") / "openapi.json"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        mapped_rest_contract(load_profile(str(path.parent), Path()))
    assert refusal.value.code == "courier.contract"
    assert "openapi.json" in refusal.value.where


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"$defs": 1}', '{"$defs": {"A": {"type": "no type"}}}'])
def test_a_schema_that_is_none_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "messages.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        MessageSchema(path)
    assert (refusal.value.code, refusal.value.where) == ("courier.contract", str(path))


def test_a_schema_never_leads_to_another_file(tmp_path: Path) -> None:
    path = tmp_path / "messages.json"
    path.write_text('{"$defs": {"A": {"$ref": "http://127.0.0.1:1/schema.json"}}}', encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        MessageSchema(path).assert_fits("A", {})
    assert refusal.value.code == "courier.contract"


def test_a_value_that_does_not_fit_is_told_by_its_place_and_never_shown() -> None:
    schema = MessageSchema(PROFILES / REST / "messages-1.schema.json")
    person = {"kind": "NATURAL", "identifier": "0012345679x"}
    with pytest.raises(GatewayError) as refusal:
        schema.assert_fits("InquireAccounts", {"persons": [person]})
    assert refusal.value.code == "verify.schema"
    assert refusal.value.where == "InquireAccounts.persons.0.identifier"
    assert "0012345679" not in str(refusal.value)


def test_what_the_configuration_says_of_signatures_goes_before_the_profile(tmp_path: Path) -> None:
    switch = ('algorithms = ["rsa-sha256", "ecdsa-sha256"]', 'algorithms = ["ecdsa-sha256"]\nprefix_lists = true')
    profile = loaded(tmp_path, switch)
    assert profile.signature(AnswerSignature()).algorithms == ["ecdsa-sha256"]
    found = profile.signature(AnswerSignature(algorithms=["rsa-sha256"]))
    assert (found.algorithms, found.prefix_lists) == (["rsa-sha256"], True)


def test_without_inquiry_the_ledgers_are_compared_without_the_judiciary(tmp_path: Path) -> None:
    mute = installation(tmp_path, profile=(('inquiry = "by-reference"', 'inquiry = "none"'),))
    make_store(mute.store_url())
    compared = ledgers(mute, mute.configured_judiciary)
    mute.close()
    assert compared.courier is None


MAPPED = ROOT / "tests/contracts/mizan/profile"


def mapped(tmp_path: Path, *changes: tuple[str, str]) -> JudiciaryProfile:
    folder = tmp_path / "mapped"
    shutil.copytree(MAPPED, folder)
    path = folder / "profile.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return load_profile(str(folder), Path())


def test_a_fault_leaves_no_doubt_only_where_the_profile_says_so_and_that_is_told(tmp_path: Path) -> None:
    usual = mapped(tmp_path / "usual", ('not_acted_on = ["503", "429"]', 'not_acted_on = ["503"]'))
    assert usual.codes.not_acted_on == frozenset(), "off by default"
    checked = mapped(tmp_path / "checked", ("batches = false", "batches = false\nreplay_check_first = true"))
    assert checked.codes.not_acted_on == {"503", "429"}
    assert losses(checked.capabilities) == ["lost.batches", "lost.replay"]
    assert "served twice" in CATALOGUE["lost.replay"].en
    octets = bundled(read_folder(checked.folder))
    assert bundle_losses(octets, "mizan@2") == ["lost.batches", "lost.replay"]


def test_a_profile_that_knows_no_codes_of_refused_certificates_is_told(tmp_path: Path) -> None:
    silent = mapped(tmp_path / "silent", ('credentials = ["401"]\n', ""))
    assert silent.codes.credentials == frozenset()
    assert silent.losses == ["lost.batches", "lost.credentials"]
    assert mapped(tmp_path / "told").losses == ["lost.batches"]
    assert "verify.unknown-certificate" in load_profile("eblagh-1", Path()).codes.credentials


def test_a_contract_that_files_bind_says_what_is_lost(tmp_path: Path) -> None:
    profile = mapped(tmp_path)
    assert losses(profile.capabilities) == ["lost.batches"]
    assert profile.batch_notices == 1
    assert profile.codes.statuses == {}
    assert (profile.codes.busy, profile.codes.not_acted_on) == ({"503"}, frozenset())


@pytest.mark.parametrize(
    ("old", "new", "code", "reported"),
    [
        ('protocol = "soap-mapped"', 'protocol = "soap-wss"', "config.value", "belong to contracts bound by mapping"),
        ('[receipt]\nroot = "{urn:mizan:slip:3}Slip"\nschema = "slip.xsd"\nmapping = "receipt.toml"', "",
         "config.value", "needs [operations.…], [receipt]"),
        ("[codes]\n", '[codes.statuses]\nOK = "accepted"\n[codes]\n', "config.value", "tables of the mappings"),
        ('request = "submit.toml"', 'request = "../submit.toml"', "config.value", "operations.submit.request"),
        ('root = "{urn:mizan:slip:3}Slip"', 'root = "Slip"', "config.value", "receipt.root"),
        ('answer = "page.toml"\n', "", "profile.unsupported", "operations.receipts"),
        ('inquiry = "by-reference"', 'inquiry = "none"', "config.value", "[operations.inquire] is wanted"),
        ('receipts = "cursor"', 'receipts = "callback"', "config.value", "needs [operations.push]"),
        ('receipts = "cursor"', 'receipts = "poll"', "config.value", "needs [operations.poll]"),
        ('mapping = "receipt.toml"', 'maping = "receipt.toml"', "config.unknown-key", "did you mean mapping?"),
    ],
)  # fmt: skip
def test_what_a_bound_contract_lacks_is_told(tmp_path: Path, old: str, new: str, code: str, reported: str) -> None:
    with pytest.raises(GatewayError) as refusal:
        mapped(tmp_path, (old, new))
    assert refusal.value.code == code
    assert reported in refusal.value.detail
    assert "profile.toml, line " in refusal.value.where
