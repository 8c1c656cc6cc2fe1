"""Hands messages to an SMTP server, one connection for each."""

import asyncio
import contextlib
from functools import cached_property
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.mail import MailError, MailRefusedError, Message

from ..addresses import Mailbox
from .compose import compose
from .settings import SmtpSettings

_PERMANENT: Final = 500
"""Answers from here on are final."""
_LONGEST_ANSWER: Final = 200


class SmtpTransport:
    """Satisfies `MailTransport`."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Check the settings; raises `SettingsError` naming what is missing."""
        missing = [name for name in ("SMTP_SERVER", "SMTP_PORT") if not getattr(settings, name)]
        if missing:
            raise SettingsError(f"MAIL_TYPE is smtp, and {' and '.join(missing)} is not set", hint="set it")
        self._settings = settings

    @cached_property
    def _place(self) -> str:
        return f"SMTP server {self._settings.SMTP_SERVER}:{self._settings.SMTP_PORT}"

    async def deliver(self, message: Message) -> None:
        """Hand over one message; raises `MailError`."""
        client = self._client()
        try:
            async with asyncio.timeout(self._settings.SMTP_TIMEOUT):
                await self._hand_over(client, message)
        except TimeoutError:  # ours, and those of aiosmtplib
            reason = f"{self._place} does not answer within {self._settings.SMTP_TIMEOUT:g} s"
            raise MailError(reason, hint="check SMTP_SERVER, SMTP_PORT and SMTP_USE_TLS") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._error(error) from (None if isinstance(error, aiosmtplib.SMTPAuthenticationError) else error)
        finally:
            client.close()

    def _client(self) -> SMTP:
        settings = self._settings
        password = settings.SMTP_PASSWORD.get_secret_value() if settings.SMTP_PASSWORD else ""
        return SMTP(
            hostname=settings.SMTP_SERVER,
            port=settings.SMTP_PORT,
            username=settings.SMTP_USERNAME or None,
            password=password if settings.SMTP_USERNAME else None,
            local_hostname=settings.SMTP_LOCAL_HOSTNAME or None,
            timeout=settings.SMTP_TIMEOUT,
            use_tls=settings.SMTP_USE_TLS and not settings.SMTP_OPPORTUNISTIC_TLS,
            start_tls=settings.SMTP_OPPORTUNISTIC_TLS,
            validate_certs=settings.SMTP_TLS_VERIFY,
            cert_bundle=str(settings.SMTP_CA_BUNDLE) if settings.SMTP_CA_BUNDLE else None,
        )

    async def _hand_over(self, client: SMTP, message: Message) -> None:
        await client.connect()
        sender, recipients = Mailbox.parse(message.sender or ""), [Mailbox.parse(one).address for one in message.to]
        refused, _ = await client.send_message(compose(message), sender=sender.address, recipients=recipients)
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):  # it has the message: a bad farewell is no failure
            await client.quit()
        if refused:
            listed = "; ".join(f"{address}: {_answer(one.code, one.message)}" for address, one in refused.items())
            raise MailRefusedError(f"{self._place} refuses {len(refused)} of the recipients: {listed}")

    def _error(self, error: Exception) -> MailError:
        match error:
            case aiosmtplib.SMTPAuthenticationError():  # its text can echo what was sent
                kind = MailRefusedError if error.code >= _PERMANENT else MailError
                return kind(f"{self._place} refuses the login", hint="check SMTP_USERNAME and SMTP_PASSWORD")
            case aiosmtplib.SMTPRecipientsRefused():
                first = error.recipients[0]
                answers = "; ".join(f"{one.recipient}: {_answer(one.code, one.message)}" for one in error.recipients)
                return _by_code(first.code, f"{self._place} refuses the recipients: {answers}")
            case aiosmtplib.SMTPResponseException():
                return _by_code(error.code, f"{self._place} refuses: {_answer(error.code, error.message)}")
            case aiosmtplib.SMTPConnectError() | aiosmtplib.SMTPServerDisconnected() | OSError():
                return MailError(f"{self._place} cannot be reached: {error}", hint="check SMTP_SERVER and SMTP_PORT")
        return MailRefusedError(
            f"{self._place}: {error}", hint="check SMTP_USE_TLS, SMTP_OPPORTUNISTIC_TLS and the login"
        )


def _by_code(code: int, reason: str) -> MailError:
    hint = "the server says why; check the addresses and MAIL_DEFAULT_SEND_FROM"
    return (MailRefusedError if code >= _PERMANENT else MailError)(reason, hint=hint)


def _answer(code: int, text: str) -> str:
    return f"{code} {' '.join(text.split())[:_LONGEST_ANSWER]}"
