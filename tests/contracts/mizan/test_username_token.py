"""A contract that files bind, of either version of SOAP, whose profile asks for a user name beside the signature."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.composition.judiciary.couriers import judiciary_courier
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.username_token import KnowsPassword
from adapters.crypto.xml.partner_profile import PartnerProfile, TokenUse
from adapters.sandbox.verbs.demo_folder import prepare
from gateway.judiciary.courier import PROBE_IDENTIFIER
from gateway.trust.trust_policy import Facts
from tests.contracts.configuration import configure

from .server import PROFILE, RPC_PROFILE, Mizan, serving

KNOWN = Credentials(username="شهرداری", password="گذرواژه‌ای بلند و تصادفی".encode())


class Listening(Mizan):
    """Keeps what came, before it is answered."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.came: list[bytes] = []

    def answer(self, octets: bytes) -> tuple[int, bytes]:
        self.came.append(octets)
        return super().answer(octets)


@pytest.fixture(params=[PROFILE, RPC_PROFILE], ids=["SOAP 1.1", "SOAP 1.2"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Listening]]:
    prepare(tmp_path, 1)
    profile = shutil.copytree(request.param, tmp_path / "profiles" / "mizan")
    with (profile / "profile.toml").open("a", encoding="utf-8") as file:
        file.write("\n[security]\nusername_token = true\n")
    (tmp_path / "password").write_bytes(KNOWN.password + b"\n")
    ours = tmp_path / "pki" / "municipality" / "transport.crt.pem"
    mizan = Listening(tmp_path / "pki" / "judiciary", ours, rpc=request.param == RPC_PROFILE)
    with serving(mizan) as endpoint:
        configure(tmp_path / "gateway.toml", "mizan", endpoint)
        with (tmp_path / "gateway.toml").open("a", encoding="utf-8") as file:
            file.write(f'[judiciary.username_token]\nusername = "{KNOWN.username}"\npassword_file = "password"\n')
        yield tmp_path, mizan


def facts(folder: Path, mizan: Listening) -> Facts:
    """Return the facts that the one request proves."""
    [octets] = mizan.came
    files = [folder / "pki" / "municipality" / "transport.crt.pem"]
    partner = load_partner("municipality", files, [folder / "pki" / "anchors" / "municipality-root.pem"])
    expected = PartnerProfile(username_token=TokenUse.EXPECTED)
    return MessageVerifier(partner, profile=expected, soap=mizan.soap).examine(octets)


def test_each_request_names_the_user(installed: tuple[Path, Listening]) -> None:
    folder, mizan = installed
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        judiciary_courier(installation, installation.judiciary).has_account("NATURAL", PROBE_IDENTIFIER)
    passed = KnowsPassword(credentials=KNOWN, now=datetime.now(UTC)).check(facts(folder, mizan))
    assert passed == [f"of the user {KNOWN.username}"]
