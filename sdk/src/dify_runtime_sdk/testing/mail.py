"""The conformance suite of mail back ends."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from dify_runtime_sdk.mail import MailError, MailTransport, Message

_BODY = "the body is nobody's business"


@dataclass(frozen=True, slots=True)
class Received:
    """What the peer of a back end was given; addresses are `user@host`, without names and in the letters of DNS."""

    to: Sequence[str]
    sender: str
    subject: str
    text: str
    html: str


class MailTransportSuite:
    """What every `MailTransport` must do; subclass it in a test module and pytest runs it.

        class TestMyBackend(MailTransportSuite):
            \"\"\"My back end keeps the contract.\"\"\"

    It asks for five fixtures, which you define in the class, in the module or in `conftest.py`:

    | fixture              | is                                                                            |
    |----------------------|-------------------------------------------------------------------------------|
    | `transport`          | an opened back end whose peer accepts everything                              |
    | `received`           | a function without arguments: what that peer was given, a list of `Received`  |
    | `refusing_transport` | one whose peer refuses everything, for good                                   |
    | `busy_transport`     | one whose peer asks to come back later                                        |
    | `dead_transport`     | one whose peer is down: nothing listens at its address                        |

    It needs `pytest-asyncio`.
    """

    pytestmark = pytest.mark.asyncio

    async def test_a_message_arrives_whole(
        self, transport: MailTransport, received: Callable[[], list[Received]]
    ) -> None:
        """Subject, both bodies and all recipients, in any script."""
        to = ["Ada Lovelace <ada@example.org>", "bob@bücher.example"]
        await transport.deliver(
            Message(to, "Grüße, 世界", text="Привет", html="<p>你好</p>", sender='"Müller, A." <a@example.com>')
        )
        (one,) = received()
        assert list(one.to) == ["ada@example.org", "bob@xn--bcher-kva.example"]
        assert (one.sender, one.subject) == ("a@example.com", "Grüße, 世界")
        assert (one.text.strip(), one.html.strip()) == ("Привет", "<p>你好</p>")

    @pytest.mark.parametrize(("text", "html"), [("plain", ""), ("", "<p>rich</p>")])
    async def test_one_body_is_enough(
        self, transport: MailTransport, received: Callable[[], list[Received]], text: str, html: str
    ) -> None:
        """The other one is not made up."""
        await transport.deliver(Message(["ada@example.org"], "Hello", text=text, html=html, sender="a@example.com"))
        (one,) = received()
        assert (one.text.strip(), one.html.strip()) == (text, html)

    async def test_a_long_body_survives(self, transport: MailTransport, received: Callable[[], list[Received]]) -> None:
        """Lines of any length, lines with a dot alone, and a few hundred kilobytes."""
        text = "\n".join(["x" * 2000, ".", "..", "From here", "é" * 300_000])
        await transport.deliver(Message(["ada@example.org"], "Long", text=text, sender="a@example.com"))
        assert received()[0].text.replace("\r\n", "\n").rstrip("\n") == text

    async def test_messages_go_at_the_same_time(
        self, transport: MailTransport, received: Callable[[], list[Received]]
    ) -> None:
        """They do not get mixed up."""
        numbers = [str(number) for number in range(8)]
        await asyncio.gather(
            *(
                transport.deliver(Message([f"u{one}@example.org"], one, text=one, sender="a@example.com"))
                for one in numbers
            )
        )
        seen = sorted((*one.to, one.subject, one.text.strip()) for one in received())
        assert seen == [(f"u{one}@example.org", one, one) for one in numbers]

    async def test_a_refusal_is_final(self, refusing_transport: MailTransport) -> None:
        """A task does not try again what will be refused again."""
        assert not (await _failure(refusing_transport)).temporary

    async def test_a_busy_peer_is_a_passing_trouble(self, busy_transport: MailTransport) -> None:
        """A task may try again."""
        assert (await _failure(busy_transport)).temporary

    async def test_a_dead_peer_is_a_passing_trouble(self, dead_transport: MailTransport) -> None:
        """A task may try again."""
        assert (await _failure(dead_transport)).temporary


async def _failure(transport: MailTransport) -> MailError:
    """The error of a delivery, which must not quote the body."""
    with pytest.raises(MailError) as caught:
        await transport.deliver(Message(["ada@example.org"], "Hello", text=_BODY, sender="a@example.com"))
    assert caught.value.message
    assert _BODY not in str(caught.value)
    return caught.value
