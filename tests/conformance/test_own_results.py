"""A source's own mapping of results fills its rows, in whichever source, and can be repeated safely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.municipal.inbox_source import BROUGHT_ROW
from adapters.municipal.sql.columns import row_of
from adapters.municipal.sql.source_config import SqlSourceConfig, Statements
from adapters.municipal.sql.sql_source import SqlCaseSource
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.notice.source_row import Refusal, Result
from gateway.runtime.errors import GatewayError
from tests.integration.municipal.pushed_cases import PushedCases
from tests.own_results import OWN, STATE, TYPES, own_mapper

from .test_source import BROUGHT, KINDS, Database, Kind, delivered, first_result, made, opened, read_all, refusal

MAPPED = [kind for kind in KINDS if kind.key != "pulled"]
"""Shahriar shows the names of its own mapping alone: `tests/acceptance/test_demo_city.py`."""
SINCE = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
EMPTY = {STATE: None, "arrival": None, "served_on": None, "arrived_at": None, "steps": None, "channel": None}
SERVED = {
    STATE: "ابلاغ شد",
    "arrival": "1404/11/14 11:30:00",
    "served_on": "2026-02-03",
    "arrived_at": "2026-02-03T08:00:00.250000",
    "steps": 3,
    "channel": "درگاه",
    "note": "کد رهگیری T-1",
}


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.exhaustive(keep=5)) for kind in MAPPED], ids=str)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    kind: Kind = request.param
    yield from made(kind, tmp_path)


@pytest.fixture
def wide(database: Database) -> Database:
    """The database with columns for the mapping; a server keeps Tehran's time, as such servers do."""
    if not isinstance(database, PushedCases):
        engine = sa.create_engine(database.url)
        name = engine.dialect.name
        time = {"mariadb": "DATETIME(6)", "mysql": "DATETIME(6)"}.get(name, "TIMESTAMP")
        quoted = engine.dialect.identifier_preparer.quote
        with engine.begin() as connection:
            for column, type_ in TYPES.items():
                connection.exec_driver_sql(f"ALTER TABLE notices ADD COLUMN {quoted(column)} {type_.format(time=time)}")
            if name == "postgresql":
                connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET timezone TO 'Asia/Tehran'")
        engine.dispose()
    return database


def own_shown(database: Database, key: str) -> dict[str, Any]:
    """Return a row's values in the mapping's columns, days and times as texts."""
    if isinstance(database, PushedCases):
        reported = database.inbox.standings(database.name, [key])[key].told
        shown: Any = (reported.fields if reported else None) or dict.fromkeys(TYPES)
    else:
        engine = sa.create_engine(database.url)
        quoted = ", ".join(map(engine.dialect.identifier_preparer.quote, TYPES))
        with engine.connect() as connection:
            query = sa.text(f"SELECT {quoted} FROM notices WHERE CAST(notice_id AS CHAR(40)) = :key")
            shown = dict(zip(TYPES, connection.execute(query, {"key": key}).one(), strict=True))
        engine.dispose()
    plain = {n: v.isoformat() if isinstance(v, date) else v for n, v in shown.items()}
    return {n: v.removesuffix("Z") if isinstance(v, str) else v for n, v in plain.items()}


def own(result: Result) -> Result:
    return replace(result, own=own_mapper().result(result, SINCE))


def own_refusal(found: Refusal, notice: Result | None = None) -> Refusal:
    return replace(found, own=own_mapper().refusal(found, notice, SINCE if notice else None))


def test_a_result_stands_in_the_municipalitys_own_words(wide: Database) -> None:
    key, other = wide.add(parties=2)
    with opened(wide) as source:
        source.write_results([own(delivered(key))])
        assert own_shown(wide, key) == SERVED
        assert own_shown(wide, other) == {**EMPTY, "note": None}
        shown = source.shown([key])[key]
        assert shown is not None
        assert (shown.reference, shown.state, shown.seq) == ("EB-FIRST", "DELIVERED", 3), "what the gateway reads back"


@pytest.mark.long
def test_a_time_may_be_written_as_the_municipalitys_clocks_show_it(wide: Database) -> None:
    (key,) = wide.add()
    text = OWN.replace('from = "delivered_at"\n\n', 'from = "delivered_at"\ndo = ["local-time"]\n\n')
    result = delivered(key)
    with opened(wide) as source:
        for _ in range(2):
            source.write_results([replace(result, own=own_mapper(text).result(result, SINCE))])
    assert own_shown(wide, key) == {**SERVED, "arrived_at": "2026-02-03T11:30:00.250000"}


def test_what_is_shown_already_is_not_written_again(wide: Database) -> None:
    (key,) = wide.add()
    now = datetime(2026, 2, 3, 9, tzinfo=UTC)
    with opened(wide, clock=lambda: now) as source:
        source.write_results([own(delivered(key))])
        before = wide.shown(key)
        now += timedelta(hours=1)
        source.write_results([own(delivered(key))])
        assert wide.shown(key) == before
        source.write_results([own(first_result(key))])
        assert (wide.shown(key), own_shown(wide, key)) == (before, SERVED), "an older step changes nothing"


def test_a_new_revision_empties_what_it_has_nothing_for(wide: Database) -> None:
    (key,) = wide.add()
    with opened(wide) as source:
        source.write_results([own(replace(delivered(key), state="REJECTED", seq=6))])
        source.write_results([own(replace(first_result(key), reference="EB-SECOND", replaces="EB-FIRST"))])
    assert own_shown(wide, key) == {**EMPTY, STATE: "در صف", "steps": 0, "channel": "درگاه", "note": None}


def test_a_refusal_stands_in_the_municipalitys_own_words(wide: Database) -> None:
    (key,) = wide.add()
    with opened(wide) as source:
        (row,) = read_all(source)
        source.write_refusals([own_refusal(refusal(row))])
        shown = own_shown(wide, key)
        assert (shown[STATE], shown["steps"], shown["channel"]) == ("رد شد", None, "درگاه")
        assert shown["note"].startswith("recipient.name: ")
        wide.correct(key, "رضا یکتا (نمونه)")
        source.write_results([own(first_result(key))])
        assert own_shown(wide, key)["note"] is None


@pytest.mark.long
def test_refusing_a_change_goes_on_to_show_the_notice(wide: Database) -> None:
    (key,) = wide.add()
    with opened(wide) as source:
        source.write_results([own(delivered(key))])
        wide.correct(key, "رضا یکتا (نمونه)")
        (row,) = read_all(source)
        changed = replace(refusal(row), code="notice.changed")
        source.write_refusals([own_refusal(changed, delivered(key))])
        shown = own_shown(wide, key)
        assert {**shown, "note": ""} == {**SERVED, "note": ""}
        assert shown["note"].startswith("notice.changed: ")


@pytest.mark.parametrize("notice", [None, "EB-OTHER"])
def test_a_refusal_takes_the_place_of_nothing_that_it_does_not_know(wide: Database, notice: str | None) -> None:
    """As in a store that was restored: the row shows a notice that is forgotten here."""
    (key,) = wide.add()
    with opened(wide) as source:
        source.write_results([own(delivered(key))])
        (row,) = read_all(source)
        other = None if notice is None else replace(first_result(key), reference=notice)
        source.write_refusals([own_refusal(refusal(row), other)])
        assert own_shown(wide, key) == SERVED
        shown = source.shown([key])[key]
        assert shown is not None
        assert (shown.state, shown.code) == ("DELIVERED", "recipient.name")


SQL = [kind for kind in KINDS if kind.key not in BROUGHT]
OF_STATEMENTS = ("served_on", "steps", "channel", "note")
"""Columns that the statements below name, in the mapping's order."""

_SET = "UPDATE notices SET {} channel = :channel, note = :note, steps = :steps, eblagh_state = :state WHERE {}"


def statements_of(mapper_makes: Sequence[str]) -> SqlSourceConfig:
    row = "notice_id = :row_key"
    result, refused = _SET.format("served_on = :served_on,", row), _SET.format("", row)
    return SqlSourceConfig(statements=Statements(result=result, refusal=refused, own=tuple(mapper_makes)))


def mapping_of(names: Sequence[str]) -> str:
    """The mapping without its other fields, and without the table that nothing needs then."""
    head, *fields = OWN.split("\n[[field]]\n")
    kept = [field for field in fields if field.split('"')[1] in names]
    return "\n[[field]]\n".join([head.partition("\n[tables")[0], *kept])


@pytest.mark.long
@pytest.mark.parametrize("database", SQL, ids=str, indirect=True)
def test_statements_take_what_a_mapping_makes(wide: Database) -> None:
    (key,) = wide.add()
    config = statements_of(OF_STATEMENTS)
    mapper = own_mapper(mapping_of(OF_STATEMENTS), row_of(config))
    assert mapper.columns == OF_STATEMENTS
    with opened(wide, statements=config.statements) as source:
        result = delivered(key)
        source.write_results([replace(result, own=mapper.result(result, SINCE))])
        shown = own_shown(wide, key)
        assert {name: shown[name] for name in OF_STATEMENTS} == {name: SERVED[name] for name in OF_STATEMENTS}
        (row,) = read_all(source)
        found = refusal(row)
        source.write_refusals([replace(found, own=mapper.refusal(found))])
        assert own_shown(wide, key)["note"].startswith("recipient.name: ")


@pytest.mark.parametrize(
    "database", [SQL[0], *(kind for kind in SQL if kind.version == "number")], ids=str, indirect=True
)
def test_columns_are_checked_against_the_table(wide: Database) -> None:
    with closing(SqlCaseSource("cases", wide.url)) as source:
        row = source.written_row()
        assert own_mapper(row=row).columns == tuple(TYPES)
        assert mistakes(OWN.replace('"channel"', '"chanel"'), row) == [("mapping.column-missing", "channel")]
        assert mistakes(OWN.replace('"steps"\nfrom = "seq"', '"steps"\nfrom = "effect"'), row) == [
            ("mapping.column-type", "effect")
        ]
        assert mistakes(OWN.replace('"درگاه"', f'"{"د" * 41}"'), row) == [("mapping.target-length", "channel")]
        for name in ("EBLAGH_STATE", "eblagh_seq", "notice_id", "change_no", "eblagh_reference", "eblagh_code"):
            wrong = OWN.replace('"channel"', f'"{name}"')
            codes = {code for code, _ in mistakes(wrong, row)}
            assert codes <= {"mapping.column-kept", "mapping.column-missing"}
            assert {code for code, _ in mistakes(wrong, row_of(SqlSourceConfig()))} == {"mapping.column-kept"}


def mistakes(text: str, row: Any) -> list[tuple[str, str]]:
    """Each mistake's code, with a word of the line that it stands on or before."""
    with pytest.raises(MappingMistaken) as refusal:
        own_mapper(text, row)
    lines = text.splitlines()
    found = []
    for mistake in refusal.value.mistakes:
        near = "\n".join(lines[mistake.line - 2 : mistake.line + 2])
        word = next((w for w in ("channel", "effect", "chanel") if w in near), "")
        found.append((mistake.code, word.replace("chanel", "channel")))
    return found


def test_what_every_sender_is_told_is_no_mappings() -> None:
    for name in ("state", "Seq", "reference", "change", "key", "fields", "delivered_at"):
        assert {code for code, _ in mistakes(OWN.replace('"channel"', f'"{name}"'), BROUGHT_ROW)} == {
            "mapping.column-kept"
        }


def test_a_source_without_a_mapping_goes_on_as_before(wide: Database) -> None:
    (key,) = wide.add()
    with opened(wide) as source:
        source.write_results([delivered(key)])
    assert own_shown(wide, key) == {**EMPTY, "note": None}
    assert wide.shown(key)["delivered_at"] == "2026-02-03T08:00:00.250000Z"


def test_a_statement_that_names_what_nothing_makes_is_refused() -> None:
    with pytest.raises(GatewayError) as refused:
        SqlCaseSource("cases", "sqlite:///cases.db", statements_of(OF_STATEMENTS[:-1]))
    assert (refused.value.code, refused.value.detail) == ("config.value", "no parameter note")


def test_a_mapping_makes_only_what_a_statement_names() -> None:
    row = row_of(statements_of(OF_STATEMENTS))
    assert ("mapping.column-missing", "") in mistakes(OWN, row)
    assert mistakes(mapping_of(OF_STATEMENTS).replace('"channel"', '"state"'), row) == [("mapping.column-kept", "")]
