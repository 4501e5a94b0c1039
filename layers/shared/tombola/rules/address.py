"""Is an address one of the public internet, where alone a provider may be?"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address stands in the last four bytes


def is_public(address: str) -> bool:
    """Return whether address, IPv4 or IPv6, is public, and the IPv4 address that it may hold is, too."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_global(found)
    if found.teredo is not None:
        return False
    held = found.ipv4_mapped or found.sixtofour or (IPv4Address(int(found) % 2**32) if found in NAT64 else None)
    if held is not None:
        return _is_global(held)
    return _is_global(found) and not found.is_site_local


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved
