"""Rows that are pushed by SOAP, in signed messages: spyne behind the strict endpoint."""
