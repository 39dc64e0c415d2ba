"""A workspace of a monitoring of public services: residents of cities answer 54 questions in two years.

A question's latent answer is normal within a city, so the true mean of every question in every city is known. Many do
not know a service and say so; one city has too few respondents to be published.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ncsi.arrays import Array, Positions
from ncsi.signing import WORTHLESS_KEY
from ncsi.simulate.background import BACKGROUND, background_of, write_margins
from ncsi.simulate.names import brand_names
from ncsi.simulate.plans import generator
from ncsi.simulate.population import Population, base_population, moved
from ncsi.simulate.workspace import write_key
from ncsi.spec import Instrument, Item, load_instrument
from ncsi.spec.yaml_documents import as_yaml

SECTOR, INSTRUMENT, TREE = "residents", "citizens", "public_service"
FEW = 75
"""Respondents of the city that is too small to be published."""
KNOWN = 0.85
"""Probability that a resident knows the services of a field."""
_LOADING, _FIELD, _SPREAD, _CENTRE = 0.55, 0.45, 1.7, 8.4
_KEY = "synthetic-city-key-not-for-real-respondents"
_PROVINCES, _WEIGHT_SPREAD = 30, 0.3
_WHO = ("age_group", "gender")


@dataclass(frozen=True, slots=True, eq=False)
class CityPlan:
    """What was written: the waves in order; `truth`: year, city (its id), item and its true mean on 0-100."""

    root: Path
    waves: tuple[str, ...]
    truth: pd.DataFrame


def write_city_workspace(
    root: Path,
    seed: int = 1,
    cities: int = 120,
    respondents: int = 300,
    waves: tuple[str, ...] = ("2025", "2026"),
    replicates: int = 1000,
) -> CityPlan:
    """Write specs, exports and the list of cities into `root`; the same arguments write the same bytes.

    Raises ValueError for fewer than 3 cities, or more than there are names.
    """
    if cities < 3:
        raise ValueError(
            f"{cities} cities: one is too small to be published and takes another along. Ask for 3"
        )
    instrument, rng = load_instrument(INSTRUMENT), generator(seed, "cities")
    names = brand_names("city", cities, rng)
    ids = [f"C{k:03d}" for k in range(1, cities + 1)]
    people = np.sort(rng.lognormal(5.8, 0.8, cities))[::-1].round(1)
    for folder in ("waves", "data", "truth", *(f"exports/{wave}" for wave in waves)):
        (root / folder).mkdir(parents=True, exist_ok=True)
    _write(root / "ncsi.yaml", {"spec": "ncsi/workspace/1"})
    _write(root / "sectors.yaml", _sectors())
    for name, key in ((".ncsi-key", _KEY + "\n"), (".ncsi-signing-key", WORTHLESS_KEY)):
        write_key(root / name, key)
    write_margins(root / "margins", int(waves[0][:4]) - 1)
    _list_of_cities(names, people, rng).to_csv(
        root / "data" / "cities.csv", index=False, encoding="utf-8-sig"
    )
    population = base_population(instrument, cities, rng)
    level = rng.normal(0, 0.22, (cities, len(_fields(instrument)))) + rng.normal(0, 0.15, (cities, 1))
    truths = []
    for k, wave in enumerate(waves):
        field = level + rng.normal(0, 0.06, level.shape) + 0.03 * k
        own = generator(seed, "cities", wave)
        asked = _Asked(instrument, moved(population, 0.02 * k, own), field)
        sizes = np.full(cities, respondents)
        sizes[-1] = min(FEW, respondents)
        asked.answers(ids, sizes, int(wave[:4]), own).to_csv(
            root / "exports" / wave / f"{SECTOR}.csv", index=False, encoding="utf-8-sig"
        )
        truths.append(asked.truth(ids).assign(year=int(wave[:4])))
        _write(
            root / "waves" / f"{wave}.yaml",
            _wave(wave, waves[k - 1] if k else None, ids, names, people, replicates),
        )
    truth = pd.concat(truths, ignore_index=True)[["year", "city", "item", "mean_0_100"]]
    truth.to_csv(root / "truth" / "items.csv", index=False)
    return CityPlan(root, waves, truth)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One year's population: `field` (cities, fields) moves the answers to a field's questions in a city."""

    instrument: Instrument
    population: Population
    field: Array

    def answers(self, ids: list[str], sizes: Positions, year: int, rng: np.random.Generator) -> pd.DataFrame:
        """Everyone's answers as text, with paradata."""
        city = rng.permutation(np.repeat(np.arange(len(ids)), sizes))
        n = len(city)
        eta = self.population.latent(city, rng)
        model = self.population.answers_to(eta, rng).astype(str).astype(object)
        model[rng.random(model.shape) < 0.01] = "98"
        at = pd.Timestamp(year, 6, 1) + pd.to_timedelta(rng.integers(0, 44 * 86400, n), unit="s")
        weight = rng.lognormal(-(_WEIGHT_SPREAD**2) / 2, _WEIGHT_SPREAD, n).round(5)
        frame = pd.DataFrame(
            {
                "respondent": [f"R{k:06d}" for k in range(1, n + 1)], "brand": np.array(ids, dtype=object)[city],
                "weight": weight.astype(str), "submitted_at": at.strftime("%Y-%m-%d %H:%M:%S"),
                "duration_s": rng.lognormal(6.4, 0.3, n).astype(int).astype(str),
            }
        )  # fmt: skip
        who = background_of(n, rng)[list(_WHO)]
        rated = self._questions(city, eta[:, self._target], rng)
        return pd.concat(
            [frame, who, pd.DataFrame(model, columns=list(self.instrument.item_ids)), rated], axis=1
        )

    def truth(self, ids: list[str]) -> pd.DataFrame:
        """The mean of each question in each city, on 0-100."""
        mean = _LOADING * self.population.means[:, self._target]
        found = []
        for item, at in self._placed():
            latent = mean + self.field[:, at]
            score = sum(ndtr(latent - cut) for cut in _cuts(item))
            found.append(
                pd.DataFrame({"city": ids, "item": item.id, "mean_0_100": 100 / 9 * np.asarray(score)})
            )
        return pd.concat(found, ignore_index=True)

    @property
    def _target(self) -> int:
        return self.instrument.construct_ids.index(self.instrument.target)

    def _placed(self) -> list[tuple[Item, int]]:
        """Each question with the position of its field."""
        names = _fields(self.instrument)
        return [(item, names.index(_field_of(item))) for item in self.instrument.beside]

    def _questions(self, city: Positions, satisfaction: Array, rng: np.random.Generator) -> pd.DataFrame:
        """Answers (n, items) as text: satisfaction as a whole, the field and the question each have their part."""
        n, fields = len(city), self.field.shape[1]
        own = rng.standard_normal((n, fields)) * _FIELD
        knows = rng.random((n, fields)) < KNOWN
        noise = np.sqrt(1 - _LOADING**2 - _FIELD**2)
        columns = {}
        for item, at in self._placed():
            latent = (
                _LOADING * satisfaction + own[:, at] + self.field[city, at] + noise * rng.standard_normal(n)
            )
            answer = 1 + (latent[:, None] >= np.array(_cuts(item))).sum(axis=1)
            columns[item.id] = np.where(knows[:, at], answer.astype(str).astype(object), "98")
        return pd.DataFrame(columns)


def _cuts(item: Item) -> list[float]:
    """Latent values above which each higher answer is given; questions of a field differ a little."""
    centre = _CENTRE + 0.25 * (int(item.id[-1]) - 3)
    return [(answer - 0.5 - centre) / _SPREAD for answer in range(item.scale.min + 1, item.scale.max + 1)]


def _field_of(item: Item) -> str:
    return item.id.rstrip("0123456789")


def _fields(instrument: Instrument) -> list[str]:
    return list(dict.fromkeys(_field_of(item) for item in instrument.beside))


def _list_of_cities(names: list[tuple[str, str]], people: Array, rng: np.random.Generator) -> pd.DataFrame:
    """Cities with their province and population, as the office keeps them."""
    provinces = [zh.removesuffix("市") + "省" for zh, _ in brand_names("city", _PROVINCES, rng)]
    return pd.DataFrame(
        {
            "城市": [zh for zh, _ in names], "省份": [provinces[k % _PROVINCES] for k in range(len(names))],
            "常住人口": people, "模拟数据": "是",
        }
    )  # fmt: skip


def _sectors() -> dict[str, Any]:
    return {
        "spec": "ncsi/sectors/1",
        "version": "1.0.0",
        "scope": {"zh": "城市", "en": "city"},
        "groups": [{"id": "public_services", "label": {"zh": "公共服务", "en": "Public services"}}],
        "sectors": [
            {
                "id": SECTOR, "label": {"zh": "城市公共服务", "en": "Public services of cities"},
                "group": "public_services", "instrument": INSTRUMENT,
                "units": {"zh": "城市", "one": "city", "many": "cities"},
                "share": {"value": 1.0, "source": "the only sector", "year": 2026},
            }
        ],
    }  # fmt: skip


def _wave(
    wave: str,
    previous: str | None,
    ids: list[str],
    names: list[tuple[str, str]],
    people: Array,
    replicates: int,
) -> dict[str, Any]:
    shares = people / people.sum()
    spec: dict[str, Any] = {
        "spec": "ncsi/wave/1",
        "id": wave,
        "label": {"zh": f"{wave}年", "en": wave},
        "title": {"zh": "公共服务质量监测", "en": "Monitoring of public service quality"},
        "publisher": {"zh": "演示发布单位（虚构）", "en": "Demonstration publisher (fictional)"},
        "field": {"start": f"{wave[:4]}-06-01", "end": f"{wave[:4]}-07-15"},
        "release_date": f"{wave[:4]}-10-20",
        "synthetic": True,
        "replicates": replicates,
        "seed": 1,
        "background": {name: BACKGROUND[name].declared() for name in _WHO},
        "weighting": {"margins": [{"by": list(_WHO), "file": f"margins/{'_'.join(_WHO)}.csv"}]},
        "sectors": [
            {
                "id": SECTOR,
                "brands": [
                    {"id": one, "label": {"zh": zh, "en": en}, "share": round(float(share), 6)}
                    for one, (zh, en), share in zip(ids, names, shares * 0.9, strict=True)
                ],
            }
        ],
        "sources": [{"files": f"exports/{wave}/{SECTOR}.csv", "sector": SECTOR}],
        "composites": [{"tree": TREE, "data": "data/cities.csv", "survey": [{"sector": SECTOR}]}],
    }
    return spec if previous is None else spec | {"previous": previous}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(as_yaml(content), encoding="utf-8")
