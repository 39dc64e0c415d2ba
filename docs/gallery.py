"""The page of charts: each drawn from a small survey as the page is built, English on light, Chinese on dark."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd

import ncsi
from ncsi.spec import Language
from ncsi.survey.size import Setting

ROOT = Path(__file__).parents[1]
HEAD = """# Charts
`ncsi.plot(result, kind, ax=None, lang="en", dark=False, title=None)` draws a result and gives back the Axes; without a
kind, the first that the result has. `ncsi.plots` has every chart as a function of its own. Letters are our own font, so
Chinese needs no set-up; colours are told apart by the colour-blind, and what is hollow or dashed is not significant. On
a figure of your own, `plt.subplots(layout="constrained")` leaves each chart the room that its labels need. The survey
is synthetic: 720 respondents, six brands.

```python
inst = ncsi.load_instrument("ccsi")
fit = ncsi.fit_pls(df, inst, weights="weight", by="brand")
boot = ncsi.bootstrap(fit, replicates=1000)
```
"""
CHARTS: tuple[tuple[str, str, str, dict[str, Any], str], ...] = (
    ("Paths", "boot", "paths", {}, "Width by coefficient, standard errors in brackets, index and R² in the boxes."),
    ("Importance and performance", "boot", "drivers", {}, "No dot in the grey zone has a verdict."),
    ("Ranking", "boot", "ranking", {}, "The sets hold for all brands at once; bands are tiers."),
    ("Segments", "boot", "segments", {}, "By the groups that the model was fitted by."),
    ("Loadings", "boot", "loadings", {}, 'Outer weights likewise: `"weights"`.'),
    ("Densities", "boot", "densities", {}, "Of every path over the replicates."),
    ("Indirect effects", "ncsi.mediation(boot)", "chains", {"most": 8}, "The largest, all chains tested together."),
    ("Simple slopes", 'ncsi.moderation(fit, "Image", "Satisfaction", "Loyalty")', "slopes", {}, ""),
    ("Floodlight", 'ncsi.moderation(fit, "Image", "Satisfaction", "Loyalty")', "floodlight", {}, ""),
    ("Shares of R²", "ncsi.importance(boot)", "shares", {}, ""),
    ("Necessary conditions", "ncsi.nca(fit)", "ceiling", {"construct": "Quality"}, ""),
    ("Bottleneck", "ncsi.nca(fit)", "bottleneck", {}, ""),
    ("Differences of groups", 'ncsi.compare_groups(df, inst, group="region")', "differences", {}, ""),
    ("Split tree", 'ncsi.split_tree(fit, by=["region", "brand"], on="index")', "tree", {}, "p is that of the search."),
    ("Invariance of composites", 'ncsi.micom(df, inst, group="region")', "composition", {}, "Of the first pair."),
    ("Tetrads", "ncsi.tetrads(fit)", "tetrads", {}, "An appendix, with its warning."),
    ("Penalties and rewards", "ncsi.asymmetry(df, inst)", "impact", {}, ""),
    ("Prediction", "ncsi.predict(df, inst)", "prediction", {}, "The note names what the linear model saw."),
    ("Losses", "ncsi.cvpat(fit)", "losses", {}, "To the right the model predicts better."),
    ("Classes of a mixture", "ncsi.segments(fit, k=(1, 2, 3))", "classes", {},
     "An appendix, with its warning; never to publish."),
    ("Paths within classes", "ncsi.segments(fit, k=(1, 2, 3))", "class_paths", {"k": 2}, ""),
    ("Levels of invariance", 'ncsi.invariance(df, inst, group="region")', "levels", {}, "CFI, and what it falls by."),
    ("All groups at once", 'ncsi.compare_groups(df, inst, group="region", method="wald")', "together", {},
     "Omnibus distances likewise."),
    ("Support for models", 'ncsi.model_choice({"all": fit, "fewer": fewer})', "support", {}, "Among those offered."),
    ("Copula terms", "ncsi.gaussian_copula(fit)", "copula", {}, "An appendix, with its warning."),
    ("Congruence", "ncsi.congruence(boot)", "congruence", {}, "An appendix, with its warning."),
    ("Ordinal PLS", "ncsi.ordinal_pls(fit)", "ordinal", {}, "An appendix, with its warning."),
    ("Necessity without few respondents", "ncsi.esse(fit)", "corners", {"construct": "Quality"},
     "An appendix, with its warning."),
    ("Answers", "fit", "answers", {}, "Low to the left, high to the right of the middle of the scale."),
    ("Missing answers", "df", "missing", {}, "Which are missing together; `instrument=inst` tells the items."),
    ("Residuals", "fit", "residuals", {}, "Blue: two items go together more than the paths say."),
    ("Weights", "after", "weights", {}, "After raking to regions, with `before=` the weights it began from."),
    ("Power", "Setting(sd=20, deff=1.4)", "power", {}, "`from ncsi.survey.size import Setting`."),
    ("Covariance model", "ncsi.fit_cbsem(df, inst, robust=True)", "paths", {}, "Standardised, errors in brackets."),
    ("Residuals of a covariance model", "cb.residuals()", "residuals", {"show": "z"}, "Beyond 1.96: not by chance."),
    ("Change taken apart", 'ncsi.decompose_change(both, "score", "region")', "decomposition", {}, ""),
    ("Change within persons", 'ncsi.change_within(both, "score", "respondent")', "within", {}, ""),
    ("Cohorts", 'ncsi.cohorts(both, "score", "born", cuts=(1960, 1980))', "cohorts", {}, "Described, and no more."),
    ("Trend", "waves", "trend", {}, "wave, index_0_100, low, high, break: rows of `out_trend` do as they are."),
)  # fmt: skip
"""Title, what is drawn as it is written, its kind, the chart's options, what there is to say."""
Way = tuple[Language, bool]
"""Language of a chart, and whether it is dark."""
ENGLISH: tuple[Way, ...] = (("en", False),)
WAYS: tuple[Way, ...] = (*ENGLISH, ("zh", True))


def page(pages: Path, ways: tuple[Way, ...]) -> str:
    """Draw every chart into `pages`, in each of the ways, and write the page that shows them; its name."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    folder = pages / "charts"
    folder.mkdir()
    drawn, parts = _results(), [HEAD]
    for title, of, kind, options, said in CHARTS:
        given = "".join(f", {option}={value!r}" for option, value in options.items())
        name = kind if not (folder / f"{kind}-en.png").exists() else f"covariance-{kind}"
        parts.append(f'## {title}\n{said}\n\n```python\nncsi.plot({of}, "{kind}"{given})\n```\n')
        for lang, dark in ways:
            value, more = drawn[of]
            ncsi.plot(value, kind, lang=lang, dark=dark, **options, **more)
            figure = plt.gcf()
            figure.set_dpi(110)
            # `savefig` would go through everything once more.
            file = folder / f"{name}-{lang}.png"
            figure.canvas.print_png(file, metadata={"Software": None})  # type: ignore[attr-defined]
            plt.close("all")
            parts.append(f"![{title}, {lang}](charts/{name}-{lang}.png)\n")
    (pages / "charts.md").write_text("\n".join(parts), encoding="utf-8")
    return "charts.md"


def _results() -> dict[str, tuple[Any, dict[str, Any]]]:
    """What the page draws, as it is written there, with what the chart is given besides."""
    df = pd.read_csv(ROOT / "tests" / "golden" / "golden.csv")
    inst = ncsi.load_instrument("ccsi")
    gaps = df.assign(QUA4=df["QUA4"].where(df["SAT1"] > 6), QUA5=df["QUA5"].where(df["QUA5"] > 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = ncsi.fit_pls(df, inst, weights="weight", by="brand")
        boot = ncsi.bootstrap(fit, replicates=400)
        moderated = ncsi.moderation(fit, "Image", "Satisfaction", "Loyalty", replicates=400)
        tree = ncsi.split_tree(fit, by=["region", "brand"], on="index")
        conditions, groups = ncsi.nca(fit), ncsi.compare_groups(df, inst, group="region", replicates=200)
    shares = df["region"].value_counts(normalize=True) ** 2
    after = ncsi.rake(df, {"region": (shares / shares.sum()).to_dict()}, base="weight")
    waves = pd.DataFrame(
        {
            "wave": ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2"],
            "index_0_100": [74.2, 74.6, 74.1, 75.0, 75.9, 76.4],
            "break": ["", "", "instrument", "", "", ""],
        }
    )
    parts = [one.assign(wave=name) for name, one in (("2025", df.iloc[:400]), ("2026", df.iloc[200:]))]
    both = pd.concat(parts, ignore_index=True)
    both = both.assign(score=both[["SAT1", "SAT2", "SAT3"]].mean(axis=1), born=1940 + 15 * (both.index % 5))
    covariances = ncsi.fit_cbsem(df, inst, robust=True)
    cohorts = ncsi.cohorts(both, "score", "born", cuts=(1960, 1980))
    wald = ncsi.compare_groups(df, inst, group="region", method="wald", replicates=200)
    choice = ncsi.model_choice({"all": fit, "fewer": fit.update(drop="Image -> Loyalty")})
    mixture = ncsi.segments(fit, k=(1, 2, 3), starts=10, intercepts=True, simulations=19)
    return {
        'ncsi.invariance(df, inst, group="region")': (ncsi.invariance(df, inst, group="region"), {}),
        'ncsi.compare_groups(df, inst, group="region", method="wald")': (wald, {}),
        'ncsi.model_choice({"all": fit, "fewer": fewer})': (choice, {}),
        "ncsi.gaussian_copula(fit)": (ncsi.gaussian_copula(fit, replicates=200), {}),
        "ncsi.congruence(boot)": (ncsi.congruence(boot), {}), "ncsi.ordinal_pls(fit)": (ncsi.ordinal_pls(fit), {}),
        "ncsi.esse(fit)": (ncsi.esse(fit), {}),
        "fit": (fit, {}), "boot": (boot, {}), "df": (gaps, {"instrument": inst}),
        "ncsi.mediation(boot)": (ncsi.mediation(boot), {}), "ncsi.importance(boot)": (ncsi.importance(boot), {}),
        'ncsi.moderation(fit, "Image", "Satisfaction", "Loyalty")': (moderated, {}), "ncsi.nca(fit)": (conditions, {}),
        'ncsi.compare_groups(df, inst, group="region")': (groups, {}), "after": (after, {"before": df["weight"]}),
        "Setting(sd=20, deff=1.4)": (Setting(sd=20, deff=1.4), {}),
        'ncsi.split_tree(fit, by=["region", "brand"], on="index")': (tree, {}),
        'ncsi.micom(df, inst, group="region")': (ncsi.micom(df, inst, group="region", permutations=200), {}),
        "ncsi.tetrads(fit)": (ncsi.tetrads(fit), {}), "ncsi.asymmetry(df, inst)": (ncsi.asymmetry(df, inst), {}),
        "ncsi.predict(df, inst)": (ncsi.predict(df, inst), {}), "ncsi.cvpat(fit)": (ncsi.cvpat(fit), {}),
        "ncsi.segments(fit, k=(1, 2, 3))": (mixture, {}),
        "ncsi.fit_cbsem(df, inst, robust=True)": (covariances, {}), "cb.residuals()": (covariances.residuals(), {}),
        'ncsi.decompose_change(both, "score", "region")': (ncsi.decompose_change(both, "score", "region"), {}),
        'ncsi.change_within(both, "score", "respondent")': (ncsi.change_within(both, "score", "respondent"), {}),
        'ncsi.cohorts(both, "score", "born", cuts=(1960, 1980))': (cohorts, {}),
        "waves": (waves.assign(low=waves["index_0_100"] - 0.5, high=waves["index_0_100"] + 0.6), {}),
    }  # fmt: skip
