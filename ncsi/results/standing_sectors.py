"""Which sector results a nation stands on: measured in the wave, or carried forward from an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from ncsi.results.declared import by_sector
from ncsi.spec import wave_order
from ncsi.spec.plan import WavePlan
from ncsi.tables import OUT_BASIS_BY_SECTOR

_RESULT = ["sector", "construct", "n", "index_0_100", "se", "low", "high", "df"]
_NONE: dict[str, object] = {
    "basis": "not_available",
    "from_wave": "",
    "instrument": "",
    "instrument_version": "",
}


def carried_from(plan: WavePlan, waves: Iterable[str]) -> list[str]:
    """Those of `waves` whose results may be carried forward into the plan's wave, the latest first."""
    now = wave_order(plan.wave.id)
    quarters = {wave: 4 * (now - wave_order(wave)) for wave in waves}
    near = [wave for wave, gap in quarters.items() if 0 < gap <= plan.wave.carry_forward + 1e-9]
    return sorted(near, key=wave_order, reverse=True)


def standing(plan: WavePlan, indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Results of every construct of the sectors that stand in the wave.

    `indices`: out_index_by_sector of the wave itself, then of those of `carried_from`, by wave. Columns: sector,
    construct, n, index_0_100, se, low, high, basis, from_wave, group, share. A sector that the wave does not measure
    stands with its latest result of the last `carry_forward` quarters, where it has one.
    """
    own = _results(indices[plan.wave.id], plan.sector_ids).assign(basis="measured", from_wave=plan.wave.id)
    parts = [own]
    lacking = {sector.id for sector in plan.sectors.sectors} - set(plan.sector_ids)
    for wave, index in indices.items():
        if wave == plan.wave.id:
            continue
        found = _results(index, lacking)
        found = found[found["sector"].isin(found.loc[found["construct"] == plan.target, "sector"])]
        parts.append(found.assign(basis="carried_forward", from_wave=wave))
        lacking -= set(found["sector"])
    listed = {sector.id: sector for sector in plan.sectors.sectors}
    stands = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return stands.assign(
        group=[listed[one].group for one in stands["sector"]],
        share=[listed[one].share.value for one in stands["sector"]],
    )


def stood(basis: pd.DataFrame, indices: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The same of a wave that was estimated, by its stored `basis`: with the shares it had then.

    `indices`: out_index_by_sector of every wave that the basis names in `from_wave`.
    """
    stands = basis.loc[basis["basis"] != "not_available", ["sector", "basis", "from_wave", "group", "share"]]
    parts = [
        _results(indices[str(source)], set(part["sector"])).merge(part, on="sector")
        for source, part in stands.groupby("from_wave", sort=False)
    ]
    return (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=[*_RESULT, *stands.columns[1:]])
    )


def basis_table(plan: WavePlan, stands: pd.DataFrame, samples: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every sector of the list with its share and the target's index as it stands.

    `samples`: out_sample_by_sector of every wave that `stands` rests on.
    """
    target = stands[stands["construct"] == plan.target].dropna(subset=["index_0_100", "se"])
    target = target.assign(weight=target["share"] / target["share"].sum()).merge(
        _instruments(target, samples)
    )
    found: dict[str, dict[str, object]] = {
        str(one["sector"]): {str(name): value for name, value in one.items()}
        for one in target.to_dict("records")
    }
    rows = []
    for sector in plan.sectors.sectors:
        share = sector.share
        declared: dict[str, object] = {
            "sector": sector.id, "group": sector.group, "share": share.value, "share_se": share.se,
            "share_source": share.source, "share_year": share.year,
        }  # fmt: skip
        rows.append({**_NONE, "weight": 0.0, **found.get(sector.id, {}), **declared})
    return pd.DataFrame(rows).reindex(columns=[one for one in OUT_BASIS_BY_SECTOR.names if one != "wave"])


def _instruments(stands: pd.DataFrame, samples: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    columns = ["sector", "instrument", "instrument_version"]
    parts = [samples[str(wave)][columns].assign(from_wave=wave) for wave in stands["from_wave"].unique()]
    return pd.concat(parts, ignore_index=True)


def _results(index: pd.DataFrame, sectors: Iterable[str]) -> pd.DataFrame:
    rows = by_sector(index)
    return rows.loc[rows["sector"].isin(sectors), _RESULT]
