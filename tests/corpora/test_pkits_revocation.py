"""Revocation in NIST's PKITS: its lists are read as a partner's, and its certificates judged as a message's signers."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from adapters.crypto.keys.partner import load_partner
from adapters.crypto.keys.revocation_list import ListRefused, read_list
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import RevocationLists, Standing

from .archives import files
from .test_pkits import ANCHOR, DIFFERENCES, NAMED_FOR_NEITHER, is_authority, pem, pkits

AT = datetime(2012, 1, 1, tzinfo=UTC)
"""A time at which certificates and lists of the suite are in force."""

FOR_LISTS = next(set(each["tests"]) for each in DIFFERENCES if "revocation is not judged" in each["why"])
"""Cases that must be refused because of their lists alone: onboarding takes them."""


DIFFERENT = tomllib.loads(Path(__file__).with_name("pkits-revocation-differences.toml").read_text())["difference"]

pytestmark = [pytest.mark.filterwarnings("ignore::UserWarning"), pytest.mark.long]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Status of each end certificate that onboarding takes: ``good``, ``revoked`` or ``unknown``."""
    folder = tmp_path_factory.mktemp("pkits")
    certificates = pkits()
    authorities = [pem(der) for name, der in certificates.items() if "Test" not in name and is_authority(der)]
    (folder / "anchor.pem").write_bytes(pem(certificates[ANCHOR]))
    lists = list(files("cryptography_vectors-*.whl", "cryptography_vectors/x509/PKITS_data/crls/").values())
    found = {}
    for name in (name for name in certificates if "Test" in name):
        (folder / "partner.pem").write_bytes(b"".join([pem(certificates[name]), *authorities]))
        try:
            partner = load_partner("partner", [folder / "partner.pem"], [folder / "anchor.pem"])
        except GatewayError:
            continue
        known = RevocationLists()
        for octets in lists:
            with suppress(ListRefused):
                known.add(read_list(octets, partner.authorities, name))
        own = x509.load_der_x509_certificate(certificates[name])
        [member] = [each for each in partner.members.values() if each.chain[0] == own]
        found[name] = known.now(member.links, AT, timedelta()).standing.value
    return found


def test_what_is_revoked_or_has_no_list_is_refused(found: dict[str, str]) -> None:
    """Each difference of onboarding that is one of revocation is none any more."""
    missed = {name for each in DIFFERENT if each["ours"] == "valid" for name in each["tests"]}
    assert {name for name in FOR_LISTS if found[name] == Standing.GOOD} == missed


def test_what_is_refused_though_the_suite_takes_it_is_explained(
    found: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    explained = {name: difference["why"] for difference in DIFFERENT for name in difference["tests"]}
    table, differing = Counter[str](), set()
    for name, standing in found.items():
        expected = "invalid" if name.startswith("Invalid") or name in NAMED_FOR_NEITHER else "valid"
        why = "as expected"
        if expected == "valid" and standing != Standing.GOOD:
            differing.add(name)
            why = explained.get(name, "not explained")
        elif expected == "invalid" and standing == Standing.GOOD:
            why = explained.get(name, "no matter of lists (pkits-differences.toml)")
        table[f"{expected:8} {standing:8} {why}"] += 1
    record_property(
        "table", "\n".join(["tests  PKITS    ours", *(f"{n:5}  {row}" for row, n in sorted(table.items()))])
    )
    assert differing == {name for each in DIFFERENT if each["ours"] == "invalid" for name in each["tests"]}
