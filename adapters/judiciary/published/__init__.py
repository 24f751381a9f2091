"""The contracts that we publish, eblagh-1 and eblagh-rest-1: their names, codes and receipts."""
