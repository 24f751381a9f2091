"""Rules, office calendar, deadlines and certificates of service."""
