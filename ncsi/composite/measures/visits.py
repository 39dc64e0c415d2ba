"""Experience surveys (体验式调查): mystery visits, their stores and the chain. The unit is the store, not the item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from ncsi.composite.agreement import percent_agreement, weighted_kappa
from ncsi.composite.measures.counts import wilson
from ncsi.errors import CompositeError

Answer = Literal["Y", "N", "NA"]
ANSWERS: tuple[Answer, ...] = ("Y", "N", "NA")
MOST_NA = 0.30
"""Share of items not applicable above which a visit does not count."""
FEWEST = 5
"""Stores below which there is no interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Visits scored 0-100: store, visit, num, den, score, na_share, critical, valid, one row each, sorted."""

    frame: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain over its stores. `score` mean of store scores with its t interval; `ratio` of all items with a
    linearised error that takes stores as clusters; NaN ends below five stores."""

    stores: int
    visits: int
    invalid: int
    score: float
    se: float
    low: float
    high: float
    ratio: float
    ratio_se: float


def scored(items: pd.DataFrame, cap: float | None = None, most_na: float = MOST_NA) -> Visits:
    """Score visits from one row an item: store, visit, item, weight, answer (Y, N, NA), optionally critical.

    Visit = 100 Σw·1(Y) / Σw·1(not NA). A visit with more than `most_na` of its items NA is invalid; one that fails a
    critical item scores at most `cap`, where that is given. Raises CompositeError naming store, visit and item for an
    unknown answer, a weight that is not positive, or an item answered twice.
    """
    _require_answers(items)
    yes, asked = (items["answer"] == "Y"), (items["answer"] != "NA")
    failed = (items["answer"] == "N") & items.get("critical", pd.Series(False, items.index)).astype(bool)
    work = items[["store", "visit"]].assign(
        num=items["weight"].where(yes, 0.0), den=items["weight"].where(asked, 0.0), na=~asked, critical=failed
    )
    found = work.groupby(["store", "visit"], sort=True).agg(
        num=("num", "sum"), den=("den", "sum"), na_share=("na", "mean"), critical=("critical", "any")
    )
    found = found.reset_index()
    score = 100 * found["num"] / found["den"].where(found["den"] > 0)
    if cap is not None:
        score = score.where(~found["critical"], score.clip(upper=cap))
    valid = (found["na_share"] <= most_na) & (found["den"] > 0)
    return Visits(found.assign(score=score, valid=valid))


def _require_answers(items: pd.DataFrame) -> None:
    wrong = items[~items["answer"].isin(ANSWERS)]
    if len(wrong):
        one = wrong.iloc[0]
        raise CompositeError(
            _where(one), "is answered neither Y, N nor NA", "Code the answers as Y, N and NA"
        )
    weight = items["weight"].to_numpy(dtype=float)
    if not (np.isfinite(weight) & (weight > 0)).all():
        one = items[~(np.isfinite(weight) & (weight > 0))].iloc[0]
        raise CompositeError(
            _where(one), f"has the weight {one['weight']}", "Give each item a weight above 0"
        )
    twice = items[items.duplicated(["store", "visit", "item"])]
    if len(twice):
        raise CompositeError(
            _where(twice.iloc[0]), "is answered twice", "Keep one answer of each item and visit"
        )


def _where(one: pd.Series) -> str:
    return f"store {one['store']}, visit {one['visit']}, item {one['item']}"


def chain(visits: Visits, level: float = 0.95) -> Chain:
    """The chain over its stores: mean of store means, SE = sd/√S with t on S - 1; never from items.

    The ratio of all items has e_s = num_s - R·den_s and SE = √(S/(S - 1) Σe_s²)/Σden. Raises CompositeError without a
    valid visit.
    """
    valid = visits.frame[visits.frame["valid"]]
    if valid.empty:
        raise CompositeError(
            "visits", "none is valid", "Repeat the visits with too many items not applicable"
        )
    stores = valid.groupby("store", sort=True).agg(
        score=("score", "mean"), num=("num", "sum"), den=("den", "sum")
    )
    count = len(stores)
    mean, ratio = float(stores["score"].mean()), float(stores["num"].sum() / stores["den"].sum())
    se = ratio_se = reach = float("nan")
    if count >= FEWEST:
        se = float(stores["score"].std(ddof=1) / np.sqrt(count))
        off = stores["num"] - ratio * stores["den"]
        ratio_se = float(np.sqrt(count / (count - 1) * (off**2).sum()) / stores["den"].sum())
        reach = float(stdtrit(count - 1, 0.5 + level / 2)) * se
    invalid = int((~visits.frame["valid"]).sum())
    return Chain(
        count, len(valid), invalid, mean, se, mean - reach, mean + reach, 100 * ratio, 100 * ratio_se
    )


@dataclass(frozen=True, slots=True)
class ItemRate:
    """A pass rate 0-1 with Wilson's interval, on the effective number of visits `n_eff`."""

    item: str
    asked: int
    passed: int
    n_eff: float
    rate: float
    low: float
    high: float


def item_rates(items: pd.DataFrame, level: float = 0.95, rho: float = 0.0) -> tuple[ItemRate, ...]:
    """Pass rate of each item over visits where it applied, in the order of the items.

    `rho`: how alike visits of one store are; n_eff = n/(1 + (m̄ - 1)ρ) with m̄ visits a store. Wilson (1927).
    """
    found = []
    for name, own in items[items["answer"] != "NA"].groupby("item", sort=True):
        asked, passed = len(own), int((own["answer"] == "Y").sum())
        visits = asked / own["store"].nunique()
        n_eff = asked / (1 + max(0.0, visits - 1) * rho)
        low, high = wilson(passed / asked, n_eff, level)
        found.append(ItemRate(str(name), asked, passed, n_eff, passed / asked, low, high))
    return tuple(found)


def likeness(items: pd.DataFrame) -> float:
    """How alike visits of one store are: ρ of the answers, 0-1, pooled over items (one-way analysis of variance).

    ρ = (MS_b - MS_w)/(MS_b + (m_0 - 1)MS_w) from the sums of squares of all items about the means of their stores and
    of their `chain`, where there is that column. NaN where no store was visited twice. Donner (1986).
    """
    asked = items[items["answer"] != "NA"]
    groups = [one for one in ("chain",) if one in asked] + ["item"]
    work = asked.assign(y=(asked["answer"] == "Y").astype(float))
    stores = work.groupby([*groups, "store"])["y"].agg(["size", "mean", "sum"]).reset_index()
    whole = stores.groupby(groups).agg(n=("size", "sum"), total=("sum", "sum"), k=("size", "size"))
    stores = stores.join(whole, on=groups)
    n, k, total = float(len(work)), float(len(stores)), float(len(whole))
    if n == k or k == total:
        return float("nan")
    between = float((stores["size"] * (stores["mean"] - stores["total"] / stores["n"]) ** 2).sum()) / (
        k - total
    )
    own = float((stores["sum"] * (1 - stores["mean"])).sum()) / (n - k)
    per = (n - float((stores["size"] ** 2 / stores["n"]).sum())) / (k - total)
    most = between + (per - 1) * own
    return float(np.clip((between - own) / most, 0, 1)) if most > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Shoppers:
    """Whether it matters who goes. `stores_twice` of `stores` were visited by two shoppers or more; over the `pairs` of
    answers of the first two to one item: share of equal ones 0-100 and Cohen's κ, NaN without a pair; `apart`: mean
    difference of their visit scores, in points."""

    shoppers: int
    stores: int
    stores_twice: int
    pairs: int
    agreement: float
    kappa: float
    apart: float


def shopper_effect(items: pd.DataFrame, visits: Visits) -> Shoppers:
    """From answers with a column `shopper`, and their scored visits; visits that do not count are left out.

    Two shoppers of a store are taken by name, each with the first visit; items that either finds not applicable are
    no pair.
    """
    counted = visits.frame.loc[visits.frame["valid"], ["store", "visit", "score"]]
    of = items[["store", "visit", "shopper"]].drop_duplicates().merge(counted, on=["store", "visit"])
    first = of.sort_values(["store", "shopper", "visit"]).drop_duplicates(["store", "shopper"])
    two = first[first.groupby("store")["shopper"].transform("size") > 1].groupby("store").head(2)
    two = two.assign(turn=two.groupby("store").cumcount())
    answers = items.merge(two[["store", "visit", "turn"]], on=["store", "visit"])
    wide = answers[answers["answer"] != "NA"].pivot(index=["store", "item"], columns="turn", values="answer")
    pairs = (wide.dropna() == "Y").astype(float) if len(wide) else pd.DataFrame({0: [], 1: []})
    scores = two.pivot(index="store", columns="turn", values="score")
    apart = float((scores[0] - scores[1]).abs().mean()) if len(scores) else float("nan")
    kappa = agreement = float("nan")
    if len(pairs):
        told = pairs[0].to_numpy(), pairs[1].to_numpy()
        kappa, agreement = weighted_kappa(*told, "unweighted"), percent_agreement(*told)
    return Shoppers(
        int(of["shopper"].nunique()),
        int(counted["store"].nunique()),
        len(scores),
        len(pairs),
        agreement,
        kappa,
        apart,
    )
