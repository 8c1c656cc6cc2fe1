"""The contract of config sources."""

from dify_runtime_sdk.testing import ConfigSourceSuite


class TestNacosSource(ConfigSourceSuite):
    """Nacos keeps the contract of config sources; the fixtures are in `conftest.py`."""
