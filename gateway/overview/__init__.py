"""People read the same words about everything, on every screen, in Persian and English.

Its values say where things stand, who must act and what happens next. They name the need of a next step; a screen adds
its verb or its link. Nothing here reads a configuration or changes anything.

May import: `runtime`, `notice`, `legal`, `people`, `record`, `store`, `trust`, `judiciary`, `operations`, `evidence`,
`mapping`, `quarantine`, `archive`, `sending`, `versions`, `audit`, `reconciliation`.
"""
