"""Sums over sets of rows by the cells that the sets cut: those of each set alone, whatever the families."""

from __future__ import annotations

import numpy as np
import pytest

from ncsi.model.resampling import row_cells
from ncsi.model.resampling.row_cells import RowCells, families

N = 90
RNG = np.random.default_rng(3)
COLUMNS = RNG.normal(size=(N, 3))
W = RNG.poisson(1.0, (4, N)) * RNG.uniform(0.5, 2.0, N)
REGION, AGE = RNG.integers(0, 3, N), RNG.integers(0, 4, N)
PARTS = [np.flatnonzero(code == k) for code, many in ((REGION, 3), (AGE, 4)) for k in range(many)]
OVERLAPPING = [np.sort(RNG.choice(N, 30, replace=False)) for _ in range(3)]
RUNS = [slice(10, 40), slice(40, 70)]


@pytest.mark.parametrize(
    "sets", [PARTS, OVERLAPPING, RUNS, [slice(None)], [*RUNS, *PARTS], [PARTS[0][:0], RUNS[0]]]
)
@pytest.mark.parametrize("smallest", [1, 16, 1000])
def test_sums_are_those_of_each_set_alone(monkeypatch, sets, smallest):
    monkeypatch.setattr(row_cells, "SMALLEST", smallest)
    found = families(sets, N)
    assert sorted(k for family in found for k in family) == list(range(len(sets)))
    for family in found:
        cells = RowCells.of(N, [sets[k] for k in family])
        sums = cells.under(W, cells.ready(COLUMNS))
        for k, own in zip(family, sums, strict=True):
            expected = COLUMNS[sets[k]].T @ W[:, sets[k]].T
            np.testing.assert_allclose(own, expected, rtol=1e-12, atol=1e-12)


def test_dimensions_are_summed_by_their_cells_and_runs_are_not_copied():
    both = RowCells.of(N, PARTS)
    assert len(both.cells) == len(set(zip(REGION, AGE, strict=True)))
    assert RowCells.of(N, RUNS).rows == slice(10, 70)


def test_sets_that_cut_too_many_cells_are_of_several_families(monkeypatch):
    monkeypatch.setattr(row_cells, "SMALLEST", N // 6)
    assert families(PARTS, N) == [[0, 1, 2, 3], [4, 5, 6]]  # three regions by two ages, then four ages
    monkeypatch.setattr(row_cells, "SMALLEST", N)
    assert families(PARTS, N) == [[k] for k in range(7)]
