"""What collecting does for every file and wave alike, done when this is imported: by the clean process that workers are
forked off, while the command that began it imports its own libraries.

What goes wrong here is left to the worker, which does it again where it can be told: that process would end of it, and
so would each that takes its place.
"""

from contextlib import suppress

with suppress(Exception):
    from ncsi.ingest import expect
    from ncsi.report import html, text
    from ncsi.stages.sector_inputs import code_sha256

    expect.make_ready()
    html.make_ready("validation.html.j2", "board.html.j2")
    text.phrases()
    code_sha256()
