"""What the system keeps a worker process from; where it cannot (Windows), the parent's clock is left."""

import sys

if sys.platform == "win32":

    def limit_process(memory: int) -> None:
        """Limit nothing."""

    def end_after(seconds: int) -> None:
        """Set no clock."""

else:
    import resource
    import signal

    def limit_process(memory: int) -> None:
        """Limit the memory to `memory` bytes; let the process write no file and leave no core."""
        for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
            _, ceiling = resource.getrlimit(kind)
            allowed = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
            resource.setrlimit(kind, (allowed, allowed))

    def end_after(seconds: int) -> None:
        """Have the system end the process after `seconds`, unless this is called again before."""
        signal.alarm(seconds)
