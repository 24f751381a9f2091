"""The acts of issuing certificates: the reason is the purpose, and the record comes before the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.composition.legal.outage_certificates import certify_outages
from adapters.composition.legal.service_certificates import certify
from adapters.settings.values import Section
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


class Certified(Section):
    """Notice that a certificate is issued of."""

    reference: str = Field(min_length=1, max_length=100)


def issue(installation: Installation, act: OperatorAction, asked: Certified) -> Facts:
    """Issue a certificate; ``certificate`` is the id of its record."""
    return {"reference": asked.reference, "certificate": certify(installation, asked.reference, act)}


class CertifiedOutages(Section):
    """Time that a certificate of outages is about, as times in UTC."""

    begin: str = Field(min_length=1, max_length=40)
    end: str = Field(min_length=1, max_length=40)


def issue_outages(installation: Installation, act: OperatorAction, asked: CertifiedOutages) -> Facts:
    """Issue a certificate of outages; ``certificate`` is the id of its record."""
    try:
        begin, end = parse_timestamp(asked.begin), parse_timestamp(asked.end)
    except ValueError as error:
        raise GatewayError("outages.range", detail=f"{asked.begin} … {asked.end}") from error
    return {"certificate": certify_outages(installation, begin, end, act)}
