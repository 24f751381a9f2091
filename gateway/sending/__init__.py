"""Each notice is accepted, rejected, deferred, pending or in doubt; inquiry settles doubt.

May import: `runtime`, `notice`, `record`, `store`, `judiciary`, `operations`, `quarantine`.
"""
