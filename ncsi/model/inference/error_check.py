"""Standard errors of replicates held against those of the infinitesimal jackknife (docs/method.md §7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.pls.labels import effect_pairs
from ncsi.model.pls.positions import layout_of, path_ends
from ncsi.model.resampling.infinitesimal import infinitesimal_jackknife
from ncsi.model.resampling.replicates import Bootstrap, index_by_rows

FAR = 0.10
"""Share by which two standard errors must differ to be told."""
NOISE = 4.0
"""And so many times what chance makes of the replicates' own."""
ESTIMATED = ("estimate", "se", "low", "high", "df")
"""Columns of a frame of errors that are not of its key."""
NONE = 1e-9
"""A standard error below it is of a quantity that cannot vary: the loading of a single item."""


@dataclass(frozen=True, slots=True)
class ErrorCheck:
    """`errors`: quantity (path, total_effect, weight, loading, index, index_by), `first` and `second` (from, to;
    construct, item; construct; by-group, construct), `se` of the replicates, `se_jackknife`, `apart` (se_jackknife
    over se, less 1), `noise` (how far chance alone sets an se of so many replicates apart, relative, one standard
    deviation), `differs`. Quantities that cannot vary are left out, and those of which one of the two is not known."""

    errors: pd.DataFrame

    @property
    def differing(self) -> pd.DataFrame:
        """Rows that differ, the farthest apart first."""
        rows = self.errors[self.errors["differs"]]
        return rows.iloc[np.argsort(-rows["apart"].abs().to_numpy(), kind="stable")].reset_index(drop=True)

    def __str__(self) -> str:
        far = self.differing
        if far.empty:
            return f"{len(self.errors)} standard errors agree with those of the infinitesimal jackknife"
        worst = far.iloc[0]
        about = " ".join(one for one in (worst["quantity"], worst["first"], worst["second"]) if one)
        return (
            f"{len(far)} of {len(self.errors)} standard errors are over {FAR:.0%} off those of the infinitesimal "
            f"jackknife, most that of {about}: {worst['se']:.4g} against {worst['se_jackknife']:.4g}"
        )


def check_errors(boot: Bootstrap) -> ErrorCheck:
    """Every standard error of paths, effects, weights, loadings and indices, held against what respondents add.

    They differ where they are more than 10 % apart and more than four times what the replicates' number explains:
    the sampling error of a standard deviation of R draws, √((κ − 1)/(4R)) of it, κ the kurtosis of the draws. Few
    respondents, or a quantity that does not follow them smoothly, set the two apart: bootstrap errors then stand, and
    are unsure. Raises ModelError for given replicate weights, whose calibration the jackknife does not know, and
    NotConverged as `infinitesimal_jackknife`.
    """
    if boot.seed is None:
        raise ModelError(
            "errors of given replicate weights hold their calibration, which the infinitesimal jackknife does not "
            "know. Check those of a bootstrap."
        )
    found, draws = infinitesimal_jackknife(boot.fit, boot.level, spreads=boot.spreads), _draws(boot)
    parts = []
    for quantity, name in QUANTITIES.items():
        theirs, ours = getattr(found, name), getattr(boot, name)
        own = {
            "se": ours["se"].to_numpy(dtype=float),
            "se_jackknife": theirs["se"].to_numpy(dtype=float),
            "noise": _noise(draws[name]),
        }
        parts.append(keyed(quantity, theirs).assign(**own))
    errors = pd.concat([one for one in parts if len(one)], ignore_index=True)
    known = np.isfinite(errors[["se", "se_jackknife", "noise"]].to_numpy()).all(axis=1)
    errors = errors[known & (errors["se"] > NONE)].reset_index(drop=True)
    apart = errors["se_jackknife"] / errors["se"] - 1
    errors.insert(5, "apart", apart)
    return ErrorCheck(errors.assign(differs=(apart.abs() > FAR) & (apart.abs() > NOISE * errors["noise"])))


def keyed(quantity: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a frame of errors by `quantity`, `first` and `second`, whatever their own keys are called."""
    keys = [one for one in frame.columns if one not in ESTIMATED]
    first, second = (frame[one].astype(str).to_numpy() for one in (keys[0], keys[-1]))
    return pd.DataFrame(
        {"quantity": quantity, "first": first, "second": second if len(keys) > 1 else ""},
        index=range(len(frame)),
    )


QUANTITIES = {
    "path": "paths", "total_effect": "total_effects", "weight": "weights", "loading": "loadings",
    "index": "index", "index_by": "index_by",
}  # fmt: skip
"""Words of `ErrorCheck.errors`, and the frame of each."""


def _draws(boot: Bootstrap) -> dict[str, Array]:
    """Replicates (rows, R) by frame."""
    inst, d = boot.fit.instrument, boot.draws
    pairs = np.array(effect_pairs(layout_of(inst))).T
    return {
        "paths": d.paths[path_ends(inst)],
        "total_effects": d.effects[*pairs],
        "weights": d.weights,
        "loadings": d.loadings,
        "index": d.index,
        "index_by": index_by_rows(d, len(boot.index_by)),
    }


def _noise(draws: Array) -> Array:
    """Relative standard error (rows,) of the standard deviation of draws (rows, R)."""
    centred = draws - draws.mean(axis=1, keepdims=True)
    square = (centred**2).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        kurtosis = (centred**4).mean(axis=1) / square**2
    return np.asarray(np.sqrt(np.maximum(kurtosis - 1, 0.0) / (4 * draws.shape[1])))
