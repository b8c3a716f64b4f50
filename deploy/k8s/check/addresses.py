"""An ipBlock of a NetworkPolicy, as the addresses that it leaves open."""

import ipaddress

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")
METADATA = ("169.254.169.254/32", "fd00:ec2::254/128")  # clouds hand a node's credentials out there
NOWHERE = ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "ff00::/8", *LINK_LOCAL)


def without(networks, holes):
    for hole in map(ipaddress.ip_network, holes):
        left = []
        for network in networks:
            if network.version != hole.version or not network.overlaps(hole):
                left.append(network)
            elif not network.subnet_of(hole):
                left += network.address_exclude(hole)
        networks = left
    return networks


def open_networks(block):
    return without([ipaddress.ip_network(block["cidr"])], block.get("except", []))


def overlapping(block, others):
    """Those of the others that the block lets through, wholly or in part."""
    return [other for other in others for network in open_networks(block)
            if network.version == ipaddress.ip_network(other).version and network.overlaps(ipaddress.ip_network(other))]


def opens_internet(block):
    return bool(without(open_networks(block), NOWHERE + PRIVATE))


def opens_anything(block):
    """Some address that another host may have."""
    return bool(without(open_networks(block), NOWHERE))
