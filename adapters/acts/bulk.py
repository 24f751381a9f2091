"""Acts on bulk acts: their begin and their stop. The console makes their lists, and the service does them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.settings.values import Section
from gateway.operations import bulk_control
from gateway.operations.operator_action import OperatorAction
from gateway.store.bulk_act import BulkAct

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


class Bulk(Section):
    """Bulk act, by its id."""

    id: Annotated[str, Field(max_length=100)]


def begin(installation: Installation, act: OperatorAction, asked: Bulk) -> Facts:
    """Begin a draft of the acting person."""
    return _facts(installation, bulk_control.begin(installation.store(), asked.id, act, _origin(installation)))


def stop(installation: Installation, act: OperatorAction, asked: Bulk) -> Facts:
    """Stop a bulk act: the rest is not done."""
    return _facts(installation, bulk_control.stop(installation.store(), asked.id, act, _origin(installation)))


def _origin(installation: Installation) -> str:
    return installation.settings.gateway.name


def _facts(installation: Installation, bulk: BulkAct) -> Facts:
    tally = installation.store().bulk_acts.tally(bulk.id)
    return {"id": bulk.id, "of": bulk.total, "done": tally.done, "failed": tally.failed, "left": tally.left}
