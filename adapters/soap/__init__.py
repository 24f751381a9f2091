"""Serve SOAP: strict checks first, spyne behind them.

May import: `crypto`, `http`.
"""
