"""The examples of the reference page are what the transforms do, and the page is made from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.cli.versions.mapping_reference import page
from gateway.mapping.model.values import fits
from gateway.mapping.transforms.transform import Example, Transform
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.notice.fields import InvalidField
from gateway.runtime.errors import CATALOGUE

ROOT = Path(__file__).parents[3]
EXAMPLES = [
    pytest.param(transform, example, id=f"{transform.name}-{number}")
    for transform in TRANSFORMS.values()
    for number, example in enumerate(transform.examples)
]


@pytest.mark.parametrize(("transform", "example"), EXAMPLES)
def test_an_example_is_what_the_transform_does(transform: Transform, example: Example) -> None:
    usual = {parameter.name: parameter.default for parameter in transform.parameters}
    made = transform.make(**usual | dict(example.parameters))
    if example.refused is None:
        result = made.apply(example.given)
        assert result == example.made
        assert result is None or fits(result, transform.gives)
        return
    assert not example.refused or example.refused in CATALOGUE
    with pytest.raises(InvalidField) as refusal:
        made.apply(example.given)
    assert refusal.value.code == example.refused


def test_every_transform_has_an_example_and_a_sentence() -> None:
    assert all(transform.examples and transform.says.endswith((".", "…")) for transform in TRANSFORMS.values())


def test_the_reference_page_is_made_from_the_code() -> None:
    assert (ROOT / "docs/reference/mapping-reference.md").read_text(encoding="utf-8") == page(), "run: make docs"
