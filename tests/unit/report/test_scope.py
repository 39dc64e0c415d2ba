"""What a release calls its whole and what it measures; of one sector nothing is ranked or added up."""

import dataclasses
import re

from ncsi.disclosure import disclosed_tables
from ncsi.report import content
from ncsi.report.pages import words
from ncsi.report.text import pair, set_in_type
from ncsi.spec import Label, Units, load_sectors, scope_of, units_of, units_of_wave

RANKED = re.compile(r"sector rank|1 sectors|contribution|national|行业排名|贡献|全国", re.IGNORECASE)


def test_a_wave_is_national_only_where_it_says_so(spec, alone):
    assert scope_of(spec.wave, spec.sectors).en == "national"
    several = spec.wave.model_copy(update={"scope": None})
    assert scope_of(several, spec.sectors) == Label(zh="总体", en="overall")
    assert scope_of(alone.wave, alone.sectors) == Label(zh="行业", en="sector")
    airport = alone.sectors.model_copy(update={"scope": Label(zh="机场", en="airport")})
    assert scope_of(alone.wave, airport).zh == "机场"


def test_what_is_measured_is_called_as_the_wave_the_sector_or_its_group_says(spec):
    sectors = load_sectors()
    assert sectors.units_of("banks") == Units(zh="机构", one="institution")
    assert [sectors.units_of(one).zh for one in ("dairy", "steel", "residential_building")] == [
        "品牌",
        "供应商",
        "项目",
    ]
    cities = Units(zh="城市", one="city", many="cities")
    entries = [
        one.model_copy(update={"units": cities}) if one.id == "banks" else one for one in spec.wave.sectors
    ]
    wave = spec.wave.model_copy(update={"sectors": tuple(entries)})
    assert units_of(wave, sectors, "banks").plural == "cities"
    assert units_of(wave, sectors, "dairy").plural == "brands"
    assert units_of_wave(wave, sectors).one == "unit"


def test_a_sector_of_cities_speaks_of_cities(tables, spec):
    cities = Units(zh="城市", one="city", many="cities")
    entries = [
        one.model_copy(update={"units": cities}) if one.id == "dairy" else one for one in spec.wave.sectors
    ]
    told = dataclasses.replace(spec, wave=spec.wave.model_copy(update={"sectors": tuple(entries)}))
    shown = disclosed_tables(tables, spec.target, spec.wave.level)
    for page in (content.sector(shown, told, "dairy"), content.diagnosis(shown, told, "dairy", "B07")):
        said = _without_names(words(page), told)
        assert re.search("cit(y|ies)", said)
        assert re.findall(r".*\bbrands?\b.*", said, re.IGNORECASE) == []
        assert re.findall(".*品牌.*", said) == []


def _without_names(said, spec):
    """What a page says besides the questionnaire and the names of what is measured."""
    instrument = spec.instruments["dairy"]
    labels = [
        each.label for each in (*instrument.constructs, *instrument.items, *spec.wave.sector("dairy").brands)
    ]
    labels += [set_in_type(pair(item.question)) for item in instrument.items]
    for name in sorted((name for label in labels for name in (label.zh, label.en)), key=len, reverse=True):
        said = said.replace(name, "…")
    return said


def test_of_one_sector_nothing_is_ranked_added_up_or_counted(of_one_sector):
    for name in ("index.html", "press.html", "press.zh.md", "press.en.md"):
        made = (of_one_sector.folder / name).read_text(encoding="utf-8")
        seen = re.sub(
            r"<(style|script)\b.*?</\1>|<[^>]+>|title: .*|National Customer.*|《?全国顾客.*",
            " ",
            made,
            flags=re.DOTALL,
        )
        assert not RANKED.search(seen), (name, RANKED.search(seen))
    assert 'href="sectors/dairy.html"' in (of_one_sector.folder / "index.html").read_text(encoding="utf-8")
    assert (of_one_sector.folder / "national.pdf").stat().st_size > 10_000


def test_several_sectors_are_ranked(tables, spec):
    page = content.national(disclosed_tables(tables, spec.target, spec.wave.level), spec)
    assert (page.several, page.only) == (True, None)
    assert page.index_name.en.startswith("National index")


def test_areas_of_one_sector_are_not_said_to_be_weighted_by_shares(alone, invented, tables, spec):
    one = content.national(
        disclosed_tables(invented.result_tables(alone), alone.target, 0.95), alone
    ).notes.areas
    many = content.national(disclosed_tables(tables, spec.target, spec.wave.level), spec).notes.areas
    assert ("by their shares" in many.en, "份额" in many.zh) == (True, True)
    assert not re.search("share|sectors|份额", one.en + one.zh)
