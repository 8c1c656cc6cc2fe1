"""Settings of the back end `sendgrid`."""

from pydantic import Field, SecretStr

from dify_runtime_sdk import Settings


class SendgridSettings(Settings):
    """The account at SendGrid."""

    SENDGRID_API_KEY: SecretStr | None = Field(
        None, description="API key of SendGrid, with the permission to send mail"
    )
    SENDGRID_API_URL: str | None = Field(
        None, description="Base URL of the API of SendGrid, such as https://api.eu.sendgrid.com; empty = the global one"
    )
