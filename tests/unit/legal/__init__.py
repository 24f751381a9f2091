"""Rules of service, office calendar, and last days."""
