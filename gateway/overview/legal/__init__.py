"""Rules, calendar and deadlines in words."""
