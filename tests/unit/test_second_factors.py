"""Second factors are those of RFC 6238, and hashes of passwords those of RFC 9106."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.crypto.keys.key_file import KeyFile
from adapters.people.passwords import PARAMETERS, Passwords
from adapters.people.second_factors import SecondFactors
from gateway.people.people_change import EncryptedSecret
from gateway.runtime.errors import GatewayError
from tests.people import CHEAP

SECRET = b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of RFC 6238, appendix B, in Base32."""


@pytest.fixture
def factors(tmp_path: Path) -> SecondFactors:
    return SecondFactors(KeyFile(tmp_path / "console.key", use="console", note="test", code="people.key"))


@pytest.fixture
def secret(factors: SecondFactors) -> EncryptedSecret:
    octets = factors.key.closed(SECRET, [b"second factor", b"p-1"])
    return EncryptedSecret(key_id=factors.key.id, octets=octets)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")],
)
def test_codes_are_those_of_the_rfc(factors: SecondFactors, secret: EncryptedSecret, seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert factors.step_of(secret, "p-1", code, at) == seconds // 30
    assert factors.step_of(secret, "p-1", f" {code[:3]} {code[3:]} ", at) == seconds // 30
    for wrong in ("", code[1:], code + "0", "x" * 6, "\udcff", "é" * 6):
        assert factors.step_of(secret, "p-1", wrong, at) is None


def test_a_changed_secret_is_the_operators_to_mend(factors: SecondFactors, secret: EncryptedSecret) -> None:
    for changed in (replace(secret, key_id="another"), replace(secret, octets=secret.octets[:-1] + b"x")):
        with pytest.raises(GatewayError) as refusal:
            factors.step_of(changed, "p-1", "287082", datetime.fromtimestamp(59, UTC))
        assert refusal.value.code == "people.key"
        assert refusal.value.where == str(factors.key.path)


def test_new_secrets_are_long_and_never_alike(factors: SecondFactors) -> None:
    secrets = {factors.setup(factors.new_secret("p-1"), "p-1", "zahra").secret for _ in range(3)}
    assert len(secrets) == 3
    assert {len(each) for each in secrets} == {32}, "160 bits, RFC 4226, 4"


def test_parameters_of_a_hash_stand_in_it() -> None:
    assert (PARAMETERS.time_cost, PARAMETERS.memory_cost, PARAMETERS.parallelism) == (3, 64 * 1024, 4)
    passwords = Passwords(CHEAP)
    stored = passwords.hashed("correct horse")
    assert stored.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert passwords.is_right("correct horse", stored)
    assert not passwords.is_right("correct hors", stored)
    assert not passwords.is_right("correct horse", None)
    assert not passwords.is_right("correct horse", "no hash")
    assert not passwords.is_outdated(stored)
    assert passwords.hashed("correct horse") != stored
