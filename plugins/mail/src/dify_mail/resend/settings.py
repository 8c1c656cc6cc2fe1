"""Settings of the back end `resend`."""

from pydantic import Field, SecretStr

from dify_runtime_sdk import Settings


class ResendSettings(Settings):
    """The account at Resend."""

    RESEND_API_KEY: SecretStr | None = Field(None, description="API key of Resend, with the permission to send")
    RESEND_API_URL: str | None = Field(
        None, description="Base URL of the API of Resend; empty = https://api.resend.com"
    )
