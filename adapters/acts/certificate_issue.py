"""The act of issuing a certificate of service: its reason is the purpose, and the record comes before the paper."""

from __future__ import annotations

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.composition.installation import Installation
from adapters.composition.legal.service_certificates import certify
from adapters.settings.values import Section
from gateway.operations.operator_action import OperatorAction


class Certified(Section):
    """Notice that a certificate is issued of."""

    reference: str = Field(min_length=1, max_length=100)


def issue(installation: Installation, act: OperatorAction, asked: Certified) -> Facts:
    """Issue a certificate; ``certificate`` is the id of its record."""
    return {"reference": asked.reference, "certificate": certify(installation, asked.reference, act)}
