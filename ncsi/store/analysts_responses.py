"""Responses as an analyst asks for them: with the final weights of those whom the index is of, and with labels."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from ncsi.errors import StoreError
from ncsi.spec import Language
from ncsi.spec.pinned import Pin

Weights = Literal["final"]
KEY = ["brand", "respondent"]
OF_WEIGHTS, OF_QUALITY = ("weight",), ("status", "flags")
BRAND_LABEL = "brand_label"


def language_of(labels: Language | bool) -> Language | None:
    """The language that labels are wanted in. StoreError for one that there is not."""
    if labels is False:
        return None
    found: Language = "en" if labels is True else labels
    if found not in ("zh", "en"):
        raise StoreError(f"labels={labels!r}: there is no such language here. Use True, 'en' or 'zh'.")
    return found


def needed(columns: list[str] | None, weights: Weights | None, language: Language | None) -> list[str] | None:
    """What of the files has to be read for the columns wanted. StoreError for weights that there are not."""
    if weights not in (None, "final"):
        raise StoreError(f"weights={weights!r}: there are no such weights. Use 'final', or leave it out.")
    if columns is None:
        return None
    added = {*(OF_WEIGHTS + OF_QUALITY if weights else ()), *((BRAND_LABEL,) if language else ())}
    keys = KEY if weights or language else []
    return list(dict.fromkeys([*(one for one in columns if one not in added), *keys]))


def weighted(
    responses: pd.DataFrame, weights: pd.DataFrame, quality: pd.DataFrame, kind: Weights, current: bool
) -> pd.DataFrame:
    """The responses that quality leaves in, with their weights, status and flags.

    `current`: whether the sector was estimated from these responses. StoreError unless it was, every response was
    judged and each that is left in has its weight.
    """
    judged = responses.merge(quality[[*KEY, *OF_QUALITY]], on=KEY, how="left", validate="one_to_one")
    kept = judged[judged["status"] != "excluded"]
    found = kept.merge(weights[[*KEY, *OF_WEIGHTS]], on=KEY, how="left", validate="one_to_one")
    without = int((found["weight"].isna() | found["status"].isna()).sum())
    if without:
        why = "the sector is not estimated" if weights.empty else "responses came since it was estimated"
        raise StoreError(
            f"weights={kind!r}: {without:,} of {len(found):,} responses have no final weight: {why}. "
            "Run `ncsi estimate` for the wave first, or leave weights out."
        )
    if not current:
        raise StoreError(
            f"weights={kind!r}: files of the sector were corrected, read anew or withdrawn since its figures were "
            "made, so that weights and flags are not those of its responses as they are now. Run `ncsi estimate` for "
            "the wave first, or leave weights out; where the figures stay those of its release, because too few "
            "responses changed, there are none."
        )
    return found


def labelled(
    responses: pd.DataFrame, asked: pd.DataFrame, lineage: pd.DataFrame, language: Language
) -> pd.DataFrame:
    """The responses with `brand_label`, and in `attrs["labels"]` what each item is called.

    `asked`: the sector's row of questionnaires; `lineage`: what its brands are called, their ids where it is not
    estimated.
    """
    now = lineage.sort_values("revision", ascending=False)
    names = dict(zip(now["brand"], now[f"label_{language}"], strict=True))
    brands = responses["brand"].map(lambda one: names.get(one, one)).astype("str")
    labels = {}
    for row in asked.to_dict("records"):
        pin = Pin(row["instrument"], row["instrument_version"], row["spec_sha256"], row["content"])
        for item in pin.read().items:
            labels[item.id] = item.label.text(language)
    made = responses.assign(**{BRAND_LABEL: brands})
    made.attrs["labels"] = {name: told for name, told in labels.items() if name in made.columns}
    return made


def chosen(frame: pd.DataFrame, columns: list[str] | None) -> pd.DataFrame:
    """The columns wanted, in their order, with those that were added."""
    if columns is None:
        return frame
    added = [one for one in (*OF_WEIGHTS, *OF_QUALITY, BRAND_LABEL) if one in frame and one not in columns]
    return frame[[*columns, *added]]
