"""The row in the case database shows the notice's present status.

May import: `runtime`, `notice`, `record`, `store`, `operations`, `mapping`.
"""
