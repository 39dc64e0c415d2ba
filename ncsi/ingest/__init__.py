"""Ingest: one export file in, accepted responses and reject rows out. Nothing here stores anything.

`read` makes text rows of a file, `dialects` says which column means what, `cells` to `respond` conform the
values, `privacy` replaces identities, `expect` lets Great Expectations judge, `sift` puts it together.
"""
