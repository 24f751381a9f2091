"""The verbs `legal`."""
