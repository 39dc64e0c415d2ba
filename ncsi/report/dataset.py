"""schema.org description of a release's data, for search engines of data."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

_FORMS = (
    ("datapackage.json", "application/json"),
    ("data/release.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("data/out_index_by_sector.csv", "text/csv"),
    ("data/out_index_by_sector.parquet", "application/vnd.apache.parquet"),
)


def dataset(content: dict[str, Any]) -> Markup:
    """JSON-LD of schema.org/Dataset, safe inside a script element."""
    up = "../" if "sector" in content else ""
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{content['title']['en']}, {content['label']['en']}",
        "alternateName": f"{content['title']['zh']} {content['label']['zh']}",
        "description": f"{content['title']['en']}, {content['label']['en']}: indices with confidence intervals, "
        f"ranks and changes. {content['banner']['en']}".strip(),
        "identifier": content["release"],
        "version": content["release"],
        "datePublished": content["date"],
        "inLanguage": ["zh-CN", "en"],
        **({"dateModified": content["revisions"][-1]["date"]} if content["revisions"] else {}),
        **({"temporalCoverage": content["field"]} if "field" in content else {}),
        "variableMeasured": ["satisfaction index 0-100", "confidence interval", "rank interval", "change"],
        "isAccessibleForFree": True,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "publisher": {"@type": "Organization", "name": content["publisher"]["en"]},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": form, "contentUrl": up + path}
            for path, form in _FORMS
        ],
    }
    dumped = json.dumps(described, ensure_ascii=False)
    return Markup(dumped.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704 - escaped above
