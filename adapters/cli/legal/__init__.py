"""Rules, office calendar and deadlines."""
