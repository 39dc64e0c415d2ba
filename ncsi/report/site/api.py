"""The read-only interface in JSON: releases, each wave's figures as published, series over the waves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ncsi.report.site.shelf import BrandFigures, Figures, Gone, Moved, Shelved
from ncsi.report.text import Pair

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
Document = dict[str, Any]


def documents(shelved: Sequence[Shelved], withdrawn: Sequence[Gone], site_url: str) -> dict[str, Document]:
    """By name of its file: `index.json`, `releases.json`, `series.json`, `<wave>.json` of each wave, earliest first,
    and `latest.json`, the last of these again."""
    waves = {f"{one.wave}.json": _wave(one, site_url) for one in shelved}
    last = shelved[-1]
    return {
        "index.json": _index(last, site_url),
        "releases.json": {
            "releases": [_release(one, site_url) for one in reversed(shelved)],
            "withdrawn": [
                {"wave": one.wave, "label": _both(one.label), "date": one.day, "why": _both(one.why)}
                for one in withdrawn
            ],
        },
        "series.json": _series(shelved),
        **waves,
        "latest.json": waves[f"{last.wave}.json"],
    }


def address(path: str, site_url: str) -> str:
    """Where a file of the site is: from its root, or absolute where the address of the site is known."""
    return f"{site_url.rstrip('/')}/{path}" if site_url else path


def _index(last: Shelved, site_url: str) -> Document:
    names = ("releases.json", "latest.json", "series.json", "{wave}.json", "{wave}.jsonstat.json")
    return {
        "api": "ncsi/v1",
        "title": _both(last.about.title),
        "publisher": _both(last.about.publisher),
        "license": LICENCE,
        "synthetic": last.about.synthetic,
        "latest": last.wave,
        "documents": [address(f"api/v1/{one}", site_url) for one in names],
        "feed": address("feed.xml", site_url),
        "download": address("latest/datapackage.json", site_url),
    }


def _release(one: Shelved, site_url: str) -> Document:
    about = one.about
    return {
        "wave": one.wave,
        "release_id": about.release_id,
        "title": _both(about.title),
        "label": _both(about.label),
        "publisher": _both(about.publisher),
        "release_date": about.release_date,
        "revised": about.revised or None,
        "synthetic": about.synthetic,
        "incomplete": _both(about.incomplete) if about.incomplete.zh else None,
        "level": about.level,
        "sectors": one.measured,
        "nation": {**_figures(one.nation), "change": _moved(one.change)},
        "links": {
            name: address(f"{one.wave}/{path}", site_url)
            for name, path in (
                ("page", "index.html"), ("data_package", "datapackage.json"), ("workbook", "data/release.xlsx"),
                ("pdf_zh", "national.zh.pdf"), ("pdf_en", "national.en.pdf"), ("manifest", "manifest.json"),
            )
        },
    }  # fmt: skip


def _wave(one: Shelved, site_url: str) -> Document:
    return {"release": _release(one, site_url), "sectors": [_sector(one, key) for key in one.sectors]}


def _sector(one: Shelved, key: str) -> Document:
    code, place = one.codes[key], one.ranks.get(key)
    rank = None if place is None else {"rank": place.rank, "low": place.rank_low, "high": place.rank_high}
    return {
        "sector": key,
        "name": _both(code.name),
        "group": {"id": code.group, "name": _both(one.groups[code.group].name)},
        **_figures(one.sectors[key]),
        "rank": rank,
        "change": _moved(one.changes.get(key)),
        "brands": [_brand(brand) for brand in one.brand_figures.get(key, ())],
    }


def _brand(one: BrandFigures) -> Document:
    """A brand with its status; what is not published is null."""
    return {"brand": one.brand, "name": _both(one.name), "status": one.status, **_figures(one.figures)}


def _series(shelved: Sequence[Shelved]) -> Document:
    """The nation and every sector over the waves, null where a wave has no figure of it."""
    sectors = {key: code.name for one in shelved for key, code in one.codes.items()}
    return {
        "waves": [{"wave": one.wave, "label": _both(one.about.label), "level": one.about.level} for one in shelved],
        "nation": [_figures(one.nation) for one in shelved],
        "sectors": [
            {
                "sector": key,
                "name": _both(name),
                "series": [_figures(one.sectors[key]) if key in one.sectors else None for one in shelved],
            }
            for key, name in sorted(sectors.items())
        ],
    }  # fmt: skip


def _figures(one: Figures) -> Document:
    return {
        "index_0_100": _number(one.index_0_100), "se": _number(one.se), "low": _number(one.low),
        "high": _number(one.high), "n": None if math.isnan(one.index_0_100) else one.n,
    }  # fmt: skip


def _moved(one: Moved | None) -> Document | None:
    if one is None:
        return None
    return {
        "previous": one.previous, "change": _number(one.change), "low": _number(one.low), "high": _number(one.high),
        "verdict": one.verdict,
    }  # fmt: skip


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _both(words: Pair) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
