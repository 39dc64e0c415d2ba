"""How alike two questions are: by what they are about, by their words and characters, in Chinese and in English."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from scipy import sparse

from ncsi.ingest.dialects.column_names import plain_text
from ncsi.ingest.proposed_map.concepts import concepts_of

_CJK = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]+")
_LATIN = re.compile(r"[a-z][a-z'’-]+")
_BOTH_CJK, _BOTH_LATIN = 4, 3
_NUMBERING = re.compile(r"^\s*(?:[a-z]{0,8}\d+(?:[._-]\d+)*|[a-z]+\[\w+\])\s*[.、:：)）]\s*")
_MARKS = re.compile(
    r"[\[【(（]\s*(?:单选题|多选题|矩阵.{0,6}|量表题?|评分题|打分题?|必答题?|必填|required)\s*[\]】)）]|\*"
)
_SCALE = (
    re.compile(
        r"[，,。？?；;(（【\s]*(?:请[用以按在]|用|按)?\s*\d+\s*分?\s*[-~～—–至到]\s*\d+\s*分.*$", re.DOTALL
    ),
    re.compile(r"[，,。？?；;(（【\s]*\d+\s*分?\s*(?:=|表示|代表|[“\"'])[^，,]*.*$", re.DOTALL),
    re.compile(
        r"[\s,;.(]*(?:please )?(?:answer|rate|score|use|using)?[^.?!]{0,40}?"
        r"\b(?:0|1|one|zero)\s*(?:to|-|–)\s*(?:\d+|ten|five|seven)\b.*$",
        re.DOTALL,
    ),
    re.compile(r"[\s,;.(]*\b\d+\s*(?:=|means|is)\s*[“\"'a-z].*$", re.DOTALL),
)
_PART = re.compile(r"\s+[-–]\s+|—+|:(?=\s|[\u3400-\u9fff])|(?<=[\u3400-\u9fff]):|\s*\|\s*|\s*>\s*")
_ROW = re.compile(r"^(?P<stem>.*?)[\[(（](?P<row>[^\[\]()（）]+)[\])）]\s*$", re.DOTALL)
_OF_SCALE = re.compile(
    r".*\d.*|(?:非常|完全|最|很|极|不|十分|特别|绝对|从不)"
    r".*|(?:very|not|extremely|completely|totally|fully|strongly|least|most|highly)\b.*",
    re.DOTALL,
)
"""What is no row of a grid: the scale itself, or one of its ends."""

_STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "does", "for", "from", "had", "has",
    "have", "how", "i", "if", "in", "is", "it", "its", "me", "my", "of", "on", "or", "so", "that", "the",
    "their", "them", "this", "to", "was", "we", "were", "what", "when", "which", "with", "would", "you", "your",
    "very", "rate", "please", "think", "much", "well", "good",
})  # fmt: skip
_IDLE = re.compile(
    r"您|请|如何|怎么样|怎样|是否|认为|觉得|评价|程度|情况|方面|对于?|该|这家|本|的|了|吗|呢|在|是|有|多|和|与"
)
_STEM, _CONCEPT, _WORDS = 6, 2.2, 0.3
_LABEL = 0.92


@dataclass(frozen=True, slots=True)
class Said:
    """One way that a question is put: its text in one language, and the terms that it is compared by."""

    owner: int
    text: str
    terms: frozenset[str]
    worth: float = 1.0


def bare(text: str) -> str:
    """A question without its number, marks and instructions how to answer, in lower case."""
    found = _MARKS.sub(" ", _NUMBERING.sub("", plain_text(text).casefold()))
    for one in _SCALE:
        shorter = one.sub("", found)
        found = shorter if len(shorter.strip()) > 1 else found
    return found.strip(" ？?。.，,")


def spoken(owner: int, text: str, worth: float = 1.0) -> list[Said]:
    """The ways that a text puts its question: by language, and by the row of a grid alone."""
    if not text.strip():
        return []
    whole = plain_text(text).casefold()
    cjk, latin = sum(map(len, _CJK.findall(whole))), len(_LATIN.findall(whole))
    languages = [whole]
    if cjk >= _BOTH_CJK and latin >= _BOTH_LATIN:
        languages = [re.sub(r"[a-z][a-z'’-]*", " ", whole), _CJK.sub(" ", whole)]
    found = {part: None for one in languages for part in (*_parts(bare(one)), _row_of_scaled(one)) if part}
    return [Said(owner, part, terms_of(part), worth) for part in found]


def _parts(text: str) -> list[str]:
    row = _ROW.match(text)
    parts = [text, *([row["row"].strip(), row["stem"].strip()] if row else [])]
    pieces = [one.strip() for one in _PART.split(text) if one.strip()]
    return parts + ([pieces[-1]] if len(pieces) > 1 else [])


def _row_of_scaled(text: str) -> str:
    """The row of a grid whose stem says how to answer, which is no end of the question: `打分（1-10分）—外观`."""
    whole = _MARKS.sub(" ", _NUMBERING.sub("", text)).strip()
    row = _ROW.match(whole)
    pieces = [one.strip() for one in _PART.split(whole) if one.strip()]
    last = row["row"].strip() if row else pieces[-1] if len(pieces) > 1 else ""
    return "" if _OF_SCALE.fullmatch(last) else bare(last)


def terms_of(text: str) -> frozenset[str]:
    """Concepts (`#…`), pairs of Chinese characters, stems of English words."""
    found = {f"#{one}" for one in concepts_of(text)}
    for run in _CJK.findall(_IDLE.sub(" ", text)):
        found |= {run[k : k + 2] for k in range(len(run) - 1)} or {run}
    return frozenset(found | {word[:_STEM] for word in _LATIN.findall(text) if word not in _STOP})


def alike(wanted: Sequence[Said], there: Sequence[Said], rows: int, columns: int) -> npt.NDArray[np.float64]:
    """How alike (0-1) each wanted question and each text that is there are, the best of their ways of putting it.

    What many questions share (the name of the firm, the stem of a grid) counts little.
    """
    made = np.zeros((rows, columns))
    if not wanted or not there:
        return made
    weigh = _weights([*wanted, *there])
    common = np.asarray((_terms(wanted, weigh) @ _terms(there, weigh).T).todense())
    total = [
        np.array([sum(weigh[term][1] for term in one.terms) for one in side]) for side in (wanted, there)
    ]
    mean = (total[0][:, None] + total[1][None, :]) / 2
    shared = np.divide(common, mean, out=np.zeros_like(common), where=mean > 0)
    letters = (
        process.cdist([one.text for one in wanted], [one.text for one in there], scorer=fuzz.ratio) / 100.0
    )
    score = (1 - _WORDS) * shared + _WORDS * letters
    score *= np.array([one.worth for one in wanted])[:, None]
    np.maximum.at(
        made,
        (np.array([one.owner for one in wanted])[:, None], np.array([one.owner for one in there])[None, :]),
        score,
    )
    return made


def _weights(said: Sequence[Said]) -> dict[str, tuple[int, float]]:
    """Term → its place and its weight: rare terms weigh more, concepts more than words."""
    owners = Counter(term for one in said for term in one.terms)
    total = len(said)
    return {
        term: (k, math.log(1 + total / count) * (_CONCEPT if term.startswith("#") else 1.0))
        for k, (term, count) in enumerate(sorted(owners.items()))
    }


def _terms(said: Sequence[Said], weigh: dict[str, tuple[int, float]]) -> sparse.csr_matrix:
    rows, places, values = [], [], []
    for k, one in enumerate(said):
        for term in one.terms:
            place, weight = weigh[term]
            rows.append(k)
            places.append(place)
            values.append(math.sqrt(weight))
    return sparse.csr_matrix((values, (rows, places)), shape=(len(said), len(weigh)))


def same_text(one: str, others: Iterable[str]) -> bool:
    """Whether a text is one of the others, numbers, marks and instructions aside."""
    wanted = bare(one)
    return bool(wanted) and any(wanted == bare(other) for other in others)
