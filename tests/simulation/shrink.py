"""Shrinking: the smallest plan that still breaks the same invariant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from .plan import Plan

Breaks = Callable[[Plan], bool]
"""Tells if a plan breaks the invariant that is looked for."""


def shrunk(plan: Plan, breaks: Breaks, most_runs: int = 150) -> Plan:
    """Return a plan with the fewest faults, notices and gateways that ``most_runs`` runs find."""
    left = most_runs
    went_on = True
    while went_on:
        went_on = False
        for smaller in _smaller(plan):
            if not left:
                return plan
            left -= 1
            if breaks(smaller):
                plan, went_on = smaller, True
                break
    return plan


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Yield plans with less in them, the much smaller ones first."""
    for faults in _parts(plan.faults):
        yield replace(plan, faults=faults)
    for notices in _parts(plan.notices):
        yield replace(plan, notices=notices)
    if plan.gateways > 1 and all(fault.gateway < plan.gateways - 1 for fault in plan.faults):
        less = plan.gateways - 1
        yield replace(
            plan,
            gateways=less,
            drifts=(*plan.drifts[:less], plan.drifts[-1]),
            offsets=(*plan.offsets[:less], plan.offsets[-1]),
        )
    if plan.tickets:
        yield replace(plan, tickets=False)
    if plan.polls:
        yield replace(plan, polls=False)


def _parts(whole: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield ``whole`` without a half, a quarter, … and at last without each single one."""
    size = (len(whole) + 1) // 2
    while size:
        for start in range(0, len(whole), size):
            yield (*whole[:start], *whole[start + size :])
        size //= 2
