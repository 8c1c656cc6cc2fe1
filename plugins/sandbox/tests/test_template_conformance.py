"""The renderer keeps the contract."""

from dify_runtime_sdk.testing.code import TemplateRendererSuite


class TestRenderer(TemplateRendererSuite):
    pass
