"""Every file of `jws` is refused with its own code; whatever is done to a good one changes nothing that is believed."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.crypto.keys.partner import Member, Partner
from adapters.crypto.message.jws import MAX_JWS_BYTES, JwsVerifier, encode
from adapters.crypto.message.jws_form import TYPE
from adapters.crypto.schema.strict_json import JsonLimits, dump, parse_object
from gateway.trust.trust_policy import Rejection
from tests.unit.crypto.certificates import ec_key, issue

from . import make_jws
from .jws_judge import ATTACKS, CERTIFICATES, NOW, Attack, Judge, believed_by_pyjwt, octets_of
from .make_jws import FOLDER, GOOD, SAID

pytestmark = pytest.mark.long

MUTATIONS = settings(max_examples=max(400, settings().max_examples), deadline=None, database=None)

CODES = {
    "verify.json",
    "verify.json-duplicate",
    "verify.jws-claims",
    "verify.jws-critical",
    "verify.jws-form",
    "verify.jws-header",
    "verify.jws-key",
    "verify.jws-type",
}
"""Codes that only messages in JSON have."""

each_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_accepted(name: str) -> None:
    assert Judge(NOW).accept(name, octets_of(name))
    assert believed_by_pyjwt(name, octets_of(name))


@each_attack
def test_an_attack_is_refused_with_its_own_code(attack: Attack) -> None:
    judge = Judge(NOW)
    if attack.after:
        judge.accept(attack.after, octets_of(attack.after))
    with pytest.raises(Rejection) as refusal:
        judge.accept(attack.name, attack.octets)
    assert refusal.value.code == attack.code


@each_attack
def test_a_lax_library_believes_it(attack: Attack) -> None:
    assert believed_by_pyjwt(attack.name, attack.octets) == attack.pyjwt


def test_what_we_sign_another_library_reads() -> None:
    name = "answer-good"
    key = load_pem_x509_certificate((CERTIFICATES / "judiciary" / "transport.crt.pem").read_bytes()).public_key()
    read = jwt.api_jws.decode_complete(octets_of(name), key, algorithms=["ES256"])  # type: ignore[arg-type]
    assert read["payload"] == Judge(NOW).accept(name, octets_of(name)).covered["Body"]
    assert read["header"]["alg"] == "ES256"


def test_what_another_library_signs_we_believe() -> None:
    key = ec_key("peer")
    issued = issue("peer", key=key)
    header = {"typ": TYPE, "x5t#S256": encode(issued.certificate.fingerprint(SHA256())).decode()}
    token = jwt.api_jws.encode(dump(SAID), key, algorithm="ES256", headers=header).encode()
    member = Member.of(issued.certificate, key.public_key())
    partner = Partner(name="peer", members={member.certificate.thumbprint: member})
    assert JwsVerifier(partner).examine(token).claims["MessageID"] == SAID["jti"]


def test_every_code_of_json_has_a_file() -> None:
    assert {attack.code for attack in ATTACKS.values()} >= CODES


def test_manifest_folder_and_generator_name_the_same_files() -> None:
    assert set(ATTACKS) == set(make_jws.ATTACKS)
    assert {file.stem for file in FOLDER.glob("*.jws")} == {*ATTACKS, *GOOD}


def test_the_generator_makes_what_is_refused_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_jws.write(tmp_path)
    monkeypatch.setattr("tests.vectors.jws_judge.CERTIFICATES", tmp_path / "certificates")
    for name in GOOD:
        assert Judge(NOW).accept(name, (tmp_path / f"{name}.jws").read_bytes())
    for attack in ATTACKS.values():
        judge = Judge(NOW)
        if attack.after:
            judge.accept(attack.after, (tmp_path / f"{attack.after}.jws").read_bytes())
        with pytest.raises(Rejection) as refusal:
            judge.accept(attack.name, (tmp_path / f"{attack.name}.jws").read_bytes())
        assert refusal.value.code == attack.code, attack.name


def test_no_key_is_kept() -> None:
    assert not [file for file in FOLDER.rglob("*") if file.is_file() and b"PRIVATE KEY" in file.read_bytes()]


# Octets at random.

places = st.floats(min_value=0, max_value=1, exclude_max=True)
snippets = st.binary(max_size=4) | st.sampled_from([b".", b"=", b"\n", b"-", b"_", b"+", b"A", b"e30", b"\0"])
edits = st.lists(st.tuples(places, st.integers(min_value=0, max_value=40), snippets), min_size=1, max_size=3)


@MUTATIONS
@given(name=st.sampled_from(sorted(GOOD)), changes=edits)
def test_a_message_with_other_octets(name: str, changes: list[tuple[float, int, bytes]]) -> None:
    good = octets = octets_of(name)
    for place, length, snippet in changes:
        start = int(place * (len(octets) + 1))
        octets = octets[:start] + snippet + octets[start + length :]
    try:
        facts = VERIFIERS[name].examine(octets)
    except Rejection:
        return
    assert facts.covered == VERIFIERS[name].examine(good).covered


VERIFIERS = {name: Judge.verifier(name.partition("-")[0]) for name in GOOD}


@MUTATIONS
@given(octets=st.binary(max_size=200), header=st.binary(max_size=200))
def test_octets_out_of_nowhere(octets: bytes, header: bytes) -> None:
    for made in (octets, encode(header) + b"." + encode(octets) + b".AAAA"):
        with pytest.raises(Rejection):
            VERIFIERS["request-good"].examine(made)


def test_octets_without_end() -> None:
    with pytest.raises(Rejection) as refusal:
        VERIFIERS["request-good"].examine(b"A" * (MAX_JWS_BYTES + 1))
    assert refusal.value.code == "verify.too-large"


# JSON alone.

LIMITS = JsonLimits(max_bytes=10_000, max_depth=6, max_tokens=400)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None, database=None)
@given(value=st.dictionaries(texts, values, max_size=4))
def test_what_is_written_is_read_as_it_was(value: dict[str, object]) -> None:
    assert parse_object(dump(value), JsonLimits(max_bytes=100_000, max_depth=50, max_tokens=10_000)) == value


@pytest.mark.parametrize(
    "text", [b'{"a":1e3}', b'{"a":1.0}', b'{"a":Infinity}', b'{"a":-NaN}', b'{"a":01}', b"{'a':1}"]
)
def test_numbers_and_quotes_have_one_form(text: bytes) -> None:
    with pytest.raises(Rejection) as refusal:
        parse_object(text, LIMITS)
    assert refusal.value.code == "verify.json"


@pytest.mark.parametrize("text", [b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'{"x":[{"b":{},"b":{}}]}'])
def test_a_name_stands_once_however_it_is_spelled(text: bytes) -> None:
    with pytest.raises(Rejection) as refusal:
        parse_object(text, LIMITS)
    assert refusal.value.code == "verify.json-duplicate"


def test_brackets_in_a_text_are_no_depth() -> None:
    value = {"a": "[" * 500 + '\\"' + "{" * 500}
    assert parse_object(dump(value), LIMITS) == value


def test_depth_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr("adapters.crypto.schema.strict_json.json.loads", never)
    for text in (b'{"a":' * 7 + b"1" + b"}" * 7, b'{"a":[' + b"1," * 500 + b"1]}"):
        with pytest.raises(Rejection) as refusal:
            parse_object(text, LIMITS)
        assert refusal.value.code == "verify.too-complex"


def test_the_good_request_says_what_was_signed() -> None:
    facts = VERIFIERS["request-good"].examine(octets_of("request-good"))
    assert parse_object(facts.covered["Body"], LIMITS) == SAID
