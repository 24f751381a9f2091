"""Measure speed and memory. No product.

May import: `terminal`, `crypto`, `schedule`, `shipped`, `storage`, `verifier`, `archive`, `composition`, `cli`,
`sandbox`.
"""
