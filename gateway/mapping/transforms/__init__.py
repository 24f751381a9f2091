"""The documented list of transforms. `catalogue.TRANSFORMS` has them all; a change of what one does is a new name."""
