"""From file to validated responses: `python tests/benchmarks/bench_ingest.py [ROWS [RUNS]]` (200,000 × 40, 3 runs).

Each run has a process of its own, so that its peak memory is its own; medians of the runs are told. Great Expectations'
share is what `judge` took; its import (once a process) is not counted. Seconds are of processor time, and carry over to
other machines less than their ratio to a bare parse of the same bytes. `--rows N …` ingests Parquet files of so many
rows and tells how time and memory grow; `--parts N` ingests N csv parts of 200,000 rows of one sector, in turn.
"""

from __future__ import annotations

import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from ncsi.ingest.conform import judged_rows
from ncsi.spec import Instrument

ITEMS, EXTRA = 30, 4
LIMITS_S = {"utf-8.csv": 3.0, "gb18030.csv": 4.0, "data.sav": 6.0, "data.xlsx": 20.0, "data.parquet": 3.0}
MEMORY_MB = 700


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
    _write_sav(frame, folder / "data.sav")
    with pd.ExcelWriter(folder / "data.xlsx", engine="xlsxwriter") as writer:
        frame.to_excel(writer, index=False)


def _write_sav(frame: pd.DataFrame, path: Path) -> None:
    """Items as numbers with 98 and 99 declared missing, as SPSS holds them; the rest as text."""
    items = [f"Q{k}" for k in range(ITEMS)]
    numbers = frame[items].apply(pd.to_numeric)
    ranges = {item: [98.0, 99.0] for item in items}
    pyreadstat.write_sav(frame.assign(**numbers), str(path), missing_ranges=ranges)


def ingest_parts(count: int, rows: int = 200_000) -> None:
    """Print seconds of every part, and the peak memory, of one process that ingests them all."""
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan
    from ncsi.stages.collect import SourceFile, collect_file

    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_workspace(root)
        plan = load_plan(open_workspace(root), "2026")
        used = plan.workspace.column_map("bench")
        first = export(rows).to_csv(index=False).encode()
        begin, spent = time.process_time(), []
        for part in range(count):
            path = root / f"part{part}.csv"
            path.write_bytes(first.replace(b"\n0138", b"\n%04d" % part))
            before = time.process_time()
            outcome = collect_file(plan, SourceFile(path, used, "only"))
            spent.append(time.process_time() - before)
            print(
                f"part {part}: {outcome.rows_accepted:,} accepted, {spent[-1]:.2f} s, peak {_peak():.0f} MB",
                flush=True,
            )
            path.unlink()
        print(
            f"{count * rows:,} rows in {sum(spent):.0f} s of {time.process_time() - begin:.0f} s, peak {_peak():.0f} MB"
        )


def write_workspace(root: Path) -> None:
    """One sector, ten brands."""

    def both(text: str) -> dict[str, str]:
        return {"zh": text, "en": text}

    brands = [{"id": f"b{k}", "label": both(f"b{k}")} for k in range(10)]
    wave = {
        "spec": "ncsi/wave/1", "id": "2026", "label": both("w"), "title": both("t"), "publisher": both("p"),
        "field": {"start": "2026-03-01", "end": "2026-03-31"}, "release_date": "2026-05-15",
        "sectors": [{"id": "only", "brands": brands}],
        "background": {"region": {"label": both("r"), "values": [
            {"id": one, "label": both(one)} for one in ("华北", "华东", "西部")
        ]}},
        "sources": [{"files": "*.csv", "sector": "only", "map": "bench"}],
    }  # fmt: skip
    share = {"value": 1.0, "source": "bench", "year": 2026}
    sector = {"id": "only", "label": both("only"), "group": "g", "instrument": "bench", "share": share}
    groups = [{"id": "g", "label": both("g")}]
    for name, content in {
        "ncsi.yaml": {"spec": "ncsi/workspace/1"},
        "waves/2026.yaml": wave,
        "sectors.yaml": {"spec": "ncsi/sectors/1", "version": "1", "groups": groups, "sectors": [sector]},
        "instruments/bench.yaml": instrument().model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "maps/bench.yaml": {"spec": "ncsi/map/1", "id": "bench", "ignore": ["*"]},
    }.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    key = root / ".ncsi-key"
    key.write_text("k" * 32, encoding="ascii")
    key.chmod(0o600)


def measure(path: Path) -> dict[str, float]:
    """Seconds in all, in Great Expectations, and peak memory in MB, of one file."""
    from ncsi.ingest.conform import Scope, conform
    from ncsi.ingest.conform.suites import suite_of
    from ncsi.ingest.dialects import layout_of, recognised
    from ncsi.ingest.expect import judge
    from ncsi.ingest.read import read_file
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
        begin = time.process_time()
        try:
            return judge(*args)  # type: ignore[arg-type]
        finally:
            spent.append(time.process_time() - begin)

    judged_rows.judge = timed  # type: ignore[assignment]
    begin = _spent()
    table = read_file(path)
    read = _spent() - begin
    used = ColumnMap(spec="ncsi/map/1", id="bench", ignore=("*",))
    scope = Scope("2026", {"s": one}, {"s": tuple(f"b{k}" for k in range(10))}, "s")
    found = conform(table, layout_of(recognised(table), [one], used), scope, b"k" * 32)
    store = Store.open(path.parent / f"warehouse-{path.stem}", create=True)
    card = SourceCard("2026", table.sha256, table.name, table.format, table.encoding, "plain", None, table.size,
                      table.rows)  # fmt: skip
    parts = [Partition(sector, one.id, one.version, "f" * 64, rows) for sector, rows in found.rows.items()]
    store.add_source(card, parts, found.rejects)
    total = _spent() - begin
    return {
        "total_s": total,
        "read_s": read,
        "gx_s": sum(spent),
        "peak_mb": _peak(),
        "rejects": len(found.rejects),
    }


def _spent() -> float:
    """Processor time of this process and of those that have read for it, in seconds."""
    own, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime


def _peak() -> float:
    """Peak memory of this process in MB; getrusage would count its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def bare(path: Path) -> float:
    """Seconds that a parser alone takes for the same bytes; 0 where there is none to compare."""
    import pyarrow.csv
    import pyarrow.parquet

    begin = time.process_time()
    if path.suffix == ".parquet":
        pyarrow.parquet.read_table(path, use_threads=False)
    elif path.name == "utf-8.csv":
        pyarrow.csv.read_csv(path, read_options=pyarrow.csv.ReadOptions(use_threads=False))
    else:
        return 0.0
    return time.process_time() - begin


def measured(path: Path, runs: int) -> dict[str, float]:
    """Medians over processes; the largest peak."""
    command = [sys.executable, __file__, "--one", str(path)]
    found = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(runs)
    ]
    medians = {name: statistics.median(one[name] for one in found) for name in found[0]}
    return medians | {"peak_mb": max(one["peak_mb"] for one in found)}


def main(rows: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(export(rows), folder)
        print(f"{rows:,} rows × {6 + ITEMS + EXTRA} columns, median of {runs}")
        for file, limit in LIMITS_S.items():
            found, alone = measured(folder / file, runs), bare(folder / file)
            times = f"; {found['total_s'] / alone:.1f} times a bare parse" if alone else ""
            print(
                f"{file:14} {found['total_s']:6.2f} s (limit {limit:g}; reading {found['read_s']:.2f}, "
                f"Great Expectations {found['gx_s']:.2f}{times}), "
                f"peak {found['peak_mb']:.0f} MB (limit {MEMORY_MB}), {found['rejects']:.0f} rejects"
            )


def grow(sizes: list[int]) -> None:
    """Parquet of several sizes: seconds, peak memory, and by what power of the rows time grows."""
    found = []
    for rows in sizes:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "data.parquet"
            export(rows).to_parquet(path, index=False)
            one = measured(path, 1)
        found.append((rows, one["total_s"], one["peak_mb"]))
        print(f"{rows:>12,} rows {one['total_s']:7.2f} s, peak {one['peak_mb']:5.0f} MB", flush=True)
    for (few, quick, small), (many, slow, large) in pairwise(found):
        power, a_row = math.log(slow / quick) / math.log(many / few), (large - small) / (many - few) * 1000
        print(f"{few:,} to {many:,}: exponent {power:.2f}, {a_row:.2f} KB a row")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    elif sys.argv[1:2] == ["--parts"]:
        ingest_parts(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--rows"]:
        grow([int(one) for one in sys.argv[2:]])
    else:
        asked = [int(one) for one in sys.argv[1:]]
        main(*asked, *(200_000, 3)[len(asked) :])
