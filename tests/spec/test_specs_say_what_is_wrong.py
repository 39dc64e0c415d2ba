"""What a mistake in a spec file says: one row each. Read it as a manual of the messages.

Each row edits a shipped file (`old` → `new`) and shows the message that follows the file's name.
"""

import pytest

from ncsi.errors import SpecError
from ncsi.spec import load_bands, load_instrument, load_map, load_sectors, load_wave, schemas_root

LOADERS = {
    "instruments/acsi.yaml": load_instrument,
    "sectors.yaml": load_sectors,
    "bands.yaml": load_bands,
    "example/waves/2026.yaml": load_wave,
    "example/maps/skin_care.yaml": load_map,
}
MISTAKES = {
    "instruments/acsi.yaml": [
        ("target: Satisfaction", "traget: Satisfaction",
         "traget (line 120): unknown key 'traget'. Did you mean 'target'?"),
        ("version: 1.0.0\n", "",
         "version (line 1): the key 'version' is missing. Add `version:`"),
        ("version: 1.0.0", "version: 1.0",
         'version (line 3): should be text, not \'1.0\'. Put it in quotes: "1.0"'),
        ("version: 1.0.0", "version: '1.0'",
         "version (line 3): '1.0' is not accepted here. Use three numbers, as in 1.0.0"),
        ("spec: ncsi/instrument/1", "spec: ncsi/instrument/9",
         "spec (line 1): is 'ncsi/instrument/9'. It must be 'ncsi/instrument/1'"),
        ("- id: SATIS", "- id: SA TIS",
         "constructs[3].items[0].id (line 74): 'SA TIS' is not accepted here. "
         "Use a letter, then letters, digits and underscores, at most 40"),
        ("id: SATIS", "id: true",
         "constructs[3].items[0].id (line 74): should be text, not 'true'. Put it in quotes: \"true\""),
        ("{min: 0, max: 1}", "{min: 0, max: true}",
         "constructs[4].items[0].scale.max (line 98): should be a whole number, not 'true'. Write a whole number"),
        ("{min: 0, max: 1}", "{min: 0, max: 16:40}",
         "scale.max (line 98): should be a whole number, not '16:40'. Write a whole number"),
        ("{min: 0, max: 1}", '{min: 0, max: "1"}',
         "scale.max (line 98): should be a whole number, not '1'. Write a whole number, without quotes: 1"),
        ("zh: 顾客预期", "zh: 感知质量",
         "two constructs are called '感知质量'. Give each a label of its own"),
        ('dont_know: ["98"]', "dont_know: [98]",
         'missing.dont_know[0] (line 12): should be text, not \'98\'. Put it in quotes: "98"'),
        ("{min: 0, max: 1}", "{min: 0, max: many}",
         "constructs[4].items[0].scale.max (line 98): should be a whole number, not 'many'. "
         "Write a whole number"),
        ("{min: 0, max: 1}", "{min: 1, max: 1}",
         "constructs[4].items[0].scale (line 98): the scale of 'COMP' runs from 1 to 1. "
         "Give a min below the max"),
        ("{from: Expectation, to: Quality}", "{from: Expectation, to: Qualty}",
         "paths[0].to (line 110): there is no construct 'Qualty'. Did you mean 'Quality'?"),
        ("{from: Expectation, to: Quality}", "{from: Quality, to: Quality}",
         "paths[0] (line 110): 'Quality' has a path to itself. Remove the path"),
        ("{from: Expectation, to: Value}", "{from: Expectation, to: Quality}",
         "paths[1] (line 111): the path Expectation -> Quality is declared twice. Keep one of them"),
        ("{from: Expectation, to: Quality}", "{from: Loyalty, to: Quality}",
         "paths (line 110): the paths form a cycle: "),
        ("- id: CONFIRM", "- id: SATIS",
         "constructs[3].items[1].id (line 79): the construct or item 'SATIS' is declared twice. "
         "Rename or remove one of them"),
        ("- id: CONFIRM", "- id: Satis",
         "constructs[3].items[1].id (line 79): the construct or item 'Satis' differs from 'SATIS' only in "
         "case. Rename or remove one of them"),
        ("- id: Loyalty", "- id: Quality",
         "constructs[5].id (line 100): the construct or item 'Quality' is declared twice. "
         "Rename or remove one of them"),
        ("- id: SATIS", "- id: weight",
         "constructs[3].items[0].id (line 74): 'weight' is the name of a stored column. Choose another id"),
        ("target: Satisfaction", "target: Happiness",
         "target (line 120): there is no construct 'Happiness'. The constructs are: Expectation, Quality, "
         "Value, Satisfaction, Complaint, Loyalty"),
        ("target: Satisfaction", "target: Expectation",
         "target (line 120): no path leads to the target 'Expectation', so nothing would drive the "
         "published index. Choose a construct that paths lead to, or add a path"),
        ("  - id: Quality\n", "  - id: Quality\n    components: "
         "[{id: Part, label: {zh: 部分, en: Part}, items: [OVERALLQ]}]\n",
         "constructs[1].components (line 38): 'Quality' has a single component. "
         "Name two components or more, or none"),
        ("  - id: Quality\n", "  - id: Quality\n    components: "
         "[{id: One, label: {zh: 一, en: One}, items: [CUSTOMQ]}, "
         "{id: Two, label: {zh: 二, en: Two}, items: [OVERALLQ]}]\n",
         "constructs[1].components (line 38): the components of 'Quality' hold CUSTOMQ, OVERALLQ, its items are "
         "OVERALLQ, CUSTOMQ, WRONGQ. Name every item once, in the order of the items"),
        ("target: Satisfaction", "target: Satisfaction\nhigher_order: both",
         "higher_order (line 121): is 'both'. It must be 'two_stage' or 'repeated'"),
        ('refused: ["99"]', 'refused: ["98"]',
         "missing.refused[0] (line 13): the code '98' already stands for dont_know. "
         "Give each code one kind of missing"),
        ('refused: ["99"]', 'refused: ["9"]',
         "missing.refused[0] (line 13): the code '9' is an answer on the scale of 'OVERALLX'. "
         "Use a code off every item's scale"),
    ],
    "sectors.yaml": [
        ("instrument: fmcg\n    share: {value: 0.050", "instrument: fmgc\n    share: {value: 0.050",
         "there is no instrument 'fmgc'. Did you mean 'fmcg'?"),
        ("year: 2025", "year: 1999",
         "'1999' is not accepted: input should be greater than or equal to 2000. Correct the value"),
        ("group: food_beverage", "group: food",
         "there is no group 'food'. "),
        ("- id: beer", "- id: dairy",
         "the sector 'dairy' is declared twice. Rename or remove one of them"),
        ("value: 0.060", "value: 0.050",
         "the shares of the 38 sectors sum to 0.99, not 1. Correct share.value so that they sum to 1"),
        ("value: 0.060", "value: -0.060",
         "'-0.06' is not accepted: input should be greater than 0. Correct the value"),
        ("value: 0.060", "value: .nan",
         "is not accepted"),
    ],
    "bands.yaml": [
        ("low: 0}", "low: 10}",
         "bands[0].low (line 7): the lowest band starts at 10. "
         "Start it at 0, so that every index has a band"),
        ("low: 70", "low: 55",
         "the band 'fairly_satisfied' does not start above 'neutral'. List the bands from lowest to highest"),
    ],
    "example/waves/2026.yaml": [
        ('id: "2026"', "id: 2026",
         'id (line 3): should be text, not \'2026\'. Put it in quotes: "2026"'),
        ('id: "2026"', 'id: "2026Q5"',
         "id (line 3): '2026Q5' is not accepted here. Use \"2026\", \"2026Q1\" or \"2026W07\""),
        ('id: "2026"', 'id: "1999"',
         "id (line 3): '1999' is not accepted here. Use \"2026\", \"2026Q1\" or \"2026W07\", of the years 2000 "
         "to 2100"),
        ("seed: 1", "seed: true",
         "seed (line 11): should be a whole number, not 'true'. Write a whole number"),
        ("seed: 1", "seed: 16:40",
         "seed (line 11): should be a whole number, not '16:40'. Write a whole number"),
        ("synthetic: true", 'synthetic: "true"',
         "synthetic (line 9): should be true or false, not 'true'. Write true or false, without quotes"),
        ("synthetic: true", "synthetic: yes",
         "synthetic (line 9): should be true or false, not 'yes'. Write true or false, without quotes"),
        ("release_date: 2026-05-15", "release_date: 20260515",
         "release_date (line 8): should be a date, not '20260515'. Write it as 2026-01-31"),
        ("release_date: 2026-05-15", "release_date: 2126-05-15",
         "release_date (line 8): '2126-05-15' is not accepted: years run from 2000 to 2100. Correct the value"),
        ("{low: 0.25, high: 4}", "{low: 0.25, high: .inf}",
         "weighting.bounds.high (line 26): 'inf' is not accepted: input should be a finite number. "),
        ("en: Example brand A", "en: example  brand B",
         "sectors[0].brands[1].label.en (line 18): two brands are called 'Example brand B', one of them as "
         "'example  brand B'. Give each a label of its own"),
        ("en: Example brand A", 'en: "A\\u202Eeman"',
         "label.en (line 17): contains U+202E, which changes the direction of writing. Remove it"),
        ("en: Example brand A", 'en: "A\\ename"',
         "label.en (line 17): contains the control character U+001B. Remove it"),
        ("synthetic: true", "synthetic: true\nrevisions: [{date: 2099-01-01, note: {zh: 一, en: one}}]",
         "revisions[0].date (line 10): the revision of 2099-01-01 is after today, "),
        ('id: "2026"', 'id: "2026W60"',
         "id (line 3): there is no week 60. Use W01 to W53"),
        ("start: 2026-03-01", "start: 2026-04-01",
         "field (line 7): fieldwork ends on 2026-03-31, before it starts on 2026-04-01. "
         "Put the first day in start and the last in end"),
        ("start: 2026-03-01", "start: March",
         "field.start (line 7): should be a date, not 'March'. Write it as 2026-01-31"),
        ("start: 2026-03-01", "start: 2026-02-30",
         "field.start (line 7): is not valid YAML: day is out of range for month. Correct the value"),
        ("release_date: 2026-05-15", "release_date: 2026-03-15",
         "the release on 2026-03-15 is before fieldwork ends on 2026-03-31. Give the day of release"),
        ("synthetic: true", 'previous: "2026"\nsynthetic: true',
         "the previous wave '2026' is not earlier than '2026'. Name an earlier wave, or leave the key out"),
        ("synthetic: true", 'previous: "2027Q1"\nsynthetic: true',
         "the previous wave '2027Q1' is not earlier than '2026'. "),
        ("replicates: 1000", "replicates: 10",
         "'10' is not accepted: input should be greater than or equal to 100. Correct the value"),
        ("- {id: B", "- {id: A",
         "sectors[0].brands[1].id (line 18): the brand 'A' is declared twice. "),
        ("share: 0.25", "share: 0.75",
         "the brand shares of 'skin_care' sum to 1.1, more than 1. Correct the shares"),
        (", share: 0.25", "",
         "some brands of 'skin_care' have a share and 'B' does not. Give every brand a share, or none"),
        ("share: 0.25", "share_se: 0.01",
         "'B' has the standard error of a share but no share. Give its share, or leave it out"),
        ("by: [region]", "by: [regoin]",
         "weighting (line 24): there is no background variable 'regoin'. Did you mean 'region'?"),
        ("file: margins/region.csv", "file: ../region.csv",
         "'../region.csv' is not accepted here. Name a file of the workspace as margins/region.csv"),
        ("    - {by: [region], file: margins/region.csv}",
         "    - {by: [region], file: margins/region.csv}\n    - {by: [region], file: margins/two.csv}",
         "weighting.margins[1] (line 26): the margin region is declared twice. Keep one of them"),
        ("{low: 0.25, high: 4}", "{low: 0.25, high: 0.9}",
         "'0.9' is not accepted: input should be greater than 1. Correct the value"),
        ("{number: 500}", "{method: jackknife}",
         "the jackknife leaves out clusters, and none are declared. Declare `cluster`, or use rao_wu"),
        ("{number: 500}", "{number: 500, lonely: certainty}",
         "unknown key 'lonely'. The keys here are: method, number"),
        ("- {id: 华东", "- {id: 华北",
         "background.region.values[1].id (line 34): the value of region '华北' is declared twice. "),
        ("- {id: 华东", "- {id: unknown",
         "background.region.values[1].id (line 34): 'unknown' is taken. "
         "Leave it out: blank cells are 'unknown' and other texts 'other'"),
        ("- {id: 华东", '- {id: "@华东"',
         "'@华东' is not accepted here. Use letters, digits, spaces, ., - and _, at most 40, a letter or digit first"),
        ("  region:\n", "  tier: {label: {zh: 级, en: Tier}}\n  region:\n",
         "background.tier (line 30): no values of 'tier' are declared, and only a cluster or stratum without a file of "
         "totals needs none. List them: "),
        ("  region:\n", "  device:\n",
         "background.device (line 31): 'device' is stored already. Leave it out, or rename it"),
        ("en: Example brand A", 'en: ""',
         "sectors[0].brands[0].label.en (line 17): is empty. Give at least 1"),
    ],
    "example/maps/skin_care.yaml": [
        ("items:", "itmes:",
         "unknown key 'itmes'. Did you mean 'items'?"),
        ("columns:", "dialect: excel\ncolumns:",
         "dialect (line 4): is 'excel'. It must be 'wjx_text', 'wjx_score', 'wjx_index', "
         "'qualtrics', 'surveymonkey', 'tencent', 'limesurvey', 'kobo', 'spss', 'google_forms', "
         "'microsoft_forms' or 'plain'"),
        ("  IMA1: Q1", "  IMA 1: Q1",
         "'IMA 1' is not accepted here. "),
        ("  IMA1: Q1", "  IMA1: 1",
         'items.IMA1 (line 11): should be text, not \'1\'. Put it in quotes: "1"'),
        ('brand: {"1": A', "brand: {1: A",
         'should be text, not \'1\'. Put it in quotes: "1"'),
    ],
}  # fmt: skip
ROWS = [(file, *row) for file, rows in MISTAKES.items() for row in rows]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"), ROWS, ids=[f"{row[0]}:{row[2][:40]}" for row in ROWS]
)
def test_mistake(tmp_path, file, old, new, message):
    text = (schemas_root() / file).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "spec.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        LOADERS[file](path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert message in said


def test_background_variables_without_values_are_refused_with_what_to_write(tmp_path):
    shipped = (schemas_root() / "example" / "waves" / "2026.yaml").read_text(encoding="utf-8")
    path = tmp_path / "2026.yaml"
    path.write_text(shipped.split("background:")[0] + "background: [region, city_tier]\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_wave(path)
    assert str(caught.value).startswith(
        f"{path}: background (line 29): lists names alone (region, city_tier), as versions before 0.2 did: "
        "a text that no list declares is never stored. Declare each, and region where files have one, with its values: "
    )
