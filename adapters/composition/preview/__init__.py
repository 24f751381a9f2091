"""Preview mappings on real rows: nothing is sealed, stored, written or sent."""
