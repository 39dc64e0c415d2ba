"""YAML is read as version 1.2 has it, and written so that it is read back as it was."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ncsi.errors import SpecError
from ncsi.spec.yaml_documents import as_scalar, as_yaml, read_document

WORDS = {
    "16:40": "16:40", "190:20:30.15": "190:20:30.15", "yes": "yes", "no": "no", "on": "on", "off": "off", "y": "y",
    "true": True, "False": False, "null": None, "~": None, "": None,
    "10": 10, "010": 10, "0o17": 15, "0x1F": 31, "+1": 1, "-7": -7, "1_000": "1_000", "²": "²",
    "1.5": 1.5, "1e5": 1e5, ".5": 0.5, "1.": 1.0, ".inf": float("inf"), "-.inf": float("-inf"),
    "2026-03-01": date(2026, 3, 1), "2026-3-1": "2026-3-1",
    "2026-05-15T10:00:00+08:00": datetime(2026, 5, 15, 10, tzinfo=timezone(timedelta(hours=8))),
    "2026-05-15 10:00:00": datetime(2026, 5, 15, 10), "2026-05-15T10:00:00Z": datetime(2026, 5, 15, 10, tzinfo=UTC),
    "C:/data/*": "C:/data/*", "'10'": "10", '"true"': "true", "满意": "满意",
}  # fmt: skip


def read(tmp_path, text):
    path = tmp_path / "one.yaml"
    path.write_text(text, encoding="utf-8")
    return read_document(path).data


@pytest.mark.parametrize("word", WORDS)
def test_a_plain_word_is_what_yaml_1_2_makes_of_it(tmp_path, word):
    found = read(tmp_path, f"a: {word}\nb: [{word}]\n")
    expected = WORDS[word]
    assert found["a"] == expected
    assert type(found["a"]) is type(expected)
    assert found["b"] == ([expected] if word else [])


@pytest.mark.parametrize("word", [word for word in WORDS if word])
def test_text_is_read_back_as_text(tmp_path, word):
    assert read(tmp_path, as_yaml({"a": word})) == {"a": word}
    assert read(tmp_path, f"a: {as_scalar(word)}") == {"a": word}


def test_other_values_are_read_back_in_their_order(tmp_path):
    content = {"b": [1, 2.5, None, True, date(2026, 3, 1)], "a": {"甲": "一\n二\n", "x": ["- y", "# z", ""]}}
    found = read(tmp_path, as_yaml(content))
    assert found == content
    assert list(found) == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2026-02-30\n", "b (line 2): is not valid YAML: day is out of range for month. Correct the value"),
        ("a: 1\nb: " + "9" * 5000, "b (line 2): is not valid YAML: Exceeds the limit"),
        ("%YAML 1.1\n---\na: 16:40\n", "line 1: has a YAML directive (%)"),
        ("a: !!int 7\n", "line 1: is not valid YAML here: the tag tag:yaml.org,2002:int. Remove the tag"),
        ("a:\n  - !x 7\n", "line 2: is not valid YAML here: the tag !x"),
        ("a: 1\n? &x b\n: 2\n", "line 2: uses a YAML anchor or alias"),
        ('a: "b\\u2028c"\n', "a (line 1): contains the control character U+2028. Remove it"),
        ("a: b\u202ec\n", "a (line 1): contains U+202E, which changes the direction of writing. Remove it"),
        ('a: "甲\\u200b乙"\n', "a (line 1): contains U+200B, which no reader sees, so that"),
        ('a: "b\\u00adc"\n', "a (line 1): contains U+00AD, which no reader sees"),
        ('a: "b\\ufffec"\n', "a (line 1): contains U+FFFE, which no reader sees"),
        ("a:\n  b\u2060c: 1\n", "a (line 2): contains U+2060, which no reader sees"),
        ("a:\n  b\u200fc: 1\n", "a (line 2): contains U+200F, which changes the direction of writing. Remove it"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_with_its_line(tmp_path, text, message):
    with pytest.raises(SpecError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
