"""Do the components of higher-order constructs share out their items?"""

from __future__ import annotations

from collections.abc import Callable

from ncsi.errors import SpecError
from ncsi.spec.instrument import Construct, Instrument

Where = Callable[..., str]


def check_components(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless every item of a construct with components lies in one of them, in the items' order."""
    for k, construct in enumerate(instrument.constructs):
        if construct.components:
            _check(construct, k, instrument, where)


def _check(construct: Construct, k: int, instrument: Instrument, where: Where) -> None:
    keys = ("constructs", k, "components")
    if construct.id == instrument.target:
        problem = f"the target '{construct.id}' has components"
        raise SpecError(where(*keys), problem, "Give its items to the target itself")
    if len(construct.components) < 2:
        problem = f"'{construct.id}' has a single component"
        raise SpecError(where(*keys), problem, "Name two components or more, or none")
    shared = [item for component in construct.components for item in component.items]
    own = [item.id for item in construct.items]
    if shared != own:
        problem = (
            f"the components of '{construct.id}' hold {', '.join(shared)}, its items are {', '.join(own)}"
        )
        raise SpecError(where(*keys), problem, "Name every item once, in the order of the items")
