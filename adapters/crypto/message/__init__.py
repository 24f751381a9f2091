"""Signed messages in SOAP and JSON."""
