"""NetworkPolicies, for excess: nothing is let in or out that no setting asks for."""

import addresses
from documents import label
from network import NAMESPACE_NAME, asked_at, destinations, is_inside, is_peer, policies, rules


def neighbours_known(overlay):
    """Other namespaces, by name, pods and port, as outside.txt has them."""
    met = set()
    for policy in policies(overlay):
        for direction, key in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction, []):
                ports = [str(port.get("port")) for port in rule.get("ports", [])]
                for peer in rule.get(key, []):
                    if "namespaceSelector" not in peer:
                        continue
                    name = peer["namespaceSelector"].get("matchLabels", {}).get(NAMESPACE_NAME, "*")
                    met.add(name)
                    if not ports or set(ports) - asked_at(overlay, peer):
                        yield (f"{label(policy)}: {direction} {'to' if key == 'to' else 'from'} namespace {name} at "
                               f"{', '.join(ports) or 'every port'}, with these pods, is not in outside.txt")
    for kind, name in sorted(overlay.outside):
        if kind == "Namespace" and name not in met:
            yield f"outside.txt: namespace {name} is met by no NetworkPolicy"


def bounded(overlay):
    for policy in policies(overlay):
        for direction, key in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction, []):
                if not rule.get(key):
                    yield f"{label(policy)}: {direction} {key} anybody"
                if not rule.get("ports"):
                    yield f"{label(policy)}: {direction} at every port"
                if any("endPort" in port or "port" not in port for port in rule.get("ports", [])):
                    yield f"{label(policy)}: {direction} at a range of ports"
                for peer in rule.get(key, []):
                    if "ipBlock" in peer:
                        yield from block_bounded(policy, direction, peer["ipBlock"])


def block_bounded(policy, direction, block):
    if direction == "ingress":
        yield f"{label(policy)}: ingress from addresses {block['cidr']}; who comes here is a pod"
        return
    if addresses.overlapping(block, addresses.METADATA):
        yield f"{label(policy)}: {block['cidr']} reaches the cloud's metadata service; except 169.254.0.0/16"
    private = addresses.overlapping(block, addresses.PRIVATE)
    if private and addresses.opens_internet(block):
        yield f"{label(policy)}: {block['cidr']} opens the internet and {', '.join(dict.fromkeys(private))} with it"


def business(overlay, config):
    """Who asks whom: {(pod, other pod)} by name, and outside the cluster {(pod, whether it is a payer, port)}."""
    pairs, outside = set(), set()
    for program in overlay.programs:
        for key, host, port in destinations(config, program):
            service = overlay.find("Service", host.split(".")[0]) if is_inside(host) else None
            if service:
                pairs |= {(program.pod.name, other.name)
                          for other in overlay.pods_of({"matchLabels": service["spec"]["selector"]})}
            elif not is_inside(host):
                outside.add((program.pod.name, key.startswith("payer."), port))
    return pairs, outside


def without_business(overlay, config):
    pairs, outside = business(overlay, config)
    for pod in overlay.pods:
        for other in overlay.pods:
            if any(rule.get("to") and is_peer(other, rule["to"]) for rule in rules(overlay, pod, "egress")) and (
                    pod.name, other.name) not in pairs:
                yield f"{pod.name}: is let out to {other.name}, which no setting names"
            if any(rule.get("from") and is_peer(other, rule["from"]) for rule in rules(overlay, pod, "ingress")) and (
                    other.name, pod.name) not in pairs:
                yield f"{pod.name}: lets {other.name} in, where no setting names it"
        for rule in rules(overlay, pod, "egress"):
            for peer in rule.get("to", []):
                if "ipBlock" not in peer:
                    continue
                # Payers stand in the internet; Redis and the database where the operator has them.
                payers = (True, False) if addresses.opens_internet(peer["ipBlock"]) else (False,)
                for port in rule.get("ports", []):
                    if not any((pod.name, payer, port.get("port")) in outside for payer in payers):
                        yield (f"{pod.name}: is let out to {peer['ipBlock']['cidr']} at {port.get('port')}, "
                               "which no setting names")


CHECKS = (neighbours_known, bounded)
CONFIG_CHECKS = (without_business,)
