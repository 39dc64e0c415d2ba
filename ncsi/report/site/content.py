"""What the site says: the latest wave first, every sector with its path over the waves, every release."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

from ncsi.report import text
from ncsi.report.site.shelf import Shelved, named
from ncsi.report.text import NONE, Pair, phrase

_WIDE, _HIGH = 96, 26


def site_content(shelved: list[Shelved]) -> dict[str, Any]:
    """Everything the page shows, as plain values and bilingual texts. `shelved` is not empty."""
    last = shelved[-1]
    manifest, synthetic = last.manifest, any(one.manifest["synthetic"] for one in shelved)
    return {
        "title": manifest["title"],
        "label": manifest["label"],
        "publisher": manifest["publisher"],
        "wave": last.wave,
        "date": manifest["release_date"],
        "release": manifest["release_id"],
        "synthetic": synthetic,
        "banner": phrase("synthetic") if synthetic else text.same(""),
        "mark": phrase("synthetic_short") if synthetic else text.same(""),
        "revisions": [],
        "embargo": phrase("embargo_all") if last.manifest["embargoed"] else text.same(""),
        "level": f"{100 * manifest['headline']['level']:g}",
        "value": text.number(_figure(last.nation, "index_0_100")),
        "interval": _interval(last.nation),
        "change": _change_line(last),
        "findings": _findings(last),
        "history": history(shelved),
        "all_groups": " ".join(phrase("site_all_groups").values()),
        "groups": [{"id": key, "name": named(row)} for key, row in sorted(_all_groups(shelved).items())],
        "waves": [{"id": one.wave, "name": one.manifest["label"]} for one in shelved],
        "previous": shelved[-2].wave if len(shelved) > 1 else last.wave,
        "rows": _rows(shelved),
        "releases": [_release(one) for one in reversed(shelved)],
        "data": _data(shelved),
    }


def history(shelved: list[Shelved]) -> list[dict[str, Any]]:
    """The national index over waves, for the trend."""
    return [
        {
            "wave": one.wave,
            "label_zh": one.manifest["label"]["zh"],
            "label_en": one.manifest["label"]["en"],
            **{key: _figure(one.nation, key) for key in ("index_0_100", "low", "high")},
        }
        for one in shelved
    ]


def _findings(last: Shelved) -> list[Pair]:
    """The latest wave in a few sentences, none saying more than its tables."""
    ranked = sorted(last.ranks.values(), key=lambda row: int(row["rank"]))
    names = {key: named(row) for key, row in last.codes.items()}
    count = {"sectors": last.nation["sectors"], "n": text.count(float(last.nation["n"]))}
    found = [phrase("site_find_size", **count)]
    if len(ranked) > 1:
        ends = [
            {
                "name": names[row["sector"]],
                "value": text.number(float(row["index_0_100"])),
                "ranks": _ranks(row)[1],
            }
            for row in (ranked[0], ranked[-1])
        ]
        found += [phrase("site_find_first", **ends[0]), phrase("site_find_last", **ends[1])]
    verdicts = [row["verdict"] for key, row in last.changes.items() if key != "nation"]
    compared = [one for one in verdicts if one != "trend_break"]
    if compared:
        up, down = compared.count("rose"), compared.count("fell")
        key = "find_movers" if up or down else "find_no_movers"
        found.append(phrase(key, up=up, down=down, total=len(compared)))
    return found


def _figure(row: dict[str, str], key: str) -> float:
    return float(row[key]) if row[key] else float("nan")


def _interval(row: dict[str, str]) -> str:
    return text.interval(_figure(row, "low"), _figure(row, "high"))


def _change_line(one: Shelved) -> dict[str, Any] | None:
    if one.change is None:
        return None
    verdict = one.change["verdict"]
    shown = "‖" if verdict == "trend_break" else text.signed(_figure(one.change, "change"))
    words = phrase(f"change_{verdict}", label=text.same(one.change["previous"]))
    return {"value": shown, "tone": _tone(verdict), "text": words}


def _tone(verdict: str) -> str:
    return {"rose": "up", "fell": "down"}.get(verdict, "")


def _all_groups(shelved: list[Shelved]) -> dict[str, dict[str, str]]:
    return {key: row for one in shelved for key, row in one.groups.items()}


def _rows(shelved: list[Shelved]) -> list[dict[str, Any]]:
    """One row a sector that any wave measured, those of the latest by rank first."""
    last, codes = shelved[-1], {key: row for one in shelved for key, row in one.codes.items()}
    groups = _all_groups(shelved)
    limits = [_figure(row, "index_0_100") for one in shelved for row in one.sectors.values()]
    order = {key: int(row["rank"]) for key, row in last.ranks.items()}
    return [
        _row(shelved, codes[key], named(groups[codes[key]["group"]]), (min(limits), max(limits)))
        for key in sorted(codes, key=lambda key: (order.get(key, 10_000), key))
    ]


def _row(
    shelved: list[Shelved], code: dict[str, str], group: Pair, limits: tuple[float, float]
) -> dict[str, Any]:
    key, last = code["sector"], shelved[-1]
    brands = [pair for one in shelved for pair in one.brands.get(key, [])]
    names = sorted({pair[language] for pair in brands for language in ("zh", "en")})
    now, before, rank = last.sectors.get(key), shelved[-2:][0].sectors.get(key), last.ranks.get(key)
    latest = next(one for one in reversed(shelved) if key in one.sectors)
    return {
        "id": key,
        "name": named(code),
        "group": group,
        "group_id": code["group"],
        "href": f"{latest.wave}/sectors/{key}.html",
        "brands": "\n".join(names),
        "value": text.number(_figure(now, "index_0_100")) if now else NONE,
        "interval": _interval(now) if now else "",
        "before": text.number(_figure(before, "index_0_100")) if before else NONE,
        "n": text.count(float(now["n"])) if now else NONE,
        "line": _line([one.sectors.get(key) for one in shelved], limits),
        "rank": rank["rank"] if rank else NONE,
        "rank_raw": int(rank["rank"]) if rank else 10_000,
        "rank_set": text.ranks(int(rank["rank_low"]), int(rank["rank_high"])) if rank else NONE,
    }


def _line(rows: list[dict[str, str] | None], limits: tuple[float, float]) -> dict[str, Any]:
    """The sector's index over the waves as points of a small chart, all sectors on one scale; gaps stay gaps."""
    low, high = limits
    step, scale = (_WIDE - 8) / max(1, len(rows) - 1), (_HIGH - 8) / ((high - low) or 1)
    points = [
        (round(4 + k * step, 1), round(_HIGH - 4 - scale * (_figure(row, "index_0_100") - low), 1))
        for k, row in enumerate(rows)
        if row is not None
    ]
    whole = len(points) == len(rows) > 1
    path = " ".join(f"{x},{y}" for x, y in points) if whole else ""
    return {"path": path, "points": points if not whole else points[-1:], "box": f"0 0 {_WIDE} {_HIGH}"}


def _release(one: Shelved) -> dict[str, Any]:
    manifest = one.manifest
    return {
        "wave": one.wave,
        "name": manifest["label"],
        "value": text.number(_figure(one.nation, "index_0_100")),
        "interval": _interval(one.nation),
        "change": _change_line(one),
        "sectors": one.nation["sectors"],
        "n": text.count(float(one.nation["n"])),
        "date": manifest["release_date"],
        "revised": manifest["revisions"][-1]["date"] if manifest["revisions"] else "",
        "id": manifest["release_id"],
        "synthetic": manifest["synthetic"],
    }


def _data(shelved: list[Shelved]) -> dict[str, Any]:
    """What the comparison of two waves is counted from, in the page."""
    level = shelved[-1].manifest["headline"]["level"]
    most = max(len(one.sectors) for one in shelved)
    normal = NormalDist()
    return {
        "reach": round(normal.inv_cdf(0.5 + level / 2), 6),
        "holm": [round(normal.inv_cdf(1 - (1 - level) / 2 / k), 6) for k in range(1, most + 1)],
        "waves": {one.wave: _wave_data(one) for one in shelved},
    }


def _wave_data(one: Shelved) -> dict[str, Any]:
    """Per sector: index, low, high, SE, instrument, n, rank, rank set; the changes that the release publishes."""
    published = {key: row for key, row in one.changes.items() if key != "nation"}
    previous = next((row["previous"] for row in published.values()), "")
    return {
        "sectors": {
            key: [
                *(_rounded(row, name) for name in ("index_0_100", "low", "high", "se")),
                one.instruments.get(key, ""), int(row["n"]), *_ranks(one.ranks.get(key)),
            ]
            for key, row in one.sectors.items()
        },
        "previous": previous,
        "changes": {
            key: [*(_rounded(row, name) for name in ("change", "low", "high")), row["verdict"]]
            for key, row in published.items()
        },
    }  # fmt: skip


def _rounded(row: dict[str, str], key: str) -> float | None:
    return round(float(row[key]), 8) if row[key] else None


def _ranks(row: dict[str, str] | None) -> list[Any]:
    return (
        [int(row["rank"]), text.ranks(int(row["rank_low"]), int(row["rank_high"]))] if row else [None, NONE]
    )
