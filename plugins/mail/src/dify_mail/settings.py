"""Settings of mail in general; each back end has its own."""

from typing import Literal

from pydantic import Field, PositiveInt

from dify_runtime_sdk import Settings

type TemplatingMode = Literal["unsafe", "sandbox", "disabled"]


class MailSettings(Settings):
    """Which back end sends, from whom, and what administrators' templates may do."""

    MAIL_TYPE: str | None = Field(
        None, description="Back end that sends mail: smtp, resend, sendgrid, or one from a plugin; empty = no mail"
    )
    MAIL_DEFAULT_SEND_FROM: str | None = Field(
        None, description="Sender of messages that name none, as user@host or Name <user@host>"
    )
    MAIL_TEMPLATING_MODE: TemplatingMode = Field(
        "sandbox",
        description="How templates that administrators write are rendered: sandbox (in a limited process), unsafe "
        "(without limits), disabled (sent as they are)",
    )
    MAIL_TEMPLATING_TIMEOUT: PositiveInt = Field(
        3, description="Longest time to render a template that an administrator wrote, in the sandbox, seconds"
    )
