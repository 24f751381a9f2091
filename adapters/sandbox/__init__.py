"""The sandbox judiciary: a program of its own that stands in for the judiciary's notice service, honestly."""
