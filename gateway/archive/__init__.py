"""Each record stands in a signed, time-stamped segment that others have witnessed.

May import: `runtime`, `merkle`, `record`, `store`, `evidence`.
"""
