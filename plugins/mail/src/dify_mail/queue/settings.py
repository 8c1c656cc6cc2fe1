"""Settings of queued mail."""

from pydantic import Field, PositiveFloat, PositiveInt

from dify_runtime_sdk import Settings


class MailQueueSettings(Settings):
    """How often, and how far apart, a queued message is tried."""

    MAIL_ATTEMPTS: PositiveInt = Field(
        8, description="How often a queued message is tried, as long as the back end says that it may be taken later"
    )
    MAIL_RETRY_DELAY: PositiveFloat = Field(
        10,
        description="Pause before the second attempt at a queued message, seconds; each further one is three times "
        "as long, at most an hour",
    )
