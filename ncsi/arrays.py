"""Types of the arrays that the rooms hand to each other; shapes stand in the docstrings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
"""Real numbers."""
Mask = NDArray[np.bool_]
"""True or false for each."""
Positions = NDArray[np.intp]
"""Places in another array, or counts."""
