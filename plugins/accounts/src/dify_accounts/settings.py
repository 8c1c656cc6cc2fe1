"""The settings of the plugin."""

from pydantic import Field

from dify_runtime_sdk import Settings


class AccountsSettings(Settings):
    """How logins are guarded."""

    LOGIN_LOCKOUT_DURATION: int = Field(
        86400, gt=0, description="Seconds for which an address is locked after too many wrong passwords"
    )
