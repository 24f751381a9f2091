"""A year at national scale, computed from unit costs that were measured in the same run."""
