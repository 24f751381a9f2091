"""Everything that is held about one person is gathered for that person, and nothing of another one.

`recipient_parts` and `account_parts` yield the files of an export one by one; who calls them packs the files, and has
the export recorded (`export_record`) before anything leaves.

May import: `runtime`, `notice`, `people`, `record`, `store`, `operations`, `evidence`, `overview`.
"""
