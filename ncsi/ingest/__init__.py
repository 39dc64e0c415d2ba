"""Ingest: one export file in, accepted responses and reject rows out. Nothing here stores anything.

`read` makes text rows of a file, `dialects` says which column means what, `conform` casts and judges the values,
`privacy` replaces identities, `expect` lets Great Expectations judge; `proposed_map` proposes a column map, and
`whole_wave` looks at a wave as a whole.
"""
