"""From file to validated responses: `python tests/benchmarks/bench_ingest.py [ROWS]` (default 200,000 × 40).

Each format runs in a process of its own, so that its peak memory is its own. Great Expectations' share is
what `judge` took; its import (once a process) is not counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from ncsi.ingest import groups
from ncsi.spec import Instrument

ITEMS, EXTRA = 30, 4
LIMITS_S = {"utf-8.csv": 6.0, "gb18030.csv": 7.0, "data.xlsx": 20.0, "data.parquet": 6.0}


def instrument() -> Instrument:
    def both(text: str) -> dict[str, str]:
        return {"zh": text, "en": text}

    def construct(name: str, numbers: range) -> dict[str, object]:
        items = [{"id": f"Q{k}", "label": both(f"Q{k}"), "question": both(f"Q{k}")} for k in numbers]
        return {"id": name, "label": both(name), "items": items}

    half = ITEMS // 2
    return Instrument.model_validate(
        {
            "spec": "ncsi/instrument/1", "id": "bench", "version": "1.0.0", "label": both("bench"),
            "respondent": both("anyone"), "modelled_on": "nothing",
            "missing": {"dont_know": ["98"], "refused": ["99"]},
            "constructs": [construct("Quality", range(half)), construct("Satisfaction", range(half, ITEMS))],
            "paths": [{"from": "Quality", "to": "Satisfaction"}],
        }
    )  # fmt: skip


def export(rows: int) -> pd.DataFrame:
    """30 items with 98, 99 and blanks, respondent, brand, region, weight, times, 4 columns of free text."""
    rng = np.random.default_rng(1)
    codes = np.array([*map(str, range(1, 11)), "98", "99", ""])
    frame = pd.DataFrame({"respondent": [f"0138{k:09d}" for k in range(rows)]})
    frame["brand"] = rng.choice([f"b{k}" for k in range(10)], rows)
    frame["region"] = rng.choice(["华北", "华东", "西部"], rows)
    frame["weight"] = rng.uniform(0.5, 2, rows).round(4).astype(str)
    seconds = rng.integers(0, 30 * 86400, rows)
    frame["submitted_at"] = (pd.Timestamp("2026-03-01") + pd.to_timedelta(seconds, unit="s")).astype(str)
    frame["duration_s"] = rng.integers(60, 900, rows).astype(str)
    for k in range(ITEMS):
        frame[f"Q{k}"] = rng.choice(codes, rows, p=[0.09] * 10 + [0.03, 0.03, 0.04])
    for k in range(EXTRA):
        frame[f"text{k}"] = rng.choice(['很好,"不错"㐀', "一般", "𠮷祥", "", "服务态度好"], rows)
    frame.loc[rows // 2, "Q3"] = "11"
    return frame


def write(frame: pd.DataFrame, folder: Path) -> None:
    frame.to_csv(folder / "utf-8.csv", index=False)
    frame.to_csv(folder / "gb18030.csv", index=False, encoding="gb18030")
    frame.to_parquet(folder / "data.parquet", index=False)
    with pd.ExcelWriter(folder / "data.xlsx", engine="xlsxwriter") as writer:
        frame.to_excel(writer, index=False)


def measure(path: Path) -> dict[str, float]:
    """Seconds in all, in Great Expectations, and peak memory in MB, of one file."""
    from ncsi.ingest.dialects import layout_of, recognised
    from ncsi.ingest.expect import judge
    from ncsi.ingest.read import read_file
    from ncsi.ingest.respond import Scope
    from ncsi.ingest.sift import sift
    from ncsi.ingest.suites import suite_of
    from ncsi.spec import ColumnMap
    from ncsi.store import Partition, SourceCard, Store

    one = instrument()
    judge(
        pd.DataFrame({"sector": ["s"], "brand": ["b"], "respondent": ["r"], "weight_base": [1.0]}
                     | {item: ["8"] for item in one.item_ids}),
        suite_of(one),
    )  # fmt: skip
    spent = []

    def timed(*args: object) -> object:
        begin = time.perf_counter()
        try:
            return judge(*args)  # type: ignore[arg-type]
        finally:
            spent.append(time.perf_counter() - begin)

    groups.judge = timed  # type: ignore[assignment]
    begin = time.perf_counter()
    table = read_file(path)
    read = time.perf_counter() - begin
    used = ColumnMap(spec="ncsi/map/1", id="bench", ignore=("*",))
    scope = Scope("2026", {"s": one}, {"s": tuple(f"b{k}" for k in range(10))}, "s")
    found = sift(table, layout_of(recognised(table), [one], used), scope, b"k" * 32)
    store = Store.open(path.parent / f"warehouse-{path.stem}", create=True)
    card = SourceCard("2026", table.sha256, table.name, table.format, table.encoding, "plain", None, table.size,
                      table.rows)  # fmt: skip
    parts = [
        Partition(sector, one.id, one.version, "f" * 64, rows) for sector, rows in found.accepted.items()
    ]
    store.add_source(card, parts, found.rejects)
    total = time.perf_counter() - begin
    status = Path("/proc/self/status").read_text(encoding="ascii")  # getrusage would count the parent's peak
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    return {
        "total_s": total,
        "read_s": read,
        "gx_s": sum(spent),
        "peak_mb": peak,
        "rejects": len(found.rejects),
    }


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(export(rows), folder)
        print(f"{rows:,} rows × {6 + ITEMS + EXTRA} columns")
        for file, limit in LIMITS_S.items():
            command = [sys.executable, __file__, "--one", str(folder / file)]
            said = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(said.stdout)
            print(
                f"{file:14} {found['total_s']:6.2f} s (limit {limit:g}; reading {found['read_s']:.2f}, "
                f"Great Expectations {found['gx_s']:.2f}), peak {found['peak_mb']:.0f} MB, "
                f"{found['rejects']:.0f} rejects"
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
