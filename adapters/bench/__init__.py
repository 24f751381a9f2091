"""Measure speed and memory. No product.

May import: `console`, `crypto`, `shipped`, `storage`, `verifier`, `archive`, `composition`, `cli`,
`sandbox`.
"""
