"""Transforms, all documented and listed in `catalogue.TRANSFORMS`; a change of behaviour needs a new name."""
