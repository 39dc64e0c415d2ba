"""SciPy's functions, imported without NumPy's compiler of Fortran and its means of testing, which it names and no more.

They are half of its import; whoever asks for them gets them.
"""

import numpy  # noqa: F401  # it is there before what is put off of it

from ncsi.put_off import put_off

with put_off(("numpy.f2py", "numpy.testing", "numpy.ctypeslib", "numpy.polynomial")):
    import scipy.special  # noqa: F401
