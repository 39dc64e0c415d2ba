"""Make the ready web fonts in `web/`: what phrases, templates, instruments and sector lists use, in each weight.

Run it when the phrases have grown: `python -m ncsi.report.fonts.make_web`. A page shows the same without it, only
its second font grows.
"""

from pathlib import Path

from ncsi.report.fonts import WEB
from ncsi.report.woff import woff2

REPORT = Path(__file__).parents[1]
SPECS = REPORT.parents[1] / "data" / "schemas"
WEIGHTS = ("Regular", "SemiBold", "Bold")


def characters() -> str:
    """All that our own texts use."""
    files = [*REPORT.glob("phrases/*.yaml"), *REPORT.glob("templates/*.*"), *SPECS.rglob("*.yaml")]
    used = {one for path in files for one in path.read_text(encoding="utf-8")}
    used |= {chr(code) for code in range(0x20, 0x7F)}
    return "".join(sorted(one for one in used if one >= " "))


def main() -> None:
    """Write `web/`."""
    WEB.mkdir(exist_ok=True)
    wanted = characters()
    (WEB / "characters.txt").write_text(wanted + "\n", encoding="utf-8")
    for name in WEIGHTS:
        (WEB / f"{name}.woff2").write_bytes(woff2(name, wanted, kerned=True))


if __name__ == "__main__":
    main()
