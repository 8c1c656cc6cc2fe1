"""Settings of the plugin `app-metrics`."""

from pydantic import Field

from dify_runtime_sdk import Settings


class AppMetricsSettings(Settings):
    """How the process names its deployment."""

    DEPLOY_ENV: str = Field("PRODUCTION", description="Label of the environment, sent as the header X-Env.")
