"""Does what a wave says of its panel hold: who is asked when, how those who left are made up for?"""

from __future__ import annotations

from collections.abc import Sequence

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import wave_order
from ncsi.spec.panel_plan import Attrition, Rotation
from ncsi.spec.problems import Where, check_known, check_unique
from ncsi.spec.wave import Wave

_VARIABLE = "background variable with declared values"


def check_panel(wave: Wave, where: Where) -> None:
    """Raise SpecError unless what the wave says of keeping a panel up holds, and it is of one."""
    for key in ("rotation", "attrition"):
        if getattr(wave, key) is not None and wave.panel is None:
            raise SpecError(
                where(key), "the wave is of no panel", f"Name it under `panel:`, or leave {key} out"
            )
    if wave.rotation is not None:
        _check_rotation(wave, wave.rotation, where)
    if wave.attrition is not None:
        _check_attrition(wave, wave.attrition, where)


def _check_attrition(wave: Wave, attrition: Attrition, where: Where) -> None:
    if wave.weighting is not None and wave.weighting.replicates is not None:
        problem = (
            "replicate weights take the shares of the wave before as known, and errors come out too small"
        )
        raise SpecError(
            where("attrition"), problem, "Leave out `attrition:`, or `replicates` of the weighting"
        )
    check_unique("variable", ((name, ("attrition", "by", k)) for k, name in enumerate(attrition.by)), where)
    for k, name in enumerate(attrition.by):
        check_known(name, _with_values(wave), _VARIABLE, where("attrition", "by", k))


def _check_rotation(wave: Wave, rotation: Rotation, where: Where) -> None:
    """Either so many waves for everybody, or groups that each have theirs."""
    if (rotation.stay is None) == (rotation.by is None) or (rotation.by is None) == bool(rotation.groups):
        problem = (
            "it says not how long members stay" if rotation.stay is None else "it says two things at once"
        )
        cure = "Write `stay:` with a number of waves, or `by:` with a background variable and `groups:` of its values"
        raise SpecError(where("rotation"), problem, cure)
    if rotation.by is None:
        return
    check_known(rotation.by, _with_values(wave), _VARIABLE, where("rotation", "by"))
    _check_groups(wave, rotation, [one.id for one in wave.background[rotation.by].values], where)


def _check_groups(wave: Wave, rotation: Rotation, values: Sequence[str], where: Where) -> None:
    places = ((one.id, ("rotation", "groups", k, "id")) for k, one in enumerate(rotation.groups))
    check_unique("group", places, where)
    for k, one in enumerate(rotation.groups):
        check_known(one.id, values, f"value of {rotation.by}", where("rotation", "groups", k, "id"))
        if one.leaves is not None and wave_order(one.leaves) <= wave_order(one.enters):
            problem = f"group '{one.id}' leaves in {one.leaves}, not after it enters in {one.enters}"
            raise SpecError(
                where("rotation", "groups", k, "leaves"), problem, "Name the first wave that does not ask it"
            )
    lacking = sorted(set(values) - {one.id for one in rotation.groups})
    if lacking:
        problem = f"the value '{lacking[0]}' of {rotation.by} is no group"
        raise SpecError(
            where("rotation", "groups"), problem, "Say in which wave it enters, and in which it leaves"
        )
    if not rotation.asked_in(wave.id):
        problem = f"none of the {len(rotation.groups)} groups is to be asked in {wave.id}"
        raise SpecError(
            where("rotation", "groups"), problem, "Add the one that enters, or let another stay longer"
        )


def _with_values(wave: Wave) -> tuple[str, ...]:
    return tuple(name for name, one in wave.background.items() if one.values)
