"""GSCA against cSEM 0.6.1, which takes composites without loadings (docs/method.md §43)."""

from __future__ import annotations

from ncsi.model import gsca


def test_weights_paths_and_r2(case, close):
    expected = case.expected("schemes")["GSCA"]
    found = gsca(case.fit, loadings=False)
    weights = {
        c: dict(zip(part["item"], part["weight_std"], strict=True))
        for c, part in found.weights.groupby("construct")
    }
    close("weights", weights, expected["weights"], 1e-5)
    names = found.paths["from"] + " -> " + found.paths["to"]
    close("paths", dict(zip(names, found.paths["estimate"], strict=True)), expected["paths"], 1e-5)
    close("r2", found.r2.set_index("construct")["r2"], expected["r2"], 1e-5)
