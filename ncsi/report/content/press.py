"""The press note: one page of sentences, each made by the significance of its figures."""

from __future__ import annotations

from typing import Any

from ncsi.report import text
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec

_NAMED = 3


def press(national: dict[str, Any], spec: ReleaseSpec) -> dict[str, Any]:
    """What the press note says, from the national report's own content: the same findings, the significant
    movers by name, how sure all of it is, how it was measured."""
    return {
        **national,
        "paragraphs": [
            *national["findings"],
            *_moved(national["movers"]["rows"]),
            _extremes(national),
        ],
        "measured": phrase(
            "press_measured", n=national["facts"][0]["value"], sectors=len(spec.wave.sectors),
            start=spec.wave.field.start.isoformat(), end=spec.wave.field.end.isoformat(),
            level=national["level"],
        ),
        "caution": phrase("press_caution"),
    }  # fmt: skip


def _moved(rows: list[dict[str, Any]]) -> list[Pair]:
    """The largest significant rises and falls by name; nothing where there is none."""
    found = []
    for key, chosen in (
        ("press_rose", [one for one in rows if one["tone"] == "up"][:_NAMED]),
        ("press_fell", [one for one in reversed(rows) if one["tone"] == "down"][:_NAMED]),
    ):
        if chosen:
            names = text.joined([_with_change(one) for one in chosen])
            found.append(phrase(key, names=names))
    return found


def _with_change(one: dict[str, Any]) -> Pair:
    return {
        "zh": f"{one['name']['zh']}（{one['value']} 分）",
        "en": f"{one['name']['en']} ({one['value']} points)",
    }


def _extremes(national: dict[str, Any]) -> Pair:
    ranking = national["ranking"]
    return phrase(
        "press_range", k=len(ranking), low=ranking[-1]["value"], high=ranking[0]["value"],
        first=ranking[0]["rank_set"], last=ranking[-1]["rank_set"],
    )  # fmt: skip


def markdown(content: dict[str, Any], language: str) -> str:
    """The note as Markdown in one language; text of others cannot become markup."""
    said = [one[language] for one in content["paragraphs"]]
    title = f"{content['title'][language]} · {content['label'][language]}"
    lines = [
        f"# {_plain(content['headline'][language])}",
        f"**{_plain(title)}** · {content['date']} · {_plain(content['publisher'][language])}",
        *(
            f"> {_plain(one['head'][language])}: {_plain(one['note'][language])}"
            for one in content["revisions"]
        ),
        *(f"> {_plain(one[language])}" for one in (content["embargo"], content["banner"]) if one[language]),
        f"**{content['value']}** ({phrase('ci', level=content['level'])[language]} {content['interval']})",
        "\n".join(f"- {_plain(one)}" for one in said),
        _plain(content["measured"][language]),
        _plain(content["caution"][language]),
        _plain(content["cite"][language]),
    ]
    return "\n\n".join(lines) + "\n"


def _plain(words: str) -> str:
    """Text whose Markdown signs stand for themselves."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|~" else sign for sign in words)
