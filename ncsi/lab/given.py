"""Whether a call of the bench is given what it takes: an instrument, a fit, its replicates."""

from __future__ import annotations

from collections.abc import Mapping

from ncsi import model
from ncsi.errors import InputError, ModelError
from ncsi.spec.instrument import Instrument
from ncsi.spec.problems import did_you_mean


def require_instrument(inst: object) -> None:
    """Raise ModelError for what is no instrument, with the way to one."""
    if not isinstance(inst, Instrument):
        raise ModelError(
            f"the model is {type(inst).__name__}, not an instrument. Use ncsi.load_instrument for a preset or a file, "
            "ncsi.model_from for lavaan text or for constructs and paths."
        )


def require_fit(fit: object, what: str) -> None:
    """Raise ModelError for what is no PLS fit, with the way to one."""
    if isinstance(fit, model.PlsFit):
        return
    cure = (
        "Give its fit: boot.fit."
        if isinstance(fit, model.Bootstrap)
        else "Make one with ncsi.fit_pls(df, inst)."
    )
    raise ModelError(f"{what} takes a PLS fit, not {type(fit).__name__}. {cure}")


def require_arguments(call: str, asked: Mapping[str, object], known: type) -> None:
    """Raise InputError for an argument that `call` has not, with the nearest it has: those of `known`, and what is
    changed."""
    names = ("df", "inst", "add", "drop", *known.__annotations__)
    for name in asked:
        if name not in known.__annotations__:
            cure = did_you_mean(name, names, "arguments are")
            raise InputError(call, f"there is no argument '{name}'", cure)


def require_of(boot: object, fit: model.PlsFit, what: str) -> None:
    """Raise ModelError for what holds no replicates, and for those of another fit."""
    require_replicates(boot, what)
    if isinstance(boot, model.Bootstrap) and boot.fit is not fit:
        raise ModelError(
            f"the bootstrap is of another fit (instrument {boot.fit.instrument.id}, n {boot.fit.n}). "
            "Give the one made of this fit."
        )


def require_replicates(boot: object, what: str) -> None:
    """Raise ModelError for what holds no replicates, with the way to them."""
    if not isinstance(boot, model.Bootstrap):
        raise ModelError(
            f"{what} takes the replicates of a fit, not {type(boot).__name__}. Make them with ncsi.bootstrap(fit)."
        )
