"""The packages of the examples, importable as if they were installed."""

import sys
from pathlib import Path

for _source in sorted(str(path) for path in Path(__file__).parent.glob("*/src")):
    if _source not in sys.path:
        sys.path.insert(0, _source)
