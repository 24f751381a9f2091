"""Readers of files and requests raise typed refusals only, whatever comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.municipal.file_lines import Item, item_of
from adapters.municipal.files import csv_list, xml_list
from adapters.municipal.files.reading import items_of
from adapters.municipal.rest.messages import problem, read_push
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import defect
from tests.integration.municipal.dropped_cases import csv_of, zip_of
from tests.integration.municipal.test_dropped_files import bundle, row, xml_of, xml_row

FUZZ = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
CSV = csv_of([row("1"), row("2")])
XML = xml_of(xml_row("1", "<m:Content>JVBERg==</m:Content>"), xml_row("2", "<m:File>a.pdf</m:File>"))
ZIP = zip_of(bundle("1", "2"))
JSON = (
    b'{"rows": [{"key": "1", "version": 1, "fields": {"subject": "x", "revision": 1}, "documents": {"a": "JVBERg=="}}]}'
)


@st.composite
def spoilt(draw: st.DrawFn, good: bytes) -> bytes:
    """Good octets of which some are others, are missing or come twice."""
    octets = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(octets) - 1)))
        length = draw(st.integers(0, 12))
        put = draw(
            st.binary(max_size=8) | st.sampled_from([b'"', b",", b"\x00", b"\r", b"<", b"&#0;", b"\xff", b"{", b"]"])
        )
        octets[start : start + length] = put
    return bytes(octets)


def judged(read: Callable[[], Iterable[Item]], area: str) -> None:
    """Assert that rows and their errors can be shown, or that all is refused by a code of this area."""
    try:
        items = list(read())
    except GatewayError as error:
        code, items = error.code, []
    else:
        code = area
    assert code.startswith(area)
    for item in items:
        assert (item.row is None) != (item.error is None)
        if item.row is not None:
            assert defect(item.row) in (None, "push.key", "push.version", "push.field")
            assert item.row.digest
        if item.error is not None:
            assert problem(item.error)["reason"]


@FUZZ
@given(spoilt(CSV) | st.binary(max_size=200), st.booleans())
@example(b"notice_id,change_no,document_name\n\xef\xbb\xbf,1,\n", True)
def test_a_csv_list(octets: bytes, zipped: bool) -> None:
    judged(lambda: map(item_of, csv_list.lines_of(octets, zipped=zipped)), "file.")


@FUZZ
@given(spoilt(XML) | st.binary(max_size=200))
def test_an_xml_list(octets: bytes) -> None:
    judged(lambda: map(item_of, xml_list.lines_of(octets)), "file.xml")


@FUZZ
@given(octets=spoilt(ZIP))
def test_a_zip(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(octets)
    judged(lambda: items_of(path), "file.")


ODD = ["list.csv", "1.pdf", "../1.pdf", "C:\\x", "a/b", ".", "x.xml", "CON", "\u202efdp.exe"]
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


@FUZZ
@given(
    names=st.lists(NAMES | st.sampled_from(ODD), min_size=1, max_size=5, unique=True), content=st.binary(max_size=60)
)
def test_a_zip_of_any_names(tmp_path: Path, names: list[str], content: bytes) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(zip_of({name: CSV if name.endswith("csv") else content for name in names}))
    judged(lambda: items_of(path), "file.")


@FUZZ
@given(spoilt(JSON) | st.binary(max_size=100))
def test_a_rest_request(octets: bytes) -> None:
    judged(lambda: map(item_of, read_push(octets)), "push.request")


def test_the_good_ones_are_taken(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(ZIP)
    read = (csv_list.lines_of(CSV, zipped=False), xml_list.lines_of(XML), read_push(JSON))
    assert [len(lines) for lines in read] == [2, 2, 1]
    assert [item.error for item in items_of(tmp_path / "bundle.zip")] == [None, None]
