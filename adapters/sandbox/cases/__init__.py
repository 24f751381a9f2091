"""The sample: a municipal case database full of people who do not exist."""

from adapters.sandbox.cases.generator import generate

__all__ = ["generate"]
