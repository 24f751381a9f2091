"""Each genuine receipt moves its notice once; every other one is kept and changes nothing.

May import: `runtime`, `notice`, `record`, `store`, `trust`, `judiciary`, `operations`, `evidence`, `quarantine`,
`sending`.
"""
