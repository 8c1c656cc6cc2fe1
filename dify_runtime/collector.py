"""The cyclic garbage collector around a boot.

What a boot imports and builds stays. Looking through it again and again finds next to nothing and takes a tenth of the
boot's time; and while the process serves, every full collection would look through all of it once more, which holds up
the event loop for 10 ms and longer.
"""

import gc


def pause() -> None:
    """Collect nothing until `resume`; for a process of the host's own, never for one that embeds a runtime."""
    gc.disable()


def resume() -> None:
    """Collect again, leaving out for good what exists now; nothing unless paused."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
