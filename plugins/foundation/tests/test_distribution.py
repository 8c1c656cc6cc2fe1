import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "dify_foundation"


def test_no_package_shadows_the_standard_library():
    packages = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert packages & sys.stdlib_module_names == set()
