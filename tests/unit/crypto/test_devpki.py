"""The development PKI, and the libraries and schemas that everything here stands on."""

from __future__ import annotations

import stat
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.note import load_note_signer
from adapters.crypto.xml import libraries
from adapters.crypto.xml.strict_xml import load_schema
from adapters.sandbox.pki import devpki
from adapters.shipped.resources import CERTS, NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from gateway.runtime.errors import GatewayError

from .conftest import SIGNED_AT

PLAN = tomllib.loads((CERTS / "development.toml").read_text(encoding="utf-8"))
HOLDERS = (
    "municipality/transport",
    "municipality/seal-article-100",
    "municipality/seal-article-77",
    "municipality/seal-article-55-20",
    "municipality/seal-article-99",
    "municipality/archive-signing",
    "judiciary/transport",
    "judiciary/receipts",
    "time/authority",
)
EXPECTED = {
    "anchors/municipality-root.pem",
    "anchors/judiciary-root.pem",
    "anchors/time-root.pem",
    "anchors/archive-signing.pem",
    "anchors/receipts-judiciary.pem",
    "anchors/receipts-sandbox.pem",
    *(
        f"anchors/{body}.pem"
        for body in ("seals-article-100", "seals-article-77", "seals-article-55-20", "seals-article-99")
    ),
    *(f"{holder}.{kind}.pem" for holder in HOLDERS for kind in ("key", "crt")),
    "municipality/archive.key.pem",
    *(
        f"authorities/{party}-{authority}.{kind}.pem"
        for party in ("municipality", "judiciary", "time")
        for authority in ("root", "issuing")
        for kind in ("key", "crt")
    ),
}


def test_every_file_is_there_and_keys_are_private(pki: Path) -> None:
    files = {str(path.relative_to(pki)): stat.S_IMODE(path.stat().st_mode) for path in pki.rglob("*.pem")}
    assert set(files) == EXPECTED
    assert {mode for name, mode in files.items() if ".key." in name} == {0o600}
    origin = PLAN["party"]["municipality"]["note"]["archive"]["origin"]
    line = (pki / "anchors" / "archive.vkey").read_text(encoding="ascii").strip()
    assert load_note_signer(pki / "municipality" / "archive.key.pem", origin).verifier.line == line


def test_every_subject_says_what_it_is(pki: Path) -> None:
    certificates = [own for path in pki.rglob("*.pem") if ".key." not in path.name for own in load_certificates(path)]
    assert all("DEVELOPMENT" in own.subject for own in certificates)
    assert all(own.not_before < SIGNED_AT < own.not_after for own in certificates)


def test_keys_in_use_are_never_overwritten(pki: Path) -> None:
    before = (pki / "judiciary" / "receipts.key.pem").read_bytes()
    with pytest.raises(FileExistsError):
        devpki.generate(pki, PLAN, SIGNED_AT)
    assert (pki / "judiciary" / "receipts.key.pem").read_bytes() == before


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    plan = {**PLAN, "lifetime_days": {"root": 1, "issuing": 1}}
    with pytest.raises(KeyError):
        devpki.generate(tmp_path / "pki", plan, SIGNED_AT)
    assert list(tmp_path.iterdir()) == []


def test_the_time_is_the_callers(tmp_path: Path) -> None:
    then = datetime(2001, 1, 1, tzinfo=UTC)
    party = PLAN["party"]["judiciary"] | {"end": {"receipts": PLAN["party"]["judiciary"]["end"]["receipts"]}}
    devpki.generate(tmp_path / "pki", {**PLAN, "party": {"judiciary": party}}, then)
    [own, _] = load_certificates(tmp_path / "pki" / "judiciary" / "receipts.crt.pem")
    assert own.not_after - timedelta(days=PLAN["lifetime_days"]["end"]) < then < own.not_after


def test_lxml_and_xmlsec_share_one_libxml2(monkeypatch: pytest.MonkeyPatch) -> None:
    libraries.assert_one_libxml2()
    monkeypatch.setattr(libraries.xmlsec, "get_libxml_version", lambda: (2, 9, 0))
    with pytest.raises(GatewayError) as error:
        libraries.assert_one_libxml2()
    assert error.value.code == "setup.libraries"
    assert "xmlsec runs on 2.9.0" in error.value.detail


@pytest.mark.parametrize("path", [NOTICE_SCHEMA, RECEIPT_SCHEMA])
def test_the_published_schemas_load_from_local_files(path: Path) -> None:
    assert load_schema(path, SCHEMAS)


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:9/a.xsd", "file:///etc/hostname", "/etc/hostname", "missing.xsd", "ftp://x/a.xsd"]
)
def test_a_schema_imports_no_other_files(tmp_path: Path, location: str) -> None:
    path = tmp_path / "s.xsd"
    path.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        f'<xs:import namespace="urn:a" schemaLocation="{location}"/><xs:element name="q"/></xs:schema>'
    )
    with pytest.raises(GatewayError) as error:
        load_schema(path)
    assert (error.value.code, error.value.where) == ("courier.contract", str(path))


def test_a_schema_that_is_missing_or_broken(tmp_path: Path) -> None:
    (tmp_path / "broken.xsd").write_text("<xs:schema")
    for name in ("missing.xsd", "broken.xsd"):
        with pytest.raises(GatewayError) as error:
            load_schema(tmp_path / name)
        assert error.value.code == "courier.contract"
