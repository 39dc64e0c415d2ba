"""What the field board says of a sector's panel."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.text import NONE, Pair, phrase
from ncsi.waves.board_page import PanelBoard, PanelRow
from ncsi.waves.names import Names
from ncsi.waves.panels import PanelProgress


def panel_board(found: PanelProgress, names: Names) -> PanelBoard:
    """The panel's box: a row for each rotation group or cohort, then all together."""

    def called(part: str) -> Pair:
        if not part:
            return phrase("field_panel_no_group")
        return names.values[found.by, part] if found.by else names.waves.get(part, text.same(part))

    rows = [_row(called(one.part), one.due, one.returned, one.new) for one in found.parts]
    if len(rows) != 1:
        rows.append(_row(phrase("field_all"), found.due, found.returned, found.new))
    head = names.variables[found.by] if found.by else phrase("field_panel_cohort")
    previous = names.waves.get(found.previous, text.same(found.previous))
    return PanelBoard(head, tuple(rows), text.sentences(_told(found, previous)), found.out_of_turn > 0)


def _row(name: Pair, due: int, returned: int, new: int) -> PanelRow:
    return PanelRow(
        name, text.count(due), text.count(returned), text.count(due - returned),
        text.share(returned / due, 1) if due else NONE, text.count(new),
    )  # fmt: skip


def _told(found: PanelProgress, previous: Pair) -> list[Pair]:
    said = [
        phrase(
            "field_panel_members",
            wave=previous,
            n=text.count(found.members),
            released=text.count(found.released),
        )
    ]
    if found.last_retention is not None:
        said.append(phrase("field_panel_last", wave=previous, share=text.share(found.last_retention, 1)))
    if found.new_share is not None:
        share = text.share(found.new_share, 1)
        if found.planned_new is None:
            said.append(phrase("field_panel_new", share=share))
        else:
            said.append(phrase("field_panel_planned", share=share, planned=text.share(found.planned_new)))
    if found.back:
        said.append(phrase("field_panel_back", n=text.count(found.back)))
    if found.out_of_turn:
        said.append(phrase("field_panel_out_of_turn", n=text.count(found.out_of_turn)))
    return said
