"""All platforms, in the order in which they are tried: the surest marks first, a plain table last.

Made from real exports where one could be had (问卷星, Qualtrics, LimeSurvey, SPSS), else from their documentation.
"""

from __future__ import annotations

from ncsi.ingest.dialects import kobo, limesurvey, qualtrics, spss, surveymonkey, tencent, wjx
from ncsi.ingest.dialects.export import Export, Platform
from ncsi.ingest.dialects.names import Column
from ncsi.ingest.read import TextTable


def _plain(table: TextTable) -> Export:
    return Export("plain", table, tuple(Column(name, name) for name in table.columns))


PLATFORMS = (
    *wjx.PLATFORMS,
    qualtrics.PLATFORM,
    surveymonkey.PLATFORM,
    tencent.PLATFORM,
    limesurvey.PLATFORM,
    kobo.PLATFORM,
    spss.PLATFORM,
    Platform("plain", lambda _: True, _plain),
)
