"""The broker keeps the contract of the SDK."""

import pytest

from dify_runtime_sdk.testing.tasks import TaskBrokerSuite


class StreamLab:
    """The rows are no business of this broker's."""

    def __init__(self, connect):
        self._connect = connect

    def connect(self, consumer):
        return self._connect()

    async def accept(self, parcels):
        pass

    async def take(self, deliveries):
        pass

    async def end(self, deliveries):
        pass


class TestJetStream(TaskBrokerSuite):
    """NATS JetStream."""

    @pytest.fixture
    def lab(self, connect):
        return StreamLab(connect)
