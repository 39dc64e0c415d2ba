"""NCSI: customer-satisfaction indices from survey exports to ranked bilingual reports.

The names below are the public face; each loads its room on first use, so `import ncsi` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.13.2"

_HOMES = {
    "load_instrument": "ncsi.spec",
    "load_tree": "ncsi.spec",
    "tree_from": "ncsi.spec",
    "fit_composite": "ncsi.composite",
    "fit_pls": "ncsi.lab",
    "bootstrap": "ncsi.lab",
    "fit_cbsem": "ncsi.lab",
    "drivers": "ncsi.lab",
    "invariance": "ncsi.lab",
    "micom": "ncsi.lab",
    "asymmetry": "ncsi.lab",
    "compare_groups": "ncsi.lab",
    "decompose_change": "ncsi.lab",
    "change_within": "ncsi.lab",
    "cohorts": "ncsi.lab",
    "cvpat": "ncsi.lab",
    "mediation": "ncsi.lab",
    "model_choice": "ncsi.lab",
    "moderation": "ncsi.lab",
    "nca": "ncsi.lab",
    "predict": "ncsi.lab",
    "importance": "ncsi.lab",
    "infinitesimal_jackknife": "ncsi.lab",
    "check_errors": "ncsi.lab",
    "rank_sets": "ncsi.lab",
    "replicated": "ncsi.lab",
    "compare": "ncsi.lab",
    "composite_of": "ncsi.lab",
    "constructs": "ncsi.lab",
    "interaction": "ncsi.lab",
    "items": "ncsi.lab",
    "model_from": "ncsi.lab",
    "paths": "ncsi.lab",
    "admissibility": "ncsi.lab",
    "cipma": "ncsi.lab",
    "fit_test": "ncsi.lab",
    "gsca": "ncsi.lab",
    "congruence": "ncsi.lab",
    "esse": "ncsi.lab",
    "gaussian_copula": "ncsi.lab",
    "ordinal_pls": "ncsi.lab",
    "segments": "ncsi.lab",
    "split_tree": "ncsi.lab",
    "summary": "ncsi.lab",
    "tetrads": "ncsi.lab",
    "plot": "ncsi.lab",
    "open": "ncsi.store",
    "survey_mean": "ncsi.survey",
    "rake": "ncsi.survey",
    "outcome_rates": "ncsi.quality",
}
__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from ncsi.composite import fit_composite as fit_composite
    from ncsi.lab import admissibility as admissibility
    from ncsi.lab import asymmetry as asymmetry
    from ncsi.lab import bootstrap as bootstrap
    from ncsi.lab import change_within as change_within
    from ncsi.lab import check_errors as check_errors
    from ncsi.lab import cipma as cipma
    from ncsi.lab import cohorts as cohorts
    from ncsi.lab import compare as compare
    from ncsi.lab import compare_groups as compare_groups
    from ncsi.lab import composite_of as composite_of
    from ncsi.lab import congruence as congruence
    from ncsi.lab import constructs as constructs
    from ncsi.lab import cvpat as cvpat
    from ncsi.lab import decompose_change as decompose_change
    from ncsi.lab import drivers as drivers
    from ncsi.lab import esse as esse
    from ncsi.lab import fit_cbsem as fit_cbsem
    from ncsi.lab import fit_pls as fit_pls
    from ncsi.lab import fit_test as fit_test
    from ncsi.lab import gaussian_copula as gaussian_copula
    from ncsi.lab import gsca as gsca
    from ncsi.lab import importance as importance
    from ncsi.lab import infinitesimal_jackknife as infinitesimal_jackknife
    from ncsi.lab import interaction as interaction
    from ncsi.lab import invariance as invariance
    from ncsi.lab import items as items
    from ncsi.lab import mediation as mediation
    from ncsi.lab import micom as micom
    from ncsi.lab import model_choice as model_choice
    from ncsi.lab import model_from as model_from
    from ncsi.lab import moderation as moderation
    from ncsi.lab import nca as nca
    from ncsi.lab import ordinal_pls as ordinal_pls
    from ncsi.lab import paths as paths
    from ncsi.lab import plot as plot
    from ncsi.lab import predict as predict
    from ncsi.lab import rank_sets as rank_sets
    from ncsi.lab import replicated as replicated
    from ncsi.lab import segments as segments
    from ncsi.lab import split_tree as split_tree
    from ncsi.lab import summary as summary
    from ncsi.lab import tetrads as tetrads
    from ncsi.quality.outcome_rates import outcome_rates as outcome_rates
    from ncsi.spec import load_instrument as load_instrument
    from ncsi.spec import load_tree as load_tree
    from ncsi.spec import tree_from as tree_from
    from ncsi.store import open as open
    from ncsi.survey import rake as rake
    from ncsi.survey import survey_mean as survey_mean


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ncsi' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
