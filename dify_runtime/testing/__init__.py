"""For authors of plugins: the `runtime` fixture, found by pytest when the host is installed with the extra `testing`.

This package imports nothing by itself: pytest loads it in every project of the environment. The types that the fixture
gives are in `dify_runtime.testing.booted`.
"""
