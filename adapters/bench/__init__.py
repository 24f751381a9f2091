"""Measure speed and memory. No product.

May import: `terminal`, `crypto`, `shipped`, `storage`, `verifier`, `archive`, `composition`, `cli`,
`sandbox`.
"""
