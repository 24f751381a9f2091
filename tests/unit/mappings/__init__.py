"""The mapping engine."""
