"""How a wave's jobs run: one item after the other, by processes side by side, or by a scheduler (`flows`).

An engine is what the command line, flows, notebooks and tests hold; the steps themselves are the same in each.
"""

from typing import TYPE_CHECKING

from ncsi.engine.jobs import Engine, WaveOutcome
from ncsi.engine.local import InOrder, Processes
from ncsi.engine.steps import Caution, Progress, settled

if TYPE_CHECKING:
    from ncsi.engine.steps import Job as Job

__all__ = ["Caution", "Engine", "InOrder", "Processes", "Progress", "WaveOutcome", "settled"]
