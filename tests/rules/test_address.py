"""A provider is on the public internet, or it is not called."""

import pytest

from tombola.rules.address import is_public

PRIVATE = """
127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 169.254.170.2 100.64.0.1
0.0.0.0 255.255.255.255 224.0.0.1 239.1.2.3 240.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1
::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1
::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
2002:7f00:1::1 2002:a9fe:a9fe::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 ::7f00:1 100::1 localhost
"""
PUBLIC = (
    "1.1.1.1 93.184.216.34 52.95.110.1 2606:4700:4700::1111 2a00:1450:4001:81b::200e ::ffff:1.1.1.1 64:ff9b::101:101"
)


@pytest.mark.parametrize("address", PRIVATE.split())
def test_an_address_that_is_not_public_is_refused_however_it_is_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_a_public_address_is_none_of_these(address: str) -> None:
    assert is_public(address)
