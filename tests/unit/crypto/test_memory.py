"""A machine that is short of memory says so. It is no verdict: the same octets are good when there is memory again."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, canonical, parse
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]
MIB = 1024 * 1024
DOCUMENT = b"<a xmlns='urn:a'><b>" + b"x" * 3 * MIB + b"</b>" + b"<c/>" * 50_000 + b"</a>"


def outcomes(work: Callable[[], object]) -> set[str]:
    """Everything that comes of ``work`` when a process may have nothing, a little, and enough more than it has."""
    import resource

    found = set()
    for extra in range(0, 32 * MIB, MIB // 2):
        gc.collect()
        has = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (has + extra, resource.RLIM_INFINITY))
        try:
            work()
            outcome = "good"
        except GatewayError as error:
            outcome = error.code
        except MemoryError:
            outcome = "MemoryError"
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        found.add(outcome)
    return found


def short_of_memory() -> None:
    """In a process of its own: what it may have is less than other tests need."""
    root = parse(DOCUMENT, MESSAGE_LIMITS)
    found = [outcomes(lambda: canonical(root)), outcomes(lambda: parse(DOCUMENT, MESSAGE_LIMITS))]
    print(json.dumps([sorted(each) for each in found]))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on a process's memory")
def test_a_good_document_is_never_refused_for_want_of_memory() -> None:
    command = "from tests.unit.crypto.test_memory import short_of_memory; short_of_memory()"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    for found in json.loads(done.stdout):
        assert {"good", "setup.memory"} <= set(found) <= {"good", "setup.memory", "MemoryError"}


URIS = st.text("aZ1:/#?%+-.[]@~é", min_size=1, max_size=12) | st.from_regex(
    r"[a-z]{1,4}:[a-z0-9:/#?.@+~-]{0,8}", fullmatch=True
)


@given(uri=URIS, prefix=st.sampled_from(["", ":p"]))
def test_whatever_is_parsed_has_a_canonical_form(uri: str, prefix: str) -> None:
    """So a failure to make it is none of the document."""
    name = prefix.removeprefix(":") + ":b" if prefix else "b"
    with suppress(Rejection):
        assert canonical(parse(f'<a xmlns{prefix}="{uri}"><{name}/></a>'.encode(), MESSAGE_LIMITS))


@pytest.mark.parametrize("uri", ["q", "./q", "//host/q", "#q", "?q", "1:q"])
def test_a_relative_namespace_is_refused_wherever_it_is_declared(uri: str) -> None:
    for octets in (f'<a xmlns:q="{uri}"/>', f'<a xmlns="{uri}"/>', f'<a><b xmlns:q="{uri}"/></a>'):
        with pytest.raises(Rejection, match=re.escape("verify.malformed")):
            parse(octets.encode(), MESSAGE_LIMITS)
