"""Each new row is a sealed notice, admitted once, or refused with a reason.

May import: `runtime`, `notice`, `record`, `store`, `operations`, `mapping`.
"""
