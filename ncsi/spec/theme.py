"""How a workspace's publications look: publisher, logo, colours, fonts, a map. What they say no theme changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Label, Spec, none_declared
from ncsi.spec.contrast import TEXT, contrast, readable
from ncsi.spec.font_files import FontFile, Script, Weight, read_font
from ncsi.spec.load import spec_sha256
from ncsi.spec.logo import Logo, read_logo
from ncsi.spec.problems import Where, validate
from ncsi.spec.territory.borders import checked_approval, read_borders
from ncsi.spec.territory.sheet import ProvinceMap, on_sheet
from ncsi.spec.wave import Wave
from ncsi.spec.yaml_documents import read_document

HEX = r"^#[0-9A-Fa-f]{6}$"
LIGHT_GROUNDS, DARK_GROUNDS = ("#ffffff", "#edf2f7"), ("#11171f", "#1b222c")
"""Paper and the ground of boxes, of pages in the light and in the dark."""
_BLACK, _WHITE = "#000000", "#ffffff"
FileName = Annotated[str, Field(min_length=1, max_length=200)]
Hex = Annotated[str, Field(pattern=HEX), AfterValidator(str.lower)]


class Colours(Spec):
    """The one colour that a publisher chooses, and its shade where pages are dark, by default the nearest readable."""

    accent: Hex
    accent_dark: Hex | None = None

    @property
    def on_dark(self) -> str:
        """The colour of dark pages."""
        return self.accent_dark or readable(self.accent, DARK_GROUNDS, _WHITE)


class LogoFile(Spec):
    """`file`: SVG or PNG in the workspace; `alt`: what it shows, for who does not see it."""

    file: FileName
    alt: Label


class MapFile(Spec):
    """`file`: GeoJSON of the provinces in the workspace; `approval`: the number (审图号) that the map was approved by;
    `source`: who made it; `property`: which property holds the code or the name of a province."""

    file: Annotated[str, Field(min_length=1, max_length=200)]
    approval: Annotated[str, Field(max_length=60)] = ""
    source: Label
    property: Annotated[str, Field(min_length=1, max_length=60)] = "adcode"


class Weights(Spec):
    """Files of one family in the workspace: TTF, OTF or WOFF2, each of one weight. `semibold`: by default as `bold`."""

    regular: FileName
    bold: FileName
    semibold: FileName | None = None

    @property
    def files(self) -> dict[Weight, tuple[str, str]]:
        """Key and file by weight."""
        told: dict[Weight, tuple[str, str]] = {400: ("regular", self.regular), 700: ("bold", self.bold)}
        return told if self.semibold is None else {**told, 600: ("semibold", self.semibold)}


class Fonts(Spec):
    """Fonts of a publisher's own. `latin`: of letters and figures; `chinese`: of all else, and of these where there is
    no `latin`. What they lack, and what has none, is in the house's font."""

    latin: Weights | None = None
    chinese: Weights | None = None


class Sections(Spec):
    """Sections that reports have, or leave out: of the nation `areas` and `contributions`, of sectors the others. What
    says how figures came about and how sure they are is always there."""

    areas: StrictBool = True
    contributions: StrictBool = True
    waves: StrictBool = True
    sub_indices: StrictBool = True
    improvements: StrictBool = True
    subgroups: StrictBool = True

    @property
    def left_out(self) -> tuple[str, ...]:
        """Those that reports leave out, in the order of the keys."""
        return tuple(name for name in type(self).model_fields if not getattr(self, name))


class Theme(Spec):
    """`theme.yaml`: who publishes (in place of what the waves say), with which logo, colours and `fonts`;
    whether PDFs begin with a band in the colour (`cover`), the `map` that provinces are drawn on, and what reports
    leave out (`sections`)."""

    spec: Literal["ncsi/theme/1"]
    publisher: Label | None = None
    logo: LogoFile | None = None
    colours: Colours | None = None
    fonts: Fonts | None = Field(default=None, exclude_if=none_declared)
    cover: StrictBool = True
    map: MapFile | None = Field(default=None, exclude_if=none_declared)
    sections: Sections = Sections()


@dataclass(frozen=True, slots=True)
class WorkspaceTheme:
    """A checked theme with its logo and its map read, and its fonts looked through."""

    theme: Theme
    logo: Logo | None = None
    map: ProvinceMap | None = None
    fonts: tuple[FontFile, ...] = ()

    @property
    def sha256(self) -> dict[str, str]:
        """Hashes of what it is made from, by name: inputs of a release."""
        found = {"theme": spec_sha256(self.theme)}
        if self.logo is not None:
            found["theme logo"] = hashlib.sha256(self.logo.content).hexdigest()
        if self.map is not None:
            found["theme map"] = self.map.sha256
        found |= {f"theme font {one.script} {one.weight}": one.sha256 for one in self.fonts}
        return found


def load_theme(root: Path) -> WorkspaceTheme | None:
    """The theme of the workspace in `root`; None where it has no `theme.yaml`.

    Raises SpecError naming file, key and cure: a colour that cannot be read on its ground, a logo that is not there or
    does more than draw, a map without its approval or not whole, a font that cannot be read, may not be embedded or
    lacks what every page has.
    """
    path = root / "theme.yaml"
    if not path.exists():
        return None
    document = read_document(path)
    theme = validate(document, Theme)
    if theme.colours is not None:
        _check_colours(theme.colours, document.where)
    logo = None
    if theme.logo is not None:
        logo = read_logo(root, theme.logo.file, document.where("logo", "file"))
    drawn = None if theme.map is None else _read_map(root, theme.map, document.where)
    return WorkspaceTheme(theme, logo, drawn, tuple(_fonts(root, theme.fonts, document.where)))


def theme_if_whole(root: Path) -> tuple[WorkspaceTheme | None, str]:
    """The theme of the workspace in `root`; None also where it is not as it should be or cannot be read, and why."""
    try:
        return load_theme(root), ""
    except (SpecError, OSError) as error:
        return None, str(error)


def published_by(wave: Wave, themed: WorkspaceTheme | None) -> Wave:
    """The wave under the publisher of a theme that names one."""
    if themed is None or themed.theme.publisher is None:
        return wave
    return wave.model_copy(update={"publisher": themed.theme.publisher})


def _read_map(root: Path, told: MapFile, where: Where) -> ProvinceMap:
    approval = checked_approval(told.approval, where("map", "approval"))
    place = where("map", "file")
    borders, sha256 = read_borders(root, told.file, told.property, place)
    return on_sheet(borders, approval, told.source, sha256, place)


def _fonts(root: Path, fonts: Fonts | None, where: Where) -> Iterator[FontFile]:
    """Each file, checked; those of one family are told apart by their weights."""
    families: tuple[tuple[Script, Weights | None], ...] = (
        () if fonts is None else (("latin", fonts.latin), ("chinese", fonts.chinese))
    )
    for script, weights in families:
        seen: dict[str, str] = {}
        for weight, (key, name) in weights.files.items() if weights is not None else ():
            found = read_font(root, name, script, weight, where("fonts", script, key))
            if found.sha256 in seen:
                raise SpecError(
                    where("fonts", script, key),
                    f"it is the font of `{seen[found.sha256]}`, and pages tell what matters by weight",
                    "Name a file of its own for each weight, or leave `semibold` out",
                )
            seen[found.sha256] = key
            yield found


def _check_colours(colours: Colours, where: Where) -> None:
    """Text of either colour can be read on all grounds that it stands on, so white on it too."""
    told = (
        ("accent", colours.accent, LIGHT_GROUNDS, _BLACK),
        ("accent_dark", colours.on_dark, DARK_GROUNDS, _WHITE),
    )
    for key, colour, grounds, towards in told:
        least = min(grounds, key=lambda ground: contrast(colour, ground))
        # Rounded down: what is printed as enough is enough.
        found = int(contrast(colour, least) * 100) / 100
        if contrast(colour, least) < TEXT:
            raise SpecError(
                where("colours", key),
                f"{colour} has a contrast of {found:.2f} to 1 on {least}, and text needs {TEXT} to 1",
                f"The nearest shade that has it: {readable(colour, grounds, towards)}",
            )
