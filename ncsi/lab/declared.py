"""Instruments made in Python rather than read from a file: whether they hold together, and with other paths."""

from __future__ import annotations

from collections.abc import Sequence

from ncsi.errors import ModelError, SpecError
from ncsi.spec.instrument import Instrument, Path
from ncsi.spec.instrument_checks import check_model
from ncsi.spec.problems import did_you_mean

ARROW = "->"


def require_instrument(inst: object) -> None:
    """Raise ModelError for what is no instrument, with the way to one."""
    if not isinstance(inst, Instrument):
        raise ModelError(
            f"the model is {type(inst).__name__}, not an instrument. Use ncsi.load_instrument for a preset or a file, "
            "ncsi.model_from for lavaan text or for constructs and paths."
        )


def changed_paths(inst: Instrument, add: Sequence[str] | str, drop: Sequence[str] | str) -> Instrument:
    """The instrument with paths "A -> B" added and others dropped, which must be there.

    Raises SpecError for a path to drop that it has not, and where the model no longer holds together.
    """
    if not add and not drop:
        return inst
    kept = {f"{one.source} {ARROW} {one.target}": one for one in inst.paths}
    for text in _listed(drop):
        name = f" {ARROW} ".join(_ends(text, "drop"))
        if name not in kept:
            raise SpecError(
                "drop", f"the model has no path {name}", did_you_mean(name, tuple(kept), "paths are")
            )
        del kept[name]
    added = [
        Path.model_validate(dict(zip(("from", "to"), _ends(t, "add"), strict=True))) for t in _listed(add)
    ]
    changed = inst.model_copy(update={"paths": (*kept.values(), *added)})
    check_model(changed, lambda *_: f"the paths of {inst.id}")
    return changed


def interaction_of(
    inst: Instrument, moderator: str | None, predictor: str | None, outcome: str | None
) -> tuple[str, str, str]:
    """Moderator, predictor and outcome as named, else those of the one declared interaction that fits.

    Raises ModelError where names are missing and none or several are declared.
    """
    if moderator is not None and predictor is not None and outcome is not None:
        return moderator, predictor, outcome
    asked = (moderator, predictor, outcome)
    declared = [(one.moderator, one.predictor, one.outcome) for one in inst.interactions]
    fitting = [one for one in declared if all(a in (None, b) for a, b in zip(asked, one, strict=True))]
    if len(fitting) != 1:
        told = "; ".join(f"{m} × {p} -> {o}" for m, p, o in fitting) or "none"
        raise ModelError(
            f"interactions that the model {inst.id} declares and that fit: {told}. Name moderator, predictor and "
            "outcome."
        )
    return fitting[0]


def _listed(texts: Sequence[str] | str) -> Sequence[str]:
    return [texts] if isinstance(texts, str) else texts


def _ends(text: str, where: str) -> tuple[str, str]:
    parts = [part.strip() for part in text.split(ARROW)]
    if len(parts) != 2 or not all(parts):
        raise SpecError(where, f"'{text}' is no path", 'Write it as "Image -> Loyalty"')
    return parts[0], parts[1]
