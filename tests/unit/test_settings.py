"""The configuration file: every key documented, every mistake told with its line."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import make_url

from adapters.composition.installation import Installation
from adapters.composition.passes.shared_policies import time_limits
from adapters.crypto.keys import names
from adapters.crypto.xml.partner_profile import ALL_PARTS, STRICT, PartnerProfile
from adapters.settings import ArchiveSection, SandboxSettings, Settings, load
from adapters.settings.values import CaseDatabase, Endpoint
from gateway.overview.paper_price import PaperPrice
from gateway.reconciliation.limits import Limit
from gateway.runtime.errors import GatewayError
from tests.unit.shipped_configuration import CONFIG, GOOD, refused


@pytest.mark.parametrize("name", ["gateway.toml", "demo.toml"])
def test_the_shipped_files_are_good(name: str) -> None:
    assert load(CONFIG / name, Settings).bodies.keys() == {
        "article-100",
        "article-77",
        "article-55-20",
        "article-99",
    }


def test_the_example_shows_the_defaults() -> None:
    example = load(CONFIG / "gateway.toml", Settings)
    names = ("dispatch", "receipts", "time", "schedule", "limits", "reconcile", "service", "log", "mapping", "console")
    sections = [getattr(example, name) for name in names]
    for section in (*sections, example.judiciary.signature):
        assert section == type(section)()
    assert example.archive is not None
    assert example.archive == ArchiveSection(origin=example.archive.origin, key=example.archive.key)


def test_the_example_names_every_key() -> None:
    def models(annotation: object) -> list[type[BaseModel]]:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return [annotation]
        return [found for inner in get_args(annotation) for found in models(inner)]

    def keys(model: type[BaseModel]) -> set[str]:
        found = set()
        for name, field in model.model_fields.items():
            inner = models(field.annotation)
            found |= {key for each in inner for key in keys(each)} if inner else {field.alias or name}
        return found

    assert [key for key in keys(Settings) if not re.search(rf"\b{key} = |\.{key}\]", GOOD)] == []


@pytest.mark.parametrize("key", ["url", "write_url"])
@pytest.mark.parametrize("url", ["postgresql+psycopg://clerk:secret@h/d", "mariadb+pymysql://h/d?password=secret"])
def test_a_password_in_the_file_is_refused_and_not_shown(tmp_path: Path, key: str, url: str) -> None:
    start = 'write_url = "sqlite:///cases.db"\n' if key == "write_url" else ""
    text = GOOD.replace("[sources.cases]\n", f"[sources.cases]\n{start}")
    error = refused(tmp_path, text.replace(f'{key} = "sqlite:///cases.db"', f'{key} = "{url}"', 1))
    assert f"sources.cases.{key}: " in error.detail
    assert "a password stands in a file of its own" in error.detail
    assert "secret" not in str(error)


def test_an_unknown_key_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("batch_notices = 50", "batch_notice = 50"))
    line = next(n for n, text in enumerate(GOOD.splitlines(), 1) if text.startswith("batch_notices"))
    assert error.code == "config.unknown-key"
    assert error.where.endswith(f"gateway.toml, line {line}")
    assert "dispatch.batch_notice" in error.detail


def test_a_wrong_value_deep_inside_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = GOOD.replace('key = "pki/municipality/seal-article-77.key.pem"', "key = 77")
    line = next(n for n, text in enumerate(wrong.splitlines(), 1) if text == "key = 77")
    error = refused(tmp_path, wrong)
    assert error.code == "config.value"
    assert error.where.endswith(f"line {line}")
    assert "bodies.article-77.seal.key" in error.detail


def test_a_missing_key_is_refused_at_its_table(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace('endpoint = "http://127.0.0.1:8080/eblagh"', ""))
    line = next(n for n, text in enumerate(GOOD.splitlines(), 1) if text.strip() == "[judiciary]")
    assert error.code == "config.value"
    assert error.where.endswith(f"line {line}")
    assert error.detail.startswith("judiciary.endpoint")


@pytest.mark.parametrize("seconds", ['"60"', "-1", "0", "true", "inf", "nan", "1e12"])
def test_a_period_is_a_number(tmp_path: Path, seconds: str) -> None:
    error = refused(tmp_path, GOOD.replace("timeout_seconds = 60", f"timeout_seconds = {seconds}"))
    assert error.detail.endswith("a number of seconds above 0 is wanted")


def test_broken_toml_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "[gateway\n")
    assert (error.code, error.where) == ("config.syntax", f"{tmp_path / 'gateway.toml'}, line 1, column 9")


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000], ids=["a number", "brackets"])
def test_toml_beyond_all_measure_is_refused(tmp_path: Path, value: str) -> None:
    assert refused(tmp_path, f"[gateway]\nname = {value}").code == "config.syntax"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=r"config\.unreadable"):
        load(tmp_path / "nowhere.toml", Settings)


@pytest.mark.parametrize("name", ["", " ", "a\\u0000b"])
@pytest.mark.parametrize(
    "key",
    [
        "mapping.file", "log.file", "archive.folder", "revocation.folder", "gateway.state", "search.recipient_key",
        "legal.rules", "service.socket", "sources.cases.mapping", "sources.cases.results", "judiciary.session_key",
        "transport.password_file",
    ],
)  # fmt: skip
def test_an_empty_name_of_a_file_is_not_the_default(tmp_path: Path, key: str, name: str) -> None:
    *section, last = key.split(".")
    table = f"\n[{'.'.join(section)}]\n"
    assert GOOD.count(table) == 1
    before, _, after = GOOD.partition(table)
    own, bracket, others = after.partition("\n[")
    own = re.sub(rf"^{last} = .*\n?", "", own, flags=re.MULTILINE)
    error = refused(tmp_path, f'{before}{table}{last} = "{name}"\n{own}{bracket}{others}')
    assert (error.code, error.detail.startswith(f"{key}: ")) == ("config.value", True)


def test_a_kind_has_a_title(tmp_path: Path) -> None:
    error = refused(tmp_path, re.sub(r'^ruling = ".*?"', 'ruling = ""', GOOD, count=1, flags=re.MULTILINE))
    assert "a text of at least 1 signs is wanted" in error.detail


@pytest.mark.parametrize("without", ["certificates", "receipt_certificates"])
def test_certificates_without_anchors_are_refused(tmp_path: Path, without: str) -> None:
    wrong = re.sub(r"^anchors = \[.*?\]", "anchors = []", GOOD, count=1, flags=re.MULTILINE)
    wrong = re.sub(rf"^{without} = \[.*?\]", f"{without} = []", wrong, count=1, flags=re.MULTILINE)
    error = refused(tmp_path, wrong)
    assert error.code == "config.value"
    assert "anchors: the roots to which certificates and receipt_certificates lead are wanted" in error.detail


@pytest.mark.parametrize("url", ["nonsense", "firebird://h/d", "sqlite://", "sqlite:///"])
@pytest.mark.parametrize("key", ["store", "url"])
def test_a_database_that_cannot_be_used_is_refused(tmp_path: Path, key: str, url: str) -> None:
    name = {"store": "gateway.db", "url": "cases.db"}[key]
    error = refused(tmp_path, GOOD.replace(f'{key} = "sqlite:///{name}"', f'{key} = "{url}"'))
    assert error.code == "config.value"
    assert f".{key}: " in error.detail


def test_a_password_never_stands_in_the_file(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("sqlite:///gateway.db", "postgresql://gateway:tulip@db/gateway"))
    assert error.detail == ("gateway.store: a password stands in a file of its own, never here")


def test_the_stores_password_is_read_from_its_file(tmp_path: Path) -> None:
    keys = 'store = "postgresql://gateway@db/gateway?sslmode=verify-full"\nstore_password_file = "secret"'
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD.replace('store = "sqlite:///gateway.db"', keys), encoding="utf-8")
    with pytest.raises(GatewayError, match=r"config\.unreadable"):
        Installation.of(path).store_url()
    (tmp_path / "secret").write_text("tulip/@ رز\n", encoding="utf-8")
    url = make_url(Installation.of(path).store_url())
    assert (url.password, url.host, url.query["sslmode"]) == ("tulip/@ رز", "db", "verify-full")


@pytest.mark.parametrize("url", ["http://[bad", "ftp://h/", "http://", "eblagh"])
def test_an_endpoint_that_is_no_url_is_refused(tmp_path: Path, url: str) -> None:
    error = refused(tmp_path, GOOD.replace("http://127.0.0.1:8080/eblagh", url))
    assert "judiciary.endpoint" in error.detail


@pytest.mark.parametrize("user", ["clerk", "clerk:tulip", "کاربر:tulip", ""])
def test_an_endpoint_tells_no_user_and_no_password(tmp_path: Path, user: str) -> None:
    error = refused(tmp_path, GOOD.replace("http://127.0.0.1:8080", f"http://{user}@127.0.0.1:8080"))
    assert "without a user" in error.detail
    assert "tulip" not in str(error)


@pytest.mark.parametrize("name", ["token", "apikey_secret", "Password"])
def test_a_secret_in_a_urls_parameters_is_refused_with_the_right_sentence(tmp_path: Path, name: str) -> None:
    error = refused(tmp_path, GOOD.replace(":8080/eblagh", f":8080/eblagh?{name}=tulip"))
    reported = f"judiciary.endpoint: a URL without the parameter {name} is wanted: a secret stands in a file of its own"
    assert error.detail == reported
    assert "tulip" not in str(error)


@pytest.mark.parametrize(
    ("line", "reported"),
    [
        ('"org-code" = "31"', "a name of Latin letters, digits and _"),
        ('api_token = "tulip"', "a secret stands in a file of its own"),
        ('org = ""', "a text of 1 to 2000 printable characters"),
        ("org = 31", "a text in quotes is wanted"),
    ],
)
def test_values_for_messages_have_plain_names_and_are_no_secrets(tmp_path: Path, line: str, reported: str) -> None:
    error = refused(tmp_path, f"{GOOD}\n[judiciary.values]\n{line}\n")
    assert error.code == "config.value"
    assert reported in error.detail
    assert "tulip" not in str(error)


def test_settling_must_outlive_a_message_by_both_clocks(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("settle_seconds = 1800", "settle_seconds = 419"))
    assert "settle_seconds must be at least" in error.detail


def test_a_clock_may_differ_by_half_the_skew_unless_told_otherwise_and_never_by_more_than_it(tmp_path: Path) -> None:
    assert load(CONFIG / "gateway.toml", Settings).clock_tolerance == timedelta(seconds=30)
    error = refused(tmp_path, GOOD.replace("[gateway]\n", "[gateway]\nclock_tolerance_seconds = 61\n"))
    assert "clock_tolerance_seconds must be at most judiciary.skew_seconds" in error.detail


def test_a_lease_must_outlive_a_call(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("lease_seconds = 300", "lease_seconds = 60"))
    assert "lease_seconds must be more than" in error.detail


def test_a_stop_must_outlive_a_call(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD.replace("stop_seconds = 75", "stop_seconds = 60"))
    assert "stop_seconds must be more than" in error.detail


@pytest.mark.parametrize("address", ["127.0.0.1", ":9109", "127.0.0.1:port", "http://h:1", "a@h:1", "h:99999", "h:1/x"])
def test_an_address_has_a_host_and_a_port(tmp_path: Path, address: str) -> None:
    error = refused(tmp_path, GOOD.replace("127.0.0.1:9109", address))
    assert "service.listen" in error.detail


def test_a_kind_of_notice_has_limits_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f"{GOOD}\n[limits.kinds.stop-work-warning]\ndeliver_hours = 24\n", encoding="utf-8")
    limits = time_limits(Installation.of(path).settings)
    assert limits.of(Limit.DELIVER, "stop-work-warning") == timedelta(hours=24)
    assert limits.of(Limit.DELIVER, "ruling") == timedelta(hours=120)
    assert limits.of(Limit.WRITE, "stop-work-warning") == timedelta(hours=4)
    assert limits.warns_after(Limit.DELIVER) == timedelta(hours=24) * 0.8


def test_limits_of_a_kind_that_nobody_issues_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, f"{GOOD}\n[limits.kinds.rulling]\ndeliver_hours = 24\n")
    assert error.detail.endswith("limits.kinds: no body has the kind rulling")


def test_alarms_of_a_body_or_a_kind_that_nobody_has_are_refused(tmp_path: Path) -> None:
    for key, found in (("bodies", "no body has the code nobody"), ("kinds", "no body has the kind nobody")):
        alert = f'\n[[legal.alerts]]\ndays = 3\n{key} = ["nobody"]\n'
        assert refused(tmp_path, GOOD + alert).detail.endswith(found)


@pytest.mark.parametrize("share", ["0", "1", "1.5"])
def test_a_warning_comes_before_a_limit_and_not_at_once(tmp_path: Path, share: str) -> None:
    assert refused(tmp_path, GOOD.replace("warn_at = 0.8", f"warn_at = {share}")).detail.startswith("limits.warn_at")


PRICE = "{good}\n[[reports.paper_prices]]\nfrom = {day}\nrials = 850000\n"


@pytest.mark.parametrize("day", ['"1405-01-01"', '"2026-03-21"', "1405-01-01", "2026-03-21"])
def test_a_price_begins_on_a_day_of_either_calendar(tmp_path: Path, day: str) -> None:
    once = PRICE.format(good=GOOD, day=day)
    path = tmp_path / "gateway.toml"
    path.write_text(once, encoding="utf-8")
    assert load(path, Settings).reports.prices == [PaperPrice(begins=date(2026, 3, 21), rials=850_000)]
    assert "1405-01-01 has two prices" in refused(tmp_path, PRICE.format(good=once, day=day)).detail


@pytest.mark.parametrize("day", ['"1405-13-01"', "1405", "2026-03-21T00:00:00Z", "1805-01-01", '"1805-01-01"'])
def test_a_price_that_begins_on_no_day_is_refused(tmp_path: Path, day: str) -> None:
    assert "a day such as" in refused(tmp_path, PRICE.format(good=GOOD, day=day)).detail


def test_periods_are_read_as_such() -> None:
    settings = load(CONFIG / "demo.toml", Settings)
    assert settings.schedule.dispatch_seconds == timedelta(seconds=0.3)
    assert settings.dispatch.queue_lifetime_days == timedelta(days=14)


def test_without_a_word_about_signatures_a_partner_is_held_to_the_strict_profile(tmp_path: Path) -> None:
    strict = load(CONFIG / "demo.toml", Settings).judiciary.signature
    assert (strict.profile, strict.switched) == (STRICT, [])
    sandbox = tmp_path / "sandbox.toml"
    sandbox.write_text("port = 8080\n")
    assert load(sandbox, SandboxSettings).signature.profile == STRICT


def test_each_switch_is_set_by_the_name_that_people_have_for_it(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.toml"
    path.write_text(
        """
        port = 8080
        [signature]
        algorithms = ["rsa-pss-sha256", "rsa-sha256"]
        signed_parts = ["MessageID", "Action", "To", "Timestamp", "Body", "RelatesTo"]
        id_attributes = ["Id"]
        prefix_lists = true
        enveloped_transform = true
        unread_headers = ["ReplyTo"]
        """
    )
    signature = load(path, SandboxSettings).signature
    assert signature.profile == PartnerProfile(
        signature_algorithms=frozenset({names.RSA_SHA256, names.RSA_PSS_SHA256}),
        signed_parts=ALL_PARTS - {"BinarySecurityToken"},
        id_attributes=frozenset({"Id"}),
        prefix_lists=True,
        enveloped_transform=True,
        unread_headers=frozenset({"ReplyTo"}),
    )
    assert [line.partition(" = ")[0] for line in signature.switched] == [*type(signature).model_fields]


def test_the_order_of_a_list_is_no_switch(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.toml"
    parts = list(reversed(load(CONFIG / "gateway.toml", Settings).judiciary.signature.signed_parts))
    path.write_text(f"port = 8080\n[signature]\nsigned_parts = {parts}\n")
    assert load(path, SandboxSettings).signature.switched == []


@pytest.mark.parametrize(
    ("key", "good", "bad", "said"),
    [
        ("algorithms", '"rsa-sha256"', '"rsa-sha1"', "rsa-sha256, ecdsa-sha256, rsa-pss-sha256"),
        ("algorithms", '"rsa-sha256", "ecdsa-sha256"', "", "at least 1 of them"),
        ("signed_parts", '"To"', '"ReplyTo"', "Body, Timestamp, BinarySecurityToken, To, Action, MessageID, RelatesTo"),
        ("signed_parts", '"Body", ', "", "Body must be signed"),
        ("signed_parts", '"Action", ', "", "Action must be signed"),
        ("signed_parts", ', "RelatesTo"', "", "RelatesTo must be signed"),
        ("id_attributes", '"wsu:Id"', '"xml:id"', "one of wsu:Id, Id"),
        ("prefix_lists", "false", '"false"', "true or false"),
        ("unread_headers", "[]", '["To"]', "one of FaultTo, From, ReplyTo"),
    ],
)
def test_what_no_partner_may_do_is_refused_with_what_is_allowed(
    tmp_path: Path, key: str, good: str, bad: str, said: str
) -> None:
    number, line = next((n, text) for n, text in enumerate(GOOD.splitlines(), 1) if text.startswith(f"{key} = "))
    error = refused(tmp_path, GOOD.replace(line, line.replace(good, bad, 1)))
    assert error.code == "config.value"
    assert error.where.endswith(f"gateway.toml, line {number}")
    assert error.detail.startswith(f"judiciary.signature.{key}")
    assert said in error.detail


@pytest.mark.parametrize("part", ["Body", "Timestamp", "To", "Action", "MessageID"])
def test_the_sandbox_acts_on_nothing_that_is_unsigned(tmp_path: Path, part: str) -> None:
    path = tmp_path / "sandbox.toml"
    parts = sorted(ALL_PARTS - {part})
    path.write_text(f"port = 8080\n[signature]\nsigned_parts = {parts}\n")
    with pytest.raises(GatewayError, match=f"signature.signed_parts.*{part} must be signed") as error:
        load(path, SandboxSettings)
    assert error.value.where.endswith("line 3")


@pytest.mark.parametrize("place", ["", " ", ".", "./", "sqlite:///payloads.db"])
def test_a_place_for_payloads_that_is_no_folder_is_refused(tmp_path: Path, place: str) -> None:
    error = refused(tmp_path, GOOD.replace('payloads = "payloads"', f'payloads = "{place}"'))
    assert error.code == "config.value"
    assert "gateway.payloads: " in error.detail


def test_payloads_stand_beside_a_file(tmp_path: Path) -> None:
    assert load(CONFIG / "demo.toml", Settings).gateway.payloads == "payloads"
    text = GOOD.replace('payloads = "payloads"', "").replace('store = "sqlite:///gateway.db"', 'store = "nonsense"')
    assert "gateway.store: " in refused(tmp_path, text).detail


@pytest.mark.parametrize(
    "query",
    [
        "password=x",
        "PASSWORD=x",
        "passwd=x",
        "Pwd=x",
        "odbc_connect=DRIVER%3Dx%3BPWD%3Dx",
        "ssl_token=x",
        "user_secret=x",
    ],
)
def test_a_password_in_a_url_is_refused_and_never_shown(query: str) -> None:
    for scheme in ("mssql+pyodbc", "mysql+pymysql", "postgresql+psycopg"):
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(CaseDatabase).validate_python(f"{scheme}://host/db?{query}")
        assert "stands in a file of its own" in str(caught.value.errors(include_input=False)[0]["msg"])
    with pytest.raises(ValidationError):
        TypeAdapter(Endpoint).validate_python(f"https://court.example/notices?{query}")
