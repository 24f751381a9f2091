"""Patterns of XML schemas: bounded before libxml2 compiles them, and so is each text that is compared with one."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from lxml import etree

from adapters.crypto.schema.schema_patterns import MAX_COST
from adapters.crypto.schema.xsd_pattern import MAX_WORK, Budget, Cost, cost_of
from adapters.crypto.xml.strict_xml import conforms, load_schema
from adapters.settings.profile import PROFILES
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

ROOT = Path(__file__).parents[3]
B64 = "[A-Za-z0-9+/]"
WITHOUT_BOUND = {
    "a part that may be absent, 4,000 times": "a?" * 4_000 + "a" * 4_000,
    "a part that may be absent, 30 times": "a?" * 30 + "a" * 30,
    "a counted part that may be empty": "(a{0,99}){0,99}",
    "a counted part that may be empty, with a star": "(a*){5}",
    "counts within a repeated part": "(a{1,9})+",
    "counts and a choice within a repeated part": "(a{1,3}b?){1,9}c",
    "two ways within a repeated part": "(a|ab|b)*c",
    "one way twice within a repeated part": "(a|a)*",
    "an e-mail address, for a word may hold a plus": r"\w+([-+.']\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*",
    "three repeated parts": ".*a.*a.*",
    "many repeated parts": "[a-z]{1,99}" * 9,
    "a counted character behind a repeated group": "([ab])+.{30}((a|b)|(a|b))",
    "a counted character where another count goes on": f"({B64}{{4}})*({B64}{{2}}==|{B64}{{3}}=)?",
    "a count at its end where a repeated part goes on": "((a|[^b])(a|b)(ab|a)((ab|a))+){0,1}",
    "groups within groups": "(" * 60 + "a" + ")" * 60,
    "many characters": "ab" * 3_000,
    "many words that all follow each other": "(" + "|".join("a" * n for n in range(1, 60)) + "){1,400}",
    "no expression": "(a",
    "no expression, with a class": "[a",
    "no expression, with a count": "a{x}",
}
ORDINARY = {
    "one of two lengths": (r"\d{10}|\d{11}", "0" * 11),
    "a mobile telephone": (r"(\+98|0)?9\d{9}", "09121234567"),
    "a day of the Jalali calendar": (r"1[34][0-9]{2}/(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01])", "1405/09/06"),
    "an account number": (r"IR[0-9]{2}( ?[0-9]{4}){5} ?[0-9]{2}", "IR12 1234 1234 1234 1234 1234 12"),
    "a number of the Internet": (
        r"((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)",
        "127.0.0.1",
    ),
    "an e-mail address": (r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "a@b.example"),
    "a web address": (r"http(s)?://([\w-]+\.)+[\w-]+(/[\w\- ./?%&=]*)?", "https://a.example/b"),
    "not blank": (r".*\S.*", " x "),
    "Persian words": (r"\p{L}+( \p{L}+)*", "شهرداری تهران"),
    "Persian letters": (r"[آ-یءئؤۀ\s\u200c]{2,100}", "شهرداری"),
    "a name": (r"[\i-[:]][\c-[:]]*", "a-1"),
    "base64": (f"({B64 * 4})*({B64 * 2}==|{B64 * 3}=)?", "YWJj" * 9 + "YQ=="),
    "a span of time": (r"-?P([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?", "P1DT2H"),
    "days of the week": ("((Mon|Tue|Wed|Thu|Fri|Sat|Sun),?)+", "Mon,Tue"),
    "some of many words": ("|".join(f"{a}{b}{c}" for a in "ABCDE" for b in "ABCDEF" for c in "ABCDE"), "EFE"),
}
CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from pathlib import Path
from adapters.crypto.xml.strict_xml import load_schema
from gateway.runtime.errors import GatewayError
for path in sys.argv[1:]:
    try:
        load_schema(Path(path))
    except GatewayError as error:
        print(error.code)
"""


def of_type(name: str, *patterns: str, base: str = "xs:string") -> str:
    facets = "".join(f"<xs:pattern value={quoteattr(each)}/>\n" for each in patterns)
    return f'<xs:simpleType name="{name}">\n<xs:restriction base="{base}">{facets}</xs:restriction></xs:simpleType>'


def schema(file: Path, *parts: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    body = "\n".join(parts)
    file.write_text(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{body}</xs:schema>', encoding="utf-8")
    return file


def message(text: str, of: str = "") -> etree._Element:
    root = etree.Element("R")
    root.text = text
    if of:
        root.set("{http://www.w3.org/2001/XMLSchema-instance}type", of)
    return root


@pytest.mark.parametrize("pattern", WITHOUT_BOUND.values(), ids=WITHOUT_BOUND.keys())
def test_a_pattern_of_an_xsd_without_a_bound_is_refused(tmp_path: Path, pattern: str) -> None:
    file = schema(tmp_path / "messages.xsd", of_type("Other", "[0-9]+"), of_type("Ref", pattern))
    with pytest.raises(GatewayError) as refused:
        load_schema(file)
    assert (refused.value.code, refused.value.where) == ("courier.pattern", str(file))
    assert refused.value.detail.startswith(f"line 5, Ref: '{pattern[:60]}")
    assert len(refused.value.detail) < 250


def test_hostile_patterns_are_refused_in_bounded_time(tmp_path: Path) -> None:
    files = [schema(tmp_path / str(n) / "m.xsd", of_type("T", each)) for n, each in enumerate(WITHOUT_BOUND.values())]
    files.append(schema(tmp_path / "many" / "m.xsd", *(of_type(f"T{n}", "a?" * 90 + str(n)) for n in range(1_000))))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    command = [sys.executable, "-c", CHILD, *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before
    assert (done.returncode, done.stdout) == (0, "courier.pattern\n" * len(files)), done.stderr[-500:]


@pytest.mark.parametrize(("pattern", "fits"), ORDINARY.values(), ids=ORDINARY.keys())
def test_an_ordinary_pattern_is_judged(tmp_path: Path, pattern: str, fits: str) -> None:
    budget = Budget()
    cost_of(pattern, budget)
    assert budget.left > MAX_WORK * 98 // 100
    loaded = load_schema(schema(tmp_path / "m.xsd", of_type("T", pattern), '<xs:element name="R" type="T"/>'))
    conforms(loaded, message(fits))
    with pytest.raises(Rejection) as refused:
        conforms(loaded, message("\n"))
    assert refused.value.code == "verify.schema"


def test_the_patterns_of_all_shipped_and_sample_contracts_are_cheap() -> None:
    files = [*PROFILES.parent.rglob("*.xsd"), *(ROOT / "tests/contracts").rglob("*.xsd")]
    patterns = {
        pattern.get("value", "")
        for file in files
        for pattern in etree.parse(file).iter("{http://www.w3.org/2001/XMLSchema}pattern")
    }
    assert len(patterns) > 15
    budget = Budget()
    assert all(cost_of(each, budget).is_within(Cost(each=30)) for each in patterns)
    assert budget.left > MAX_WORK * 9 // 10


NAMES = {
    "a type": (of_type("T", r".*\S.*"), '<xs:element name="R" type="T"/>'),
    "a type of a type": (of_type("S", r".*\S.*"), of_type("T", base="S"), '<xs:element name="R" type="T"/>'),
    "members of a union": (
        of_type("S", r".*\S.*"),
        '<xs:simpleType name="T"><xs:union memberTypes="xs:int S"/></xs:simpleType><xs:element name="R" type="T"/>',
    ),
    "its own type": ('<xs:element name="R">' + of_type("", r".*\S.*").replace(' name=""', "") + "</xs:element>",),
    "the head that it stands for": (
        of_type("T", r".*\S.*"),
        '<xs:element name="Head" type="T"/><xs:element name="R" substitutionGroup="Head"/>',
    ),
    "content of a complex type": (
        of_type("S", r".*\S.*"),
        '<xs:complexType name="T"><xs:simpleContent><xs:extension base="S"/></xs:simpleContent></xs:complexType>'
        '<xs:element name="R" type="T"/>',
    ),
}


@pytest.mark.parametrize("parts", NAMES.values(), ids=NAMES.keys())
def test_a_text_is_refused_that_a_pattern_would_take_too_long_for(tmp_path: Path, parts: tuple[str, ...]) -> None:
    loaded = load_schema(schema(tmp_path / "m.xsd", *parts))
    conforms(loaded, message("x" * 1_000))
    with pytest.raises(Rejection) as refused:
        conforms(loaded, message("x" * 9_000_000))
    assert (refused.value.code, refused.value.where) == ("verify.too-complex", "R")


def test_a_text_whose_type_the_message_names_is_bounded(tmp_path: Path) -> None:
    loaded = load_schema(schema(tmp_path / "m.xsd", of_type("T", r".*\S.*"), '<xs:element name="R"/>'))
    conforms(loaded, message("x" * 9_000_000))
    with pytest.raises(Rejection) as refused:
        conforms(loaded, message("x" * 9_000_000, of="T"))
    assert refused.value.code == "verify.too-complex"


def test_the_texts_of_a_message_count_together(tmp_path: Path) -> None:
    rows = '<xs:element name="R"><xs:complexType><xs:sequence><xs:element ref="V" maxOccurs="unbounded"/></xs:sequence>'
    parts = of_type("T", r".*\S.*"), '<xs:element name="V" type="T"/>', f"{rows}</xs:complexType></xs:element>"
    loaded = load_schema(schema(tmp_path / "m.xsd", *parts))
    length = 1_000
    most = MAX_COST // cost_of(r".*\S.*", Budget()).of(length)
    root = etree.Element("R")
    for _ in range(most):
        etree.SubElement(root, "V").text = "x" * length
    conforms(loaded, root)
    etree.SubElement(root, "V").text = "x" * length
    with pytest.raises(Rejection) as refused:
        conforms(loaded, root)
    assert (refused.value.code, refused.value.where) == ("verify.too-complex", "V")


def test_an_attribute_is_bounded(tmp_path: Path) -> None:
    attribute = '<xs:element name="R"><xs:complexType><xs:attribute name="a" type="T"/></xs:complexType></xs:element>'
    loaded = load_schema(schema(tmp_path / "m.xsd", of_type("T", r".*\S.*"), attribute))
    with pytest.raises(Rejection) as refused:
        conforms(loaded, etree.Element("R", a="x" * 9_000_000))
    assert refused.value.code == "verify.too-complex"


def test_a_peculiarity_of_libxml2_is_counted(tmp_path: Path) -> None:
    # What it repeats in the first branch may follow the second one, too: so two loops share a text.
    loaded = load_schema(schema(tmp_path / "m.xsd", of_type("T", "(([ab])+|c+)"), '<xs:element name="R" type="T"/>'))
    conforms(loaded, message("cab"))
    assert cost_of("(([ab])+|.+)", Budget()).paired > 0
    assert cost_of("(.+|([ab])+)", Budget()).paired == 0
