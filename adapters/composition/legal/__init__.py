"""Legal effect for people: certificates of service."""
