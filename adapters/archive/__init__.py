"""Write the archive's segments, and read records that left the database.

May import: `verifier`.
"""
