"""Python's garbage collector, which walks through all objects again and again, and stops the process meanwhile.

What the application is made of (modules, routes, schemas) stays for as long as it runs: the collector is told to leave
it alone. What comes with two thousand live connections takes a quarter of a second to walk through. As Python comes,
one event to all of them brings that about, since the little objects made for it are still there when the collector
looks; so it looks less often.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = 20_000, 20, 20  # new objects before a look at these, and such looks before one at older ones, and at all


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Have the collector leave alone what is there now, and look less often, for as long as the block runs."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
