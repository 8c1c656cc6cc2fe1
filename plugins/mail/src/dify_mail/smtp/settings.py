"""Settings of the back end `smtp`."""

from pathlib import Path
from typing import Self

from pydantic import Field, PositiveFloat, SecretStr, model_validator

from dify_runtime_sdk import Settings


class SmtpSettings(Settings):
    """Where the server is, how to speak to it, and who we are."""

    SMTP_SERVER: str | None = Field(None, description="Host of the SMTP server")
    SMTP_PORT: int | None = Field(465, description="Port of the SMTP server: 465 with TLS, 587 with STARTTLS, 25 plain")
    SMTP_USERNAME: str | None = Field(None, description="User at the SMTP server; empty = no login")
    SMTP_PASSWORD: SecretStr | None = Field(None, description="Password at the SMTP server")
    SMTP_USE_TLS: bool = Field(False, description="Speak TLS: from the first byte, or after SMTP_OPPORTUNISTIC_TLS")
    SMTP_OPPORTUNISTIC_TLS: bool = Field(
        False, description="Begin plain and change to TLS by STARTTLS, or fail; needs SMTP_USE_TLS"
    )
    SMTP_LOCAL_HOSTNAME: str | None = Field(None, description="Our name in EHLO; empty = the name of this machine")
    SMTP_TLS_VERIFY: bool = Field(True, description="Whether the certificate of the SMTP server is verified")
    SMTP_CA_BUNDLE: Path | None = Field(
        None, description="PEM file with certificate authorities to trust besides those of the system, for SMTP"
    )
    SMTP_TIMEOUT: PositiveFloat = Field(30, description="Limit of handing over one message by SMTP, seconds")

    @model_validator(mode="after")
    def _tls_is_on_for_starttls(self) -> Self:
        if self.SMTP_OPPORTUNISTIC_TLS and not self.SMTP_USE_TLS:
            raise ValueError("SMTP_OPPORTUNISTIC_TLS needs SMTP_USE_TLS: set both, or neither")
        return self
