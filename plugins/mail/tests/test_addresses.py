"""Addresses are read strictly, and nothing gets into a header that begins another one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_mail.addresses import Mailbox
from dify_mail.mailer import checked
from dify_runtime_sdk.mail import InvalidMailError, Message


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("ada@example.com", "", "ada@example.com"),
        (" <ada@example.com> ", "", "ada@example.com"),
        ("Ada Lovelace <ada.l+x@example.com>", "Ada Lovelace", "ada.l+x@example.com"),
        ('"Lovelace, Ada \\"A\\"" <ada@example.com>', 'Lovelace, Ada "A"', "ada@example.com"),
        ("Jörg <jörg@bücher.example>", "Jörg", "jörg@xn--bcher-kva.example"),
        ("用户@例子.广告", "", "用户@xn--fsqu00a.xn--4rr70v"),
        ("root@localhost", "", "root@localhost"),
    ],
)
def test_an_address_is_read(text, name, address):
    mailbox = Mailbox.parse(text)
    assert (mailbox.name, mailbox.address) == (name, address)
    assert Mailbox.parse(mailbox.full) == mailbox


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@@example.com",
        "ada@exa mple.com",
        "a da@example.com",
        "ada@example..com",
        "ada@-example.com",
        ".ada@example.com",
        "ada@example.com, bob@example.com",
        "ada@example.com;bob@example.com",
        "<ada@example.com> <bob@example.com>",
        "Ada <ada@example.com",
        "ada@[127.0.0.1]",
        '"a b"@example.com',
        "ada@example.com\r\nBcc: bob@example.com",
        "Ada\nBcc: bob@example.com <ada@example.com>",
        "ada@example.com\0",
        "ada@example.com SIZE=1",
        f"{'a' * 250}@example.com",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InvalidMailError):
        Mailbox.parse(text)


@given(st.text(max_size=60))
def test_whatever_is_read_fits_on_a_line_of_smtp(text):
    try:
        mailbox = Mailbox.parse(text)
    except InvalidMailError:
        return
    assert not set(mailbox.address) & set(' \r\n\t<>"\0')
    assert mailbox.domain.isascii()


def good(**changes):
    return Message(**({"to": ["ada@example.com"], "subject": "Hello", "text": "x", "sender": "a@b.example"} | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"to": []},
        {"to": "ada@example.com"},
        {"to": ["ada@example.com", "nobody"]},
        {"sender": None},
        {"sender": "nobody"},
        {"reply_to": "nobody"},
        {"subject": "Hello\r\nBcc: bob@example.com"},
        {"subject": "Hello\u2028"},
        {"subject": "Hello\x85Bcc: bob@example.com"},
        {"text": ""},
        {"key": "a b"},
        {"key": "k" * 201},
        {"key": ""},
    ],
)
def test_a_message_that_makes_no_sense_is_refused(changes):
    with pytest.raises(InvalidMailError) as caught:
        checked(good(**changes), None)
    assert not caught.value.temporary


def test_a_message_is_given_the_sender_it_lacks():
    assert checked(good(sender=None), "c@d.example").sender == "c@d.example"
    assert checked(good(), "c@d.example").sender == "a@b.example"
