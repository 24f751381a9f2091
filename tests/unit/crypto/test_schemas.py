"""Schemas: a hostile one is refused before it is compiled, and threads do not share one."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.schema import schema_cost
from adapters.crypto.xml.strict_xml import conforms, load_schema
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

ROOT = Path(__file__).parents[3]
OPTIONAL = '<xs:element name="e{}" type="xs:string" minOccurs="0"/>'


def schema(body: str) -> str:
    return f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{body}</xs:schema>'


def of_type(particles: str) -> str:
    return f'<xs:element name="R"><xs:complexType><xs:sequence>{particles}</xs:sequence></xs:complexType></xs:element>'


def many(count: int) -> str:
    return "".join(map(OPTIONAL.format, range(count)))


def groups(depth: int) -> str:
    """Each group holds the next one eight times."""
    made = "".join(
        f'<xs:group name="g{n}"><xs:sequence>' + f'<xs:group ref="g{n + 1}"/>' * 8 + "</xs:sequence></xs:group>"
        for n in range(depth)
    )
    last = f'<xs:group name="g{depth}"><xs:sequence>{many(1)}</xs:sequence></xs:group>'
    return made + last + of_type('<xs:group ref="g0"/>')


def chain(count: int) -> str:
    """Each type extends the next one."""
    made = "".join(
        f'<xs:complexType name="T{n}"><xs:complexContent><xs:extension base="T{n + 1}"/></xs:complexContent>'
        + "</xs:complexType>"
        for n in range(count)
    )
    return made + f'<xs:complexType name="T{count}"><xs:sequence/></xs:complexType>'


def extensions(count: int) -> str:
    made = "".join(
        f'<xs:complexType name="T{n + 1}"><xs:complexContent><xs:extension base="T{n}"><xs:sequence>'
        + OPTIONAL.format(n)
        + "</xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
        for n in range(count)
    )
    return '<xs:complexType name="T0"><xs:sequence/></xs:complexType>' + made


HOSTILE = {
    "optional elements": of_type(many(20_000)),
    "optional sequences": of_type(
        "".join(f'<xs:sequence minOccurs="0">{many(1)}</xs:sequence>' for _ in range(20_000))
    ),
    "groups within groups": groups(12),
    "extensions of extensions": extensions(1_000),
    "a large substitution group": '<xs:element name="h"/>'
    + "".join(f'<xs:element name="m{n}" substitutionGroup="h"/>' for n in range(2_000))
    + of_type('<xs:element ref="h" minOccurs="0"/>' * 10),
}
CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from pathlib import Path
from adapters.crypto.xml.strict_xml import load_schema
from gateway.runtime.errors import GatewayError
try:
    load_schema(Path(sys.argv[1]))
except GatewayError as error:
    print(error.code, error.detail)
"""


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_schema_with_20000_optional_elements_stays_within_the_budget(tmp_path: Path, body: str) -> None:
    file = tmp_path / "messages.xsd"
    file.write_text(schema(body))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(file)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before
    assert (done.returncode, done.stdout[:24]) == (0, "courier.contract its con"), done.stderr[-500:]


def test_a_hostile_schema_is_refused_where_another_imports_it(tmp_path: Path) -> None:
    (tmp_path / "types.xsd").write_text(schema(of_type(many(20_000))))
    (tmp_path / "messages.xsd").write_text(schema('<xs:include schemaLocation="types.xsd"/>'))
    with pytest.raises(GatewayError) as refused:
        load_schema(tmp_path / "messages.xsd")
    assert refused.value.code == "courier.contract"


def test_a_long_chain_of_types_is_refused(tmp_path: Path) -> None:
    (tmp_path / "messages.xsd").write_text(schema(chain(5_000)))
    with pytest.raises(GatewayError) as refused:
        load_schema(tmp_path / "messages.xsd")
    assert refused.value.code == "courier.contract"


@pytest.mark.parametrize("count", [1, 300])
def test_an_ordinary_schema_is_far_below_the_bound(tmp_path: Path, count: int) -> None:
    (tmp_path / "messages.xsd").write_text(schema(of_type(many(count))))
    conforms(load_schema(tmp_path / "messages.xsd"), etree.fromstring("<R><e0>x</e0></R>"))
    shipped = {file: file.read_bytes() for file in (ROOT / "schemas").rglob("*.xsd")}
    assert shipped
    assert schema_cost.steps(schema_cost.schemas_of(shipped).values()) < schema_cost.MAX_STEPS // 100


def test_each_thread_judges_by_a_schema_object_of_its_own(tmp_path: Path) -> None:
    shared = load_schema(NOTICE_SCHEMA, SCHEMAS)
    own: list[int] = []
    kept = []
    meet = threading.Barrier(3)

    def judge() -> None:
        found = shared.of_this_thread()  # type: ignore[attr-defined]
        assert found is shared.of_this_thread()  # type: ignore[attr-defined]
        kept.append(found)
        own.append(id(found))
        meet.wait()
        with pytest.raises(Rejection):
            conforms(shared, etree.fromstring("<other/>"))

    threads = [threading.Thread(target=judge) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(own)) == 3
    assert len(shared.error_log) == 0


def test_a_thread_that_comes_later_judges_by_the_schema_that_was_loaded(tmp_path: Path) -> None:
    file = tmp_path / "messages.xsd"
    file.write_text(schema(of_type(many(1))))
    shared = load_schema(file)
    file.write_text(schema('<xs:element name="Other"/>'))
    found: list[bool] = []

    def judge() -> None:
        conforms(shared, etree.fromstring("<R/>"))
        found.append(True)

    thread = threading.Thread(target=judge)
    thread.start()
    thread.join()
    assert found == [True]
