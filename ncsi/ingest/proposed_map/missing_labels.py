"""Codes whose value labels speak of a missing answer: of the whole file, or of one item alone."""

from __future__ import annotations

from collections.abc import Mapping

from ncsi.ingest.cells import whole_number
from ncsi.ingest.dialects import Export
from ncsi.ingest.dialects.value_labels import kind_of
from ncsi.ingest.proposed_map.answer_words import LABELLED, Wording
from ncsi.spec import Instrument, Missing


def missing_labels(
    export: Export, columns: Mapping[str, str], instrument: Instrument
) -> tuple[dict[str, list[str]], list[Wording]]:
    """Kind → codes that are missing at every item; and those of one item, as the instrument's own code of the kind.

    `columns`: item id → header. A map's `missing` holds for every item: a code on the scale of some item, or labelled
    otherwise at another, would take answers away there. Codes that the instrument knows are left out.
    """
    by_name = {one.name: one.labels for one in export.columns}
    labels = {item: by_name[header] for item, header in columns.items()}
    own = {kind: getattr(instrument.missing, kind.value) for kind in Missing}
    known = {code for codes in own.values() for code in codes}
    of_all: dict[str, list[str]] = {}
    of_one: list[Wording] = []
    for item, codes in labels.items():
        for code, label in codes.items():
            kind = kind_of(label)
            if kind == Missing.BLANK.value or code in known:
                continue
            said = {kind_of(one[code]) for one in labels.values() if code in one}
            if said == {kind} and not _on_a_scale(code, instrument):
                if code not in of_all.setdefault(kind, []):
                    of_all[kind].append(code)
            else:
                stored = next(iter(own[Missing(kind)]), None)
                of_one.append(Wording(item, code, code=stored, confidence=LABELLED, by="value label"))
    return of_all, of_one


def _on_a_scale(code: str, instrument: Instrument) -> bool:
    number = whole_number(code)
    return number is not None and any(one.scale.min <= number <= one.scale.max for one in instrument.fielded)
