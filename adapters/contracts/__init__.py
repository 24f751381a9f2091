"""Read published contracts (XSD, WSDL, JSON Schema, OpenAPI) for mappings.

May import: `crypto`.
"""
