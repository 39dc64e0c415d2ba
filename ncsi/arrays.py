"""Types of the arrays that the rooms hand to each other; shapes stand in the docstrings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
"""Real numbers."""
Mask = NDArray[np.bool_]
"""True or false for each."""
Positions = NDArray[np.intp]
"""Places in another array, or counts."""
Codes = NDArray[np.signedinteger[Any]]
"""Places among few others, in as few bytes as hold them."""


def narrowest(count: int) -> np.dtype[np.signedinteger[Any]]:
    """The whole numbers of fewest bytes, two at least, that hold so many places from 0, and −1."""
    kinds = (np.dtype(np.int16), np.dtype(np.int32))
    return next((one for one in kinds if count <= int(np.iinfo(one).max) + 1), np.dtype(np.int64))
