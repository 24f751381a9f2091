"""Each notice is accepted, rejected, deferred or in doubt; doubt is settled by inquiry.

May import: `runtime`, `notice`, `record`, `store`, `judiciary`, `operations`, `quarantine`.
"""
