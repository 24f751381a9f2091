"""One approved version of each mapping and profile, of the rules and of the calendar is in force.

May import: `runtime`, `notice`, `legal`, `record`, `store`, `operations`, `mapping`.
"""
