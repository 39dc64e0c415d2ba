"""Which column of an export means what: the platform's own conventions, then the researcher's map.

Each platform is a module that registers itself; only this package imports them.
"""

from ncsi.ingest.dialects import (  # noqa: F401
    forms,
    kobo,
    limesurvey,
    plain,
    qualtrics,
    spss,
    surveymonkey,
    tencent,
    wjx,
)
from ncsi.ingest.dialects.column_layout import Layout, layout_of
from ncsi.ingest.dialects.registry import DIALECTS, Export, recognised

__all__ = ["DIALECTS", "Export", "Layout", "layout_of", "recognised"]
