"""Construct what speaks with the judiciary: profiles bound to an installation, couriers, judges, the sealer."""
