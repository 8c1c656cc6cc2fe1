"""Running app files by themselves: without a server, a database or an app around them.

What the commands and the test kit share: `load_app` makes an app file runnable, `Stub` stands in for a node, `describe`
puts events into the plain form that traces show.
"""

from .app import App, Turn, load_app
from .services import GivenServices
from .stubs import Stub, read_stubs
from .trace import describe

__all__ = ["App", "GivenServices", "Stub", "Turn", "describe", "load_app", "read_stubs"]
