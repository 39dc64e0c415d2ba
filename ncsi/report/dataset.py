"""schema.org description of a release's data, for search engines of data."""

from __future__ import annotations

import json

from markupsafe import Markup

from ncsi.report.pages import Page

_FORMS = (
    ("datapackage.json", "application/json"),
    ("data/release.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("data/out_index_by_sector.csv", "text/csv"),
    ("data/out_index_by_sector.parquet", "application/vnd.apache.parquet"),
)


def dataset(page: Page) -> Markup:
    """JSON-LD of schema.org/Dataset, safe inside a script element."""
    called = f"{page.title.en}, {page.label.en}"
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": called,
        "alternateName": f"{page.title.zh} {page.label.zh}",
        "description": f"{called}: indices with confidence intervals, ranks and changes. {page.banner.en}".strip(),
        "identifier": page.release,
        "version": page.release,
        "datePublished": page.date,
        "inLanguage": ["zh-CN", "en"],
        **({"dateModified": page.revisions[-1].date} if page.revisions else {}),
        **({"temporalCoverage": page.field} if page.field else {}),
        "variableMeasured": ["satisfaction index 0-100", "confidence interval", "rank interval", "change"],
        "isAccessibleForFree": True,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "publisher": {"@type": "Organization", "name": page.publisher.en},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": form, "contentUrl": page.up + path}
            for path, form in _FORMS
        ],
    }
    return inside_script(json.dumps(described, ensure_ascii=False))


def inside_script(dumped: str) -> Markup:
    """JSON that no text in it can end the script element of."""
    return Markup(dumped.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704 - escaped here
