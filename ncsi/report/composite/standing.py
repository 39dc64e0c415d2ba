"""Classes and vetoes of a scorecard, maturity levels, and how far self-assessment and audit agree."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.composite.rows import WHOLE, OneIndex
from ncsi.report.content.grids import Grid, cell, grid
from ncsi.report.text import NONE, Pair, phrase, phrases, same, typed
from ncsi.tables import OUT_COMPOSITE_AGREEMENT


def classes_grid(one: OneIndex) -> Grid | None:
    """How many units there are of each class, by score and after vetoes."""
    if not one.classes:
        return None
    labels = {
        row.class_awarded: typed(row.label_zh, row.label_en)
        for row in one.classes.values()
        if row.class_awarded
    }
    found = list(one.classes.values())
    names = list(dict.fromkeys([*labels, *(row.class_by_score for row in found if row.class_by_score)]))
    rows = [
        [
            cell(labels.get(name, same(name))), cell(text.count(sum(row.class_by_score == name for row in found))),
            cell(text.count(sum(row.class_awarded == name for row in found))),
        ]
        for name in names
    ]  # fmt: skip
    undecided = sum(not row.class_awarded and bool(row.class_by_score) for row in found)
    if undecided:
        rows.append([cell(phrase("class_undecided")), cell(NONE), cell(text.count(undecided))])
    return grid(
        "composite_classes",
        ("grade", "class_by_score", "class_awarded"),
        rows,
        phrase("composite_classes_note"),
    )


def vetoes_grid(one: OneIndex, unit: str | None = None) -> Grid | None:
    """Vetoes that hold or cannot be told: of one unit, or of all."""
    own = [row for row in one.vetoes if unit in (None, row.unit)]
    rows = [
        [
            *([] if unit else [cell(one.units[row.unit].name if row.unit in one.units else same(row.unit))]),
            cell(typed(row.label_zh, row.label_en)), cell(text.number(row.value, 0)), cell(text.number(row.least, 0)),
            cell(phrase(f"veto_{row.verdict}")),
        ]
        for row in own
    ]  # fmt: skip
    heads = (*([] if unit else ["unit_of_index"]), "veto", "veto_count", "veto_least", "check_result")
    return (
        grid("composite_vetoes", heads, rows, phrase("composite_vetoes_note"), wide=(0, 1)) if rows else None
    )


def levels_grid(one: OneIndex, unit: str = WHOLE) -> Grid | None:
    """Levels of a unit by criterion: self-assessed, audited, calibrated, and the first gap."""
    rows = []
    for node in one.nodes.values():
        row = one.maturity.get((unit, node.node))
        if row is None:
            continue
        rows.append([
            cell(Pair("　" * node.depth + node.label_zh, "　" * node.depth + node.label_en)),
            *(cell(text.number(value, 2)) for value in (row.self_level, row.audit_level, row.calibrated_level)),
            cell(NONE if row.gap is None else str(int(row.gap))),
            cell(phrase(f"flag_{row.flag}") if row.flag else same("")),
        ])  # fmt: skip
    heads = ("criterion", "self_level", "audit_level", "calibrated_level", "first_gap", "remark")
    return grid("composite_levels", heads, rows, phrase("composite_levels_note")) if rows else None


def agreement_grid(one: OneIndex) -> Grid | None:
    """κ, α, agreement in per cent and bias side by side: one of them alone hides the others."""
    frame = one.frame(OUT_COMPOSITE_AGREEMENT.name)
    rows = [
        [
            cell(phrases().get(f"statistic_{row['statistic']}", same(str(row["statistic"]).replace("_", " ")))),
            cell(text.number(row["value"], 3)), cell(text.count(row["n"])),
            cell(phrase(f"agreement_{row['verdict']}") if row["verdict"] else same("")),
        ]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    return (
        grid(
            "composite_agreement",
            ("statistic", "value", "cases", "remark"),
            rows,
            phrase("composite_agreement_note"),
        )
        if rows
        else None
    )
