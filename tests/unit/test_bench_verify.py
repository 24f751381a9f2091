"""The benchmark compares judges: each believes the messages that are measured, and none believes a changed one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import xmlsec
from zeep.exceptions import SignatureVerificationFailed

from adapters.bench.verify_message import Bench, bench, measure
from gateway.trust.trust_policy import Rejection


@pytest.fixture(scope="module")
def ready() -> Iterator[Bench]:
    with bench() as made:
        yield made


def refusal(name: str) -> type[Exception]:
    if name == "signxml":
        return pytest.importorskip("signxml").exceptions.InvalidSignature
    return {
        "ours": Rejection,
        "ours, with revocation": Rejection,
        "bare xmlsec": xmlsec.Error,
        "zeep": SignatureVerificationFailed,
    }[name]


@pytest.mark.parametrize("name", ["ours", "ours, with revocation", "bare xmlsec", "zeep", "signxml"])
def test_each_judge_judges(ready: Bench, name: str) -> None:
    expected, judge = refusal(name), ready.judges[name]
    assert judge is not None
    for octets in ready.messages.values():
        judge(octets)
        changed = octets.replace(b"EB-0<", b"EB-1<", 1)
        assert changed != octets
        with pytest.raises(expected):
            judge(changed)


def test_what_is_not_installed_has_no_figure(ready: Bench) -> None:
    figures = measure({"ours": ready.judges["ours"], "absent": None}, ready.messages["an inquiry"], rounds=1)
    assert figures["absent"] is None
    assert figures["ours"]
