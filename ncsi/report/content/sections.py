"""Sections of reports that a theme may leave out: whatever says how sure a figure is, is none of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ncsi.report.content.national import NationalPage
from ncsi.report.content.sector import SectorPage


def shown_of_nation(page: NationalPage, left_out: Collection[str]) -> NationalPage:
    """The national report without its sections `areas` and `contributions`, where these are left out."""
    if "areas" in left_out:
        page = replace(page, areas=replace(page.areas, strips=()), story=replace(page.story, areas=()))
    if "contributions" in left_out:
        page = replace(page, contributions=replace(page.contributions, rows=()))
    return page


def shown_of_sector(page: SectorPage, left_out: Collection[str]) -> SectorPage:
    """A sector's report without its sections `waves`, `sub_indices`, `improvements` and `subgroups`, where these are
    left out."""
    if "waves" in left_out:
        page = replace(page, waves=replace(page.waves, rows=()))
    if "sub_indices" in left_out:
        page = replace(page, beside=())
    if "improvements" in left_out:
        page = replace(page, improvements=())
    if "subgroups" in left_out:
        page = replace(page, subgroups=replace(page.subgroups, strips=()))
    return page
