"""Measure speed and memory. No product.

May import: `console`, `crypto`, `shipped`, `storage`, `judiciary`, `verifier`, `archive`, `composition`, `cli`,
`sandbox`.
"""
