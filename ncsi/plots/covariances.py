"""A covariance SEM: its paths with standardised estimates, and what it leaves unexplained."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.model import CbsemFit
from ncsi.model.cbsem import CbsemResiduals, residuals
from ncsi.model.inference.changes import holm
from ncsi.numerals import number
from ncsi.plots import words
from ncsi.plots.paths import Drawn, diagram
from ncsi.plots.residuals import EDGES, heat_map
from ncsi.spec import Instrument, Language

Shown = Literal["correlation", "z"]
Z_EDGES = (1.96, 3.29)
"""|z| beyond which a residual is told from 0 at 5 % and at .1 %."""
LEVEL = 0.05


def covariance_diagram(
    of: CbsemFit, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw standardised paths with their errors, R² in the boxes; dashed what is not significant at 5 % after Holm over
    the paths. Covariances of constructs are not drawn, which the note says. Raises InputError without an instrument."""
    inst = _require(instrument)
    found = of.estimates
    paths = found[found["op"] == "~"]
    solid = holm(paths["p"]) < LEVEL
    columns = (paths[one] for one in ("rhs", "lhs", "std", "std_se"))
    arrows = tuple(
        (source, target, float(std), (number(std, 2), f"({number(se, 2)})"), bool(firm))
        for source, target, std, se, firm in zip(*columns, solid, strict=True)
    )
    own = found[(found["op"] == "~~") & (found["lhs"] == found["rhs"])].set_index("lhs")["std"]
    below = {one: [f"R² {number(1 - own[one], 2)}"] for one in paths["lhs"].unique()}
    ids = set(inst.construct_ids)
    joint = found[(found["op"] == "~~") & (found["lhs"] != found["rhs"]) & found["lhs"].isin(ids)]
    told = [words.PATHS_ERRORS, words.PATHS_HOLM, words.PATHS_R2, *([words.NOT_DRAWN] if len(joint) else [])]
    return diagram(Drawn(inst, arrows, below, tuple(told)), ax, lang, dark, title)


def covariance_residuals(
    of: CbsemFit | CbsemResiduals, instrument: Instrument | None = None, show: Shown = "correlation",
    ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw observed less implied of every two items, as correlations or (`show="z"`) over their standard errors; blue:
    the items go together more than the model says, red: less. Raises InputError without an instrument, and for another
    `show`."""
    inst = _require(instrument)
    if show not in get_args(Shown):
        raise InputError("ncsi.plot: residuals", f"there are no residuals '{show}'",
                         f"Show {' or '.join(get_args(Shown))}")  # fmt: skip
    found = residuals(of, inst) if isinstance(of, CbsemFit) else of
    values = (found.correlation if show == "correlation" else found.z).to_numpy()
    pairs = np.tril(np.ones(values.shape, dtype=bool), -1)
    head, edges = (words.RESIDUALS, EDGES) if show == "correlation" else (words.RESIDUALS_Z, Z_EDGES)
    srmr = words.RESIDUALS_SRMR.text(lang).format(srmr=number(found.srmr, 3))
    return heat_map(inst, values, pairs, edges, (head, srmr), ax, lang, dark, title)


def _require(instrument: Instrument | None) -> Instrument:
    if instrument is None:
        raise InputError("ncsi.plot", "a covariance model does not tell its constructs", "Give instrument=")
    return instrument
