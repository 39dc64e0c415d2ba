"""What a command says when it is done: one summary on stdout, as text or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ncsi.engine import WaveOutcome
    from ncsi.ingest.figures import CellFault
    from ncsi.report import Release
    from ncsi.stages.collect import FileOutcome
    from ncsi.stages.estimate import SectorOutcome
    from ncsi.stages.nation import NationOutcome
    from ncsi.stages.whole_run import Done

_VERDICTS = {
    "rose": "rose",
    "fell": "fell",
    "no_significant_change": "no significant change",
}
_NOT_COMPARED = (
    "not compared with the wave before: its sectors, or what one of them was asked, are not the same"
)
_BRANDS_NAMED = 5
_MOST_NAMED = 30
"""Characters that a line names."""
_REVISED = {
    "same_name": "replaces an earlier delivery",
    "declared": "replaces an earlier delivery",
    "other_reading": "was read again, because its map or the wave's coding changed",
    "unknown_reading": "was read again, because the store did not know how it had been read",
}
"""By the reason of a revision, as `core_revisions` has it."""


@dataclass
class Said:
    """Of a command, `obj` of its context: whether it has said its summary, for stdout holds one JSON object, not two.
    `ahead`: the process that workers are forked off was begun before anything else."""

    summary: bool = False
    ahead: bool = False


def say(lines: Sequence[str], facts: dict[str, Any], as_json: bool) -> None:
    """Print the lines, or the facts as one JSON object."""
    context = click.get_current_context(silent=True)
    if context is not None and isinstance(context.obj, Said):
        context.obj.summary = True
    click.echo(json.dumps(facts, ensure_ascii=False, default=str) if as_json else "\n".join(lines))


def faults(found: Sequence[CellFault]) -> list[dict[str, Any]]:
    """Faults of a file of figures or records, for machines."""
    return [asdict(one) for one in found]


def collected(wave_id: str, outcomes: Sequence[FileOutcome]) -> tuple[list[str], dict[str, Any]]:
    """Rows read, accepted and rejected, with the rules that rejected them."""
    fresh = [outcome for outcome in outcomes if not outcome.repeated and not outcome.withdrawn]
    repeated = sum(outcome.repeated for outcome in outcomes)
    withdrawn = {outcome.source_name: outcome.withdrawn for outcome in outcomes if outcome.withdrawn}
    read, accepted, rejected = (
        sum(getattr(outcome, name) for outcome in fresh)
        for name in ("rows_read", "rows_accepted", "rows_rejected")
    )
    rules = _totals(outcome.rejects_by_rule for outcome in fresh)
    files = counted(len(fresh), "file")
    lines = [
        f"Wave {wave_id}: {files}, {counted(read, 'row')} read = {accepted:,} accepted + {rejected:,} rejected."
    ]
    forms = Counter(f"{outcome.dialect}, {outcome.encoding or 'binary'}" for outcome in fresh)
    if forms:
        lines.append(
            "  Read as: " + "; ".join(f"{form} ({count})" for form, count in sorted(forms.items())) + "."
        )
    if rules:
        lines.append("  Rejected: " + _listed(rules) + ".")
    for outcome in fresh:
        for one in outcome.revisions:
            lines.append(
                f"  {outcome.source_name} {_REVISED[one.reason]}: {counted(one.added, 'response')} added, "
                f"{one.removed:,} removed, {one.changed:,} changed."
            )
    warned = _totals(outcome.warnings_by_rule for outcome in fresh)
    if warned:
        lines.append("  Accepted, to be looked at: " + _listed(warned) + ".")
    if repeated:
        lines.append(f"  {counted(repeated, 'file')} already in the store, left unchanged.")
    lines += [f"  {name} is left out: {said}." for name, said in withdrawn.items()]
    lines += [
        f"  {one.source_name}: none of its {counted(one.rows_read, 'row')} was accepted. `ncsi check` names every "
        "fault; correct them, or the map."
        for one in outcomes
        if one.rejected_whole
    ]
    facts = {
        "wave": wave_id, "files": len(fresh), "files_repeated": repeated, "files_withdrawn": withdrawn,
        "read_as": dict(forms), "rows_read": read, "rows_accepted": accepted, "rows_rejected": rejected,
        "rejects_by_rule": rules,
        "warnings_by_rule": warned, "revisions": sum(len(outcome.revisions) for outcome in fresh),
    }  # fmt: skip
    return lines, facts


def estimated(sectors: Sequence[SectorOutcome], nation: NationOutcome) -> tuple[list[str], dict[str, Any]]:
    """The headline, and the sectors' indices highest first."""
    headline = (
        f"{nation.scope[:1].upper()}{nation.scope[1:]} index {nation.index_0_100:.2f} "
        f"({nation.low:.2f} to {nation.high:.2f}), "
        + (f"{counted(nation.sectors, 'sector')}, " if nation.sectors > 1 else "")
        + counted(nation.n, "respondent")
    )
    if nation.change is not None and nation.verdict is not None:
        told = f"change {nation.change:+.2f}, {_VERDICTS.get(nation.verdict)}"
        headline += f"; {_NOT_COMPARED if nation.verdict == 'trend_break' else told}"
        headline += _panel(nation)
    ranked = sorted((one for one in sectors if not one.problem), key=lambda sector: -sector.index_0_100)
    failed = [one for one in sectors if one.problem]
    width = max(len(sector.sector) for sector in ranked)
    rows = [
        f"  {one.sector:<{width}}  {one.index_0_100:6.2f}  ({one.low:.2f} to {one.high:.2f})  n {one.n:,}"
        + (f"  {kept_as_published(one)}" if one.held else "")
        for one in ranked
    ]
    facts = {
        "index_0_100": nation.index_0_100, "low": nation.low, "high": nation.high,
        "change": nation.change, "verdict": nation.verdict, "overlap": nation.overlap, "n": nation.n,
        "other_brands": list(nation.other_brands), "doubtful": list(nation.doubtful),
        "not_out": list(nation.not_out), "list_kept": list(nation.list_kept), "kept": nation.kept,
        "sectors": [
            {"sector": s.sector, "index_0_100": s.index_0_100, "low": s.low, "high": s.high, "n": s.n, "held": s.held,
             "few": s.few, "kept": s.kept, "errors": s.errors, "errors_apart": s.errors_apart}
            for s in ranked
        ],
        "left_out": [{"sector": s.sector, "reason": s.reason, "problem": s.problem} for s in failed],
    }  # fmt: skip
    kept = sum(one.kept for one in sectors)
    also = f" and {nation.scope} results" if nation.kept and nation.sectors > 1 else ""
    skipped = [f"  Not estimated again, as nothing changed: {counted(kept, 'sector')}{also}."] if kept else []
    lines = [headline + ".", *(rows if len(sectors) > 1 or any(one.held for one in ranked) else ()), *skipped]
    lines += _apart(ranked) + _other_brands(nation) + _doubtful(nation) + _not_out(nation)
    lines += _list_kept(nation)
    if failed:
        lines.append(f"  Left out: {counted(len(failed), 'sector')}.")
        lines += [f"    {one.sector}: {one.problem}" for one in failed]
    return lines, facts


def _other_brands(nation: NationOutcome) -> list[str]:
    """Brands whose id had another name in the wave before: no change of them is told."""
    if not nation.other_brands:
        return []
    named, more = nation.other_brands[:_BRANDS_NAMED], len(nation.other_brands) - _BRANDS_NAMED
    return [
        "  Not compared, as the wave before called their ids otherwise: "
        + "; ".join(named)
        + (f"; {more:,} more" if more > 0 else "")
        + ". Give a brand the id that it had; of one that was renamed, tell the earlier name (`formerly:`)."
    ]


def _doubtful(nation: NationOutcome) -> list[str]:
    """Sectors whose items say that a file may count otherwise than its questionnaire."""
    if not nation.doubtful:
        return []
    return [
        f"  To be looked at before it is out, with the number of items: {'; '.join(nation.doubtful)}. A file may have "
        f"another scale, or count backwards: see runs/{nation.wave}/validation.html, and declare it in its map."
    ]


def _list_kept(nation: NationOutcome) -> list[str]:
    """Sectors with the group and the share of the release that is out."""
    if not nation.list_kept:
        return []
    named, more = nation.list_kept[:_BRANDS_NAMED], len(nation.list_kept) - _BRANDS_NAMED
    return [
        f"  By the groups and shares of its release; the sector list says something else by now of {', '.join(named)}"
        + (f" and {more:,} more" if more > 0 else "")
        + ". To correct them, say `sector_list: true` in the revision."
    ]


def _not_out(nation: NationOutcome) -> list[str]:
    """Waves whose indices would come out with this one's."""
    if not nation.not_out:
        return []
    return [
        f"  Its series has {', '.join(nation.not_out)}, of which no release is out: to publish {nation.wave} publishes "
        "their indices of the whole, groups and sectors too."
    ]


def _apart(sectors: Sequence[SectorOutcome]) -> list[str]:
    """Whose standard errors are not what the infinitesimal jackknife makes of them."""
    far = [f"{one.sector} {one.errors_apart} of {one.errors}" for one in sectors if one.errors_apart]
    if not far:
        return []
    return [
        f"  Standard errors over 10 % off those of the infinitesimal jackknife: {', '.join(far)}. Few respondents, or "
        "a figure that does not follow them smoothly: see `core_errors_by_quantity`."
    ]


def kept_as_published(sector: SectorOutcome) -> str:
    """Why a sector keeps the figures that are out."""
    who = f"of those in {sector.few}" if sector.few else "respondents"
    return f"kept as published: too few {who} changed since"


def _panel(nation: NationOutcome) -> str:
    """How far the change is of the same respondents, where the wave is of a panel."""
    if nation.panel is None:
        return ""
    if nation.overlap is None:
        return f" (panel {nation.panel}: respondents not matched, tested as independent)"
    if nation.overlap == 0:
        return f" (panel {nation.panel}: nobody found in both waves, tested as independent)"
    return f" (panel {nation.panel}: {counted(nation.overlap, 'respondent')} in both waves)"


def _of_fonts(lacking: str) -> str:
    """That the publisher's fonts lack characters, and which."""
    named = " ".join(lacking[:_MOST_NAMED]) + (" …" if len(lacking) > _MOST_NAMED else "")
    return (
        f"The fonts of theme.yaml lack {counted(len(lacking), 'character')}, shown in Noto Sans SC: {named}."
    )


_AS_REVISION = "whichever is not right, declare a revision of it, estimate and publish again."


def published(release: Release) -> tuple[list[str], dict[str, Any]]:
    """Where the release is."""
    note = " Synthetic data: every page says so." if release.synthetic else ""
    if release.draft:
        note += " A draft: every page says so. Only `ncsi publish` publishes."
    elif release.embargoed:
        note += " Under embargo: every page says so; publish again when it is over."
    if release.left_out:
        names = ", ".join(one.sector for one in release.left_out)
        note += f" Incomplete: without {names}, as its pages and data say."
    if not (release.embargoed or release.draft or release.lacking):
        note += " Frozen from now on: other figures need an entry under `revisions:` of the wave file."
    if release.in_our_font:
        note += f" {_of_fonts(release.in_our_font)}"
    if release.lacking:
        note += f" A draft: it lacks {counted(release.lacking, 'approval')} (`ncsi wave approve`), then publish again."
    lines = [
        f"Release {release.release_id}: {release.folder / 'index.html'} ({counted(len(release.files), 'file')}).{note}"
    ]
    lines += [
        f"  The release of {later} prints other figures of {earlier} than are out: {_AS_REVISION}"
        for later, earlier in release.otherwise
    ]
    return lines, {
        "release_id": release.release_id,
        "release": str(release.folder),
        "release_files": len(release.files),
        "synthetic": release.synthetic,
        "embargoed": release.embargoed,
        "draft": release.draft,
        "incomplete": {one.sector: one.reason for one in release.left_out},
        "approvals_lacking": release.lacking,
        "otherwise": [list(two) for two in release.otherwise],
    }


def ran(outcome: WaveOutcome) -> tuple[list[str], dict[str, Any]]:
    """All three steps."""
    parts = (
        collected(outcome.wave, outcome.files),
        estimated(outcome.sectors, outcome.nation),
        published(outcome.release),
    )
    return [line for lines, _ in parts for line in lines], {
        k: v for _, facts in parts for k, v in facts.items()
    }


def unchanged(done: Done) -> tuple[list[str], dict[str, Any]]:
    """What the last run said, of one in which nothing is to be done."""
    note = (
        f"Skipped: collect, estimate, publish. Nothing changed since {done.time:%Y-%m-%d %H:%M} UTC "
        "(`--force estimate` or `--force publish` does that all the same)."
    )
    facts = {**done.facts, "skipped": ["collect", "estimate", "publish"], "as_of": done.time.isoformat()}
    return [*done.lines, note], facts


def done_again(
    forced: Sequence[str], lines: Sequence[str], facts: Mapping[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """What a command says, and which of its steps were done because somebody asked for it, changed or not."""
    note = [f"Done whether or not anything changed, as asked: {', '.join(forced)}."] if forced else []
    return [*lines, *note], {**facts, "forced": list(forced)}


def _totals(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


def _listed(rules: Mapping[str, int]) -> str:
    return ", ".join(f"{rule} {count:,}" for rule, count in rules.items())


def counted(number: int, noun: str, many: str = "") -> str:
    """How many there are, in words: `1 row`, `1,000 rows`."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"
