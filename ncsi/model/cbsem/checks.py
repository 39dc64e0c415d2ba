"""What must hold before a covariance SEM is fitted, and what is said of a result that looks wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.cautions import Caution
from ncsi.model.cbsem.parameters import Layout
from ncsi.model.cbsem.semopy_start import Structure
from ncsi.model.moments.weighted import varies
from ncsi.model.pls.remarks import NEARLY_ONE
from ncsi.spec.instrument import Instrument

SINGULAR = 1e-9
"""Smallest eigenvalue of a correlation matrix, and of the scaled information, still taken as positive."""
LOOSE = 0.05
"""A parameter whose axis lies with this share or more in the directions that the data leave free is not identified."""
HUGE_SE = 1.0
"""A standard error above this in correlation metric says that the data hardly locate the parameter."""


def named(inst: Instrument, item: str) -> str:
    """`SAT1 (Satisfaction)`."""
    return f"{item} ({inst.construct_of(item).id})"


def check_moments(cov: Array, mean: Array | None, n: float, inst: Instrument) -> None:
    """Raise ModelError, naming item and construct, unless `cov` (and `mean`, where known) can carry the model."""
    items = inst.item_ids
    if cov.shape != (len(items), len(items)):
        raise ModelError(
            f"instrument {inst.id}: the covariance matrix is {cov.shape[0]} × {cov.shape[-1]}, the instrument "
            f"has {len(items)} items. Give one row and one column per item, in the instrument's order"
        )
    _check_items(cov, np.zeros(len(items)) if mean is None else mean, inst)
    if n <= len(items):
        raise ModelError(
            f"instrument {inst.id}: {n:g} respondents for {len(items)} items. "
            "A covariance SEM needs more respondents than items; pool brands or leave it out"
        )
    sd = np.sqrt(np.diag(cov))
    values, vectors = np.linalg.eigh(cov / np.outer(sd, sd))
    if values[0] < SINGULAR:
        involved = [items[k] for k in np.flatnonzero(np.abs(vectors[:, 0]) > 0.1)]
        raise ModelError(
            f"instrument {inst.id}: the items {', '.join(named(inst, item) for item in involved)} are linearly "
            "dependent. Drop one of them from the instrument"
        )


def _check_items(cov: Array, mean: Array, inst: Instrument) -> None:
    there = varies(np.diag(cov), np.diag(cov) + mean**2)
    for k, item in enumerate(inst.item_ids):
        if not np.isfinite(cov[k]).all():
            raise ModelError(
                f"item {named(inst, item)}: its moments are not finite. "
                "Check that the column holds numbers and has answers"
            )
        if not there[k]:
            raise ModelError(
                f"item {named(inst, item)}: every answer is the same, so it has no variance. "
                "Leave the item out of the instrument for this sector"
            )


def nearly_one(correlation: Array, inst: Instrument) -> str:
    """` QUA1 (Quality) and VAL1 (Value) correlate at .9998: …`, of the two items most alike; else empty."""
    off = np.abs(np.triu(correlation, 1))
    a, b = np.unravel_index(off.argmax(), off.shape)
    if off[a, b] < NEARLY_ONE:
        return ""
    first, second = (named(inst, inst.item_ids[k]) for k in (a, b))
    return f". {first} and {second} correlate at {correlation[a, b]:.4f}: drop one of them"


def check_freedom(layout: Layout, structure: Structure, inst: Instrument) -> None:
    """Raise ModelError when the model has more parameters than the items have variances and covariances."""
    moments = len(layout.items) * (len(layout.items) + 1) // 2
    if structure.n_parameters > moments:
        raise ModelError(
            f"instrument {inst.id}: the model has {structure.n_parameters} parameters, the items give only "
            f"{moments} variances and covariances. Add items or remove paths"
        )


def check_identified(layout: Layout, structure: Structure, information: Array, inst: Instrument) -> None:
    """Raise ModelError, naming the parameters that trade off freely, when the information is singular."""
    scale = np.sqrt(np.clip(np.diag(information), 1e-300, None))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    free = vectors[:, values < SINGULAR]
    if not free.size:
        return
    # Length of each parameter's axis within all free directions: no basis of them is better than another.
    loose = set(np.flatnonzero(np.hypot.reduce(free, axis=1) > LOOSE).tolist())
    rows = [
        row for row, (*_, parameter) in zip(layout.rows, structure.of_row, strict=True) if parameter in loose
    ]
    constructs = dict.fromkeys(_construct(inst, name) for row in rows for name in (row.lhs, row.rhs))
    raise ModelError(
        f"instrument {inst.id}: the model is not identified by these data around "
        f"{', '.join(constructs)} (parameters {'; '.join(f'{r.lhs} {r.op} {r.rhs}' for r in rows)}). "
        "A construct of two items needs a construct it is related to; give it more items or paths"
    )


def _construct(inst: Instrument, name: str) -> str:
    of = {one.id: construct.id for construct in inst.constructs for one in construct.components}
    return name if name in inst.construct_ids else of.get(name) or inst.construct_of(name).id


def cautions_of(inst: Instrument, estimates: pd.DataFrame, error: Array) -> tuple[Caution, ...]:
    """Heywood cases, paths beyond 1 in size, parameters the data hardly locate, formative blocks.

    `error` (rows,): standard error of each row's parameter in correlation metric, NaN where it is fixed.
    """
    found = [
        Caution("formative_as_reflective", (block.id,))
        for block in inst.constructs
        if block.mode == "B" and len(block.items) > 1
    ]
    for row, se in zip(estimates.to_dict("records"), error, strict=True):
        about = (row["lhs"], row["op"], row["rhs"])
        if row["op"] == "~~" and row["lhs"] == row["rhs"] and row["estimate"] < 0:
            found.append(Caution("negative_variance", about, row["estimate"]))
        elif row["op"] in ("~", "=~") and np.isnan(row["std"]):
            found.append(Caution("no_standardised_value", about))
        elif row["op"] in ("~", "=~") and abs(row["std"]) > 1:
            found.append(Caution("beyond_one", about, row["std"]))
        elif row["op"] == "~" and np.isfinite(se) and se > HUGE_SE:
            found.append(Caution("not_located", about, float(se)))
    return tuple(found)
