"""Of each arrival a person is told once more outside of ثنا, without content; a doubled message is worse than none.

May import: `runtime`, `notice`, `record`, `store`.
"""
