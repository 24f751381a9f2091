"""Transforms, all documented and listed in `transform_catalogue.TRANSFORMS`; a change of behaviour needs a new name."""
