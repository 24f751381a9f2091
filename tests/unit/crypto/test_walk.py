"""The one pass over a tree refuses what the plain one refuses, for the same reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.xml.strict_xml import Limits, _walk
from gateway.trust.trust_policy import Rejection

from .plain_walk import plain_walk

pytestmark = pytest.mark.long

SMALL = Limits(
    max_bytes=10**6,
    max_nodes=9,
    max_depth=4,
    max_attributes=3,
    max_attributes_total=10**6,
    max_namespaces=2,
    max_namespaces_total=5,
    max_namespace_length=12,
)
NAMES = ["a", "b", "Id", "ID", "id", "iD", "idd", "p:Id", "q:id", "p:x"]
values = st.sampled_from(["1", "2", "3", "x" * 256, "x" * 257])
uris = st.sampled_from(["urn:p", "urn:q", "urn:r", "relative", "urn:" + "x" * 8, "urn:" + "x" * 9, "//host"])
starts = st.builds(
    lambda attributes, declared: "".join(
        [
            *(f' {name}="{value}"' for name, value in attributes.items()),
            *(f' xmlns:{p}="{u}"' for p, u in declared.items()),
        ]
    ),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=2) | st.dictionaries(st.sampled_from(NAMES), values),
    st.dictionaries(st.sampled_from("stuv"), uris, max_size=1) | st.dictionaries(st.sampled_from("stuv"), uris),
)
trees = st.recursive(
    st.builds("<e{}/>".format, starts) | st.sampled_from(["text", "text", "<!-- -->", "<?p?>"]),
    lambda inner: st.builds(
        lambda start, within: f"<e{start}>{''.join(within)}</e>", starts, st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)


def refusal(walk: Callable[[etree._Element, Limits], None], octets: str) -> tuple[str, str, str] | None:
    try:
        walk(etree.fromstring(octets), SMALL)
    except Rejection as found:
        return found.code, found.where, found.detail
    return None


@settings(deadline=None, database=None, max_examples=500)
@given(inner=trees, around=st.sampled_from(["{}"] * 9 + ["<!-- -->{}", "{}<?p?>"]))
def test_the_same_trees_are_refused_for_the_same_reason(inner: str, around: str) -> None:
    octets = around.format(f'<root xmlns:p="urn:p" xmlns:q="urn:q">{inner}</root>')
    try:
        etree.fromstring(octets)
    except etree.XMLSyntaxError:
        return  # an attribute twice, by two prefixes
    assert refusal(_walk, octets) == refusal(plain_walk, octets)
