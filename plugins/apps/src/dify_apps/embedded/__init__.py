"""Apps as a library: `async with dify_apps.open(...) as apps`.

Light: SQLAlchemy and the reader of app files come with the boot.
"""

from .apps import Apps
from .opening import open_apps
from .run import Run

__all__ = ["Apps", "Run", "open_apps"]
