"""Mediation: effects along single chains of paths, and what share of an effect is carried by others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.inference.joint_tests import Tests, tests
from ncsi.model.pls.labels import effect_pairs
from ncsi.model.pls.positions import Layout, layout_of, position_of
from ncsi.model.resampling.draws import Draws, Pick
from ncsi.model.resampling.replicates import Bootstrap

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

ARROW = " -> "
MOST_CHAINS = 1000
"""More chains than this are listed for no reader; the wanted ones are named instead."""

Chain = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mediation:
    """Effects over mediators, from the replicates of a `Bootstrap`, at its `level`.

    `chains` (chain "A -> B -> C", from, to, estimate, se, low, high, df, p, p_joint, vaf, kind): the product of the
    paths along each chain. p_joint keeps the chance of any false finding among the chains of one `to` (max-|t|,
    step-down). vaf: the chain's part in the total effect, missing where the pair's is or where it runs against it.
    `effects` (from, to, direct, direct_low, direct_high, indirect, indirect_low, indirect_high, total, total_low,
    total_high, vaf, kind): every pair that a chain joins, all chains together. `vaf`: indirect over total, the variance
    accounted for; missing unless direct and indirect have one sign and the total's interval excludes 0.
    `kind` (Zhao, Lynch & Chen 2010): complementary, competitive, indirect_only, direct_only, no_effect, by whether the
    intervals of the indirect and of the direct effect exclude 0; direct_not_modelled where the model has no direct path
    and so says nothing of one.
    """

    chains: pd.DataFrame
    effects: pd.DataFrame
    level: float


def mediation(boot: Bootstrap, chains: Sequence[str] | None = None) -> Mediation:
    """Every chain of two or more paths, or the `chains` named ("Image -> Quality -> Value").

    Nothing is re-estimated: the replicates hold the paths. Raises ModelError for a chain that is not of the model, a
    model without any, and for more than 1000 that are not named.
    """
    layout, ids = layout_of(boot.fit.instrument), boot.fit.instrument.construct_ids
    wanted = (
        _all_chains(layout, ids)
        if chains is None
        else [_named(one, layout, boot.fit.instrument) for one in chains]
    )
    paths = np.zeros((layout.K, layout.K))
    for row in boot.fit.paths.itertuples(index=False):
        paths[ids.index(row[0]), ids.index(row[1])] = row[2]
    effects = _effects(boot, layout, paths)
    return Mediation(_chain_frame(boot, wanted, paths, effects), effects, boot.level)


def chains_of(layout: Layout) -> Iterator[Chain]:
    """Chains of two or more paths as positions, by their first construct, depth first."""

    def onward(chain: Chain) -> Iterator[Chain]:
        for j in range(layout.K):
            if chain[-1] in layout.causes[j]:
                longer = (*chain, j)
                if len(longer) > 2:
                    yield longer
                yield from onward(longer)

    for start in range(layout.K):
        yield from onward((start,))


def mediated_pairs(layout: Layout) -> list[tuple[int, int]]:
    """First and last constructs of all chains, which are not listed for it: a model may have billions."""
    reached = dict.fromkeys(effect_pairs(layout))
    return [(a, b) for a, b in reached if any((a, k) in reached for k in layout.causes[b])]


def _all_chains(layout: Layout, ids: tuple[str, ...]) -> list[Chain]:
    found: list[Chain] = []
    for chain in chains_of(layout):
        found.append(chain)
        if len(found) > MOST_CHAINS:
            raise ModelError(f"the model has more than {MOST_CHAINS} chains. Name those wanted in `chains`.")
    if not found:
        raise ModelError(
            f"no chain of two paths leads anywhere among {', '.join(ids)}: nothing is mediated. "
            "A model with a mediator has at least A -> B and B -> C."
        )
    return found


def _named(text: str, layout: Layout, inst: Instrument) -> Chain:
    ids = inst.construct_ids
    names = [part.strip() for part in text.split("->")]
    chain = tuple(position_of(inst, name) for name in names)
    if len(chain) < 3:
        raise ModelError(f"chain '{text}' has no mediator. Give three constructs or more: A -> B -> C.")
    for a, b in pairwise(chain):
        if a not in layout.causes[b]:
            raise ModelError(
                f"chain '{text}': the model has no path {ids[a]} -> {ids[b]}. Add it, or leave the chain out."
            )
    return chain


def _along(chain: Chain, paths: Array) -> Array:
    """Product of the paths along a chain, from paths (K, K) or (K, K, R)."""
    product: Array = np.prod([paths[a, b] for a, b in pairwise(chain)], axis=0)
    return product


def _chain_frame(boot: Bootstrap, chains: list[Chain], paths: Array, effects: pd.DataFrame) -> pd.DataFrame:
    ids = boot.fit.instrument.construct_ids
    estimate = np.array([_along(chain, paths) for chain in chains])

    def pick(draws: Draws) -> Array:
        return np.array([_along(chain, draws.paths) for chain in chains])

    made = boot.intervals.of(estimate, pick, boot.spreads.others)
    ends = pd.DataFrame({"from": [ids[c[0]] for c in chains], "to": [ids[c[-1]] for c in chains]})
    found = _by_target(boot, estimate, pick, ends["to"])
    direct = ends.merge(
        effects[["from", "to", "direct", "direct_low", "direct_high", "total", "vaf"]], how="left"
    )
    part = estimate / direct["total"].to_numpy(dtype=float)
    vaf = np.where(direct["vaf"].notna() & (part > 0), part, np.nan)
    names = pd.Series([ARROW.join(ids[k] for k in chain) for chain in chains], name="chain")
    return pd.concat([names, ends], axis=1).assign(
        **made, p=found.p, p_joint=found.p_joint, vaf=vaf, kind=_kinds(made, direct)
    )


def _by_target(boot: Bootstrap, estimate: Array, pick: Pick, to: pd.Series) -> Tests:
    """Tests of chains, those that end in one construct as a family."""
    p, joint = np.full((2, len(estimate)), np.nan)
    draws = pick(boot.draws)
    for rows in to.groupby(to).indices.values():
        found = tests(boot, estimate[rows], lambda _, rows=rows: draws[rows])  # type: ignore[misc]
        p[rows], joint[rows] = found.p, found.p_joint
    return Tests(p, joint)


def _effects(boot: Bootstrap, layout: Layout, paths: Array) -> pd.DataFrame:
    """Direct, indirect and total effect of every pair that a chain joins."""
    ids = boot.fit.instrument.construct_ids
    pairs = mediated_pairs(layout)
    of = {(a, b): e for a, b, e in boot.fit.total_effects.itertuples(index=False)}
    i, j = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    total = np.array([of[ids[a], ids[b]] for a, b in pairs])
    direct = paths[i, j]
    df = boot.spreads.others
    whole = boot.intervals.of(total, lambda d: d.effects[i, j], df)
    own = boot.intervals.of(direct, lambda d: d.paths[i, j], df)
    rest = boot.intervals.of(total - direct, lambda d: d.effects[i, j] - d.paths[i, j], df)
    frame = pd.DataFrame({"from": [ids[a] for a in i], "to": [ids[b] for b in j]})
    modelled = np.array([a in layout.causes[b] for a, b in pairs], dtype=bool)
    for name, part in (("direct", own), ("indirect", rest), ("total", whole)):
        frame = frame.assign(
            **{name: part["estimate"], f"{name}_low": part["low"], f"{name}_high": part["high"]}
        )
    frame = frame.assign(
        **{name: frame[name].where(modelled) for name in ("direct", "direct_low", "direct_high")}
    )
    apart = modelled & (direct * (total - direct) > 0) & (whole["low"] * whole["high"] > 0)
    vaf = np.divide(total - direct, total, out=np.full(len(total), np.nan), where=apart)
    return frame.assign(vaf=vaf, kind=_kinds(rest, frame))


def _kinds(indirect: dict[str, Array], direct: pd.DataFrame) -> Array:
    """Zhao, Lynch & Chen's (2010) classes."""
    a = indirect["low"] * indirect["high"] > 0
    low, high, own = (direct[name].to_numpy(dtype=float) for name in ("direct_low", "direct_high", "direct"))
    c = low * high > 0
    return np.select(
        [np.isnan(own), a & c & (indirect["estimate"] * own > 0), a & c, a, c],
        ["direct_not_modelled", "complementary", "competitive", "indirect_only", "direct_only"],
        "no_effect",
    )
