"""The task that does bulk acts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from adapters.schedule.task import Task
from gateway.operations.bulk_pass import BulkPolicy, do_bulk_acts

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def bulk_acts_task(installation: Installation) -> Task:
    """Return the task. As single acts, it goes on while a person has stopped everything else."""
    settings = installation.settings
    policy = BulkPolicy(origin=settings.gateway.name, settle_after=settings.judiciary.settle_seconds)
    run = partial(do_bulk_acts, installation.store(), installation.clock, policy)
    return Task(kind="acts", run=run, though_stopped=True)
