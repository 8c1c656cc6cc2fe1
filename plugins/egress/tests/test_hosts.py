"""The operator's comma lists, and hosts that are addresses in disguise."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_egress.hosts import HostList, Ports, encodes_an_address, literal, unmapped


def test_a_list_has_names_domains_and_networks():
    hosts = HostList.parse(" api.example , *.Internal.test,10.0.0.0/8, 192.0.2.7 ,fd00::/8,::1,")
    assert hosts.names == {"api.example"}
    assert hosts.domains == (".internal.test",)
    assert [str(network) for network in hosts.networks] == ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8", "::1/128"]


@pytest.mark.parametrize(
    ("host", "listed"),
    [
        ("api.example", True),
        ("x.api.example", False),
        ("a.internal.test", True),
        ("a.b.internal.test", True),
        ("internal.test", False),
        ("evilinternal.test", False),
        ("internal.test.evil.example", False),
    ],
)
def test_a_domain_lists_what_is_below_it_and_a_name_itself_alone(host, listed):
    assert HostList.parse("api.example,*.internal.test").names_host(host) is listed


def test_an_international_name_is_compared_as_dns_has_it():
    assert HostList.parse("Bücher.example,*.пример.рф").names_host("xn--bcher-kva.example")
    assert HostList.parse("Bücher.example,*.пример.рф").names_host("a.xn--e1afmkfd.xn--p1ai")


@pytest.mark.parametrize(
    "entry",
    ["*", "*.", "a.*.example", "http://api.example", "api.example:443", "10.0.0.1/8", "10.0.0.0/33", "a b", "ⓐ.b"],
)
def test_an_entry_that_is_none_is_named(entry):
    with pytest.raises(ValueError, match="is ") as caught:
        HostList.parse(f"api.example,{entry}")
    assert repr(entry) in str(caught.value)


def test_ports_are_single_or_ranges():
    ports = Ports.parse("80, 8000-8002")
    assert [port for port in range(65536) if port in ports] == [80, 8000, 8001, 8002]


@pytest.mark.parametrize("text", ["", ",", "0", "65536", "80-", "-80", "90-80", "http", "٨٠-x"])
def test_ports_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match="port"):
        Ports.parse(text)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "127.0.0.0x1", "1.2.3.4.5"]
)
def test_what_ends_in_a_number_and_is_no_address_is_one_in_disguise(host):
    assert encodes_an_address(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "api.example", "1.example", "0x7f.example", "localhost"])
def test_names_and_plain_addresses_are_not(host):
    assert not encodes_an_address(host)


@given(st.ip_addresses())
def test_every_address_is_read_back_from_its_text(address):
    assert literal(str(address)) == unmapped(address)
    assert not encodes_an_address(str(address))


def test_a_mapped_address_is_the_address_it_maps():
    assert literal("::ffff:10.0.0.1") == ip_address("10.0.0.1")
    assert literal("api.example") is None
