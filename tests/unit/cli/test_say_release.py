"""What `ncsi publish` and `ncsi run` say of a release: no more than its pages do."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from ncsi.cli import say
from ncsi.report.release_spec import Release

RELEASE = Release("NCSI-2026-0", Path("releases/2026"), ("index.html",), pd.DataFrame(), synthetic=False)


@pytest.mark.parametrize(
    ("made", "said", "unsaid"),
    [
        ({}, "Frozen from now on", "every page says so"),
        ({"draft": True}, "A draft: every page says so.", "Frozen"),
        ({"embargoed": True}, "Under embargo: every page says so", "Frozen"),
        ({"draft": True, "embargoed": True}, "A draft: every page says so.", "Under embargo"),
        ({"lacking": 2}, "A draft: it lacks 2 approvals", "Frozen"),
    ],
)
def test_what_a_release_is_said_to_be(made, said, unsaid):
    (line,), facts = say.published(replace(RELEASE, **made))
    assert said in line
    assert unsaid not in line
    assert facts["embargoed"] is made.get("embargoed", False)
