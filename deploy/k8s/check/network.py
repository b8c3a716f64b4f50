"""NetworkPolicies: that they match something, and that everything the configuration names is reached through them."""

from urllib.parse import urlsplit

import addresses
from configuration import DATABASE_USERS, REDIS_USERS, is_inside
from documents import label, selects

DEFAULT_PORTS = {"redis": 6379, "rediss": 6379, "postgresql": 5432, "https": 443, "http": 80}
NAMESPACE_NAME = "kubernetes.io/metadata.name"
PAYER_URLS = ("auth_root", "resource_base", "token_url")


def policies(overlay):
    return overlay.of_kind("NetworkPolicy")


def matches(overlay):
    for policy in policies(overlay):
        spec = policy["spec"]
        chosen = overlay.pods_of(spec.get("podSelector"))
        for component in named_components(spec.get("podSelector")):
            if component not in {pod.component() for pod in overlay.pods}:
                yield f"{label(policy)}: selects component {component}, which no pod here is"
        if not chosen:
            yield f"{label(policy)}: selects no pod"
        for direction in ("ingress", "egress"):
            if spec.get(direction) and direction.capitalize() not in spec.get("policyTypes", []):
                yield f"{label(policy)}: has {direction} and no policyType {direction.capitalize()}"
        for rule in spec.get("ingress", []):
            yield from peers(overlay, policy, rule.get("from", []))
            yield from named_ports(policy, rule, chosen)
        for rule in spec.get("egress", []):
            yield from peers(overlay, policy, rule.get("to", []))
            yield from named_ports(policy, rule, [pod for pod in overlay.pods if is_peer(pod, rule.get("to"))])


def named_components(selector):
    for expression in (selector or {}).get("matchExpressions", []):
        if expression["key"] == "app.kubernetes.io/component" and expression["operator"] == "In":
            yield from expression["values"]


def peers(overlay, policy, all_peers):
    for peer in all_peers:
        if "podSelector" in peer and "namespaceSelector" not in peer:
            if not overlay.pods_of(peer["podSelector"]):
                yield f"{label(policy)}: a peer's podSelector matches no pod"
            for component in named_components(peer["podSelector"]):
                if component not in {pod.component() for pod in overlay.pods}:
                    yield f"{label(policy)}: a peer is component {component}, which no pod here is"


def named_ports(policy, rule, pods):
    for port in rule.get("ports", []):
        if isinstance(port["port"], str):
            for pod in pods:
                if port["port"] not in pod.ports():
                    yield f"{label(policy)}: port {port['port']} is no port of {pod.name}"


def is_peer(pod, all_peers):
    """Of this namespace; None of peers is everybody."""
    return not all_peers or any("podSelector" in peer and "namespaceSelector" not in peer
                                and selects(peer["podSelector"], pod.labels) for peer in all_peers)


def denied_first(overlay):
    for direction in ("Ingress", "Egress"):
        if not any(policy["spec"].get("podSelector") == {} and direction in policy["spec"].get("policyTypes", [])
                   and not policy["spec"].get(direction.lower()) for policy in policies(overlay)):
            yield f"NetworkPolicy: none denies all {direction.lower()} to begin with"
    for pod in overlay.pods:
        for protocol in ("UDP", "TCP"):
            if not any(has_port(rule, 53, "dns", protocol) and neighbours(overlay, rule.get("to"), "53")
                       for rule in rules(overlay, pod, "egress")):
                yield f"{pod.name}: may not ask DNS by {protocol}"


def rules(overlay, pod, direction):
    for policy in policies(overlay):
        if direction.capitalize() in policy["spec"].get("policyTypes", []) and selects(
                policy["spec"].get("podSelector"), pod.labels):
            yield from policy["spec"].get(direction, [])


def has_port(rule, number, name, protocol="TCP"):
    return not rule.get("ports") or any(port.get("port") in (number, name) and port.get("protocol", "TCP") == protocol
                                        for port in rule["ports"])


def neighbours(overlay, all_peers, port):
    """The peers in other namespaces that outside.txt names with this port."""
    return [peer for peer in all_peers or [] if "namespaceSelector" in peer and port in asked_at(overlay, peer)]


def asked_at(overlay, peer):
    """Ports of outside.txt for just these pods of that namespace; none where it does not name them."""
    chosen = peer["namespaceSelector"]
    name = chosen.get("matchLabels", {}).get(NAMESPACE_NAME) if chosen else "*"
    if chosen not in ({}, {"matchLabels": {NAMESPACE_NAME: name}}) or set(peer) - {"namespaceSelector", "podSelector"}:
        return set()
    words = overlay.outside.get(("Namespace", name), set())
    pods = {"matchLabels": dict(word.split("=", 1) for word in words if "=" in word)}
    if peer.get("podSelector", {"matchLabels": {}}) != pods:
        return set()
    return {word for word in words if "=" not in word}


def destinations(config, program):
    """What a program of ours dials: a word for it, scheme, host, port."""
    redis, settings = config.get("redis", {}), []
    if program.part in REDIS_USERS:
        settings.append(("redis.url", program.redis_url(config)))
        settings += [("redis.sentinels", "redis://" + node) for node in redis.get("sentinels", [])]
    if program.part in DATABASE_USERS:
        settings.append(("sink.url", program.sink_url(config)))
    if program.part in ("worker", "enroll"):
        for name, payer in config.get("payer", {}).items():
            settings += [(f"payer.{name}.{key}", payer.get(key, "")) for key in PAYER_URLS]
    for key, value in settings:
        scheme, _, rest = value.partition("://")
        for address in rest.split("/")[0].split("@")[-1].split(",") if rest else []:
            parts = urlsplit("//" + address)
            if parts.hostname:  # behind Sentinel the URL names none
                yield key, parts.hostname, parts.port or DEFAULT_PORTS.get(scheme, 0)


def reach(overlay, config):
    for program in overlay.programs:
        for key, host, port in destinations(config, program):
            if is_inside(host):
                yield from reach_service(overlay, program.pod, key, host, port)
                continue
            wanted = addresses.opens_internet if key.startswith("payer.") else addresses.opens_anything
            if not any(has_port(rule, port, None) and any(wanted(peer["ipBlock"]) for peer in rule.get("to", [])
                                                          if "ipBlock" in peer)
                       for rule in rules(overlay, program.pod, "egress")):
                yield f"{program.name}: {key} is {host}:{port}, and no NetworkPolicy lets it out there"


def reach_service(overlay, pod, key, host, port):
    service = overlay.find("Service", host.split(".")[0])
    if service is None:
        yield f"{pod.name}: {key} names {host}, which is no Service of this overlay"
        return
    found = [entry for entry in service["spec"]["ports"] if entry["port"] == port]
    if not found:
        yield f"{pod.name}: {key} is {host}:{port}, and Service {host} has no such port"
        return
    target = found[0].get("targetPort", port)
    for other in overlay.pods_of({"matchLabels": service["spec"]["selector"]}):
        number = other.ports().get(target, target)
        name = next((name for name, value in other.ports().items() if value == number), None)
        if not any(has_port(rule, number, name) and is_peer(other, rule.get("to"))
                   for rule in rules(overlay, pod, "egress")):
            yield f"{pod.name}: no NetworkPolicy lets it out to {other.name} for {key}"
        if not any(has_port(rule, number, name) and is_peer(pod, rule.get("from"))
                   for rule in rules(overlay, other, "ingress")):
            yield f"{other.name}: no NetworkPolicy lets {pod.name} in for {key}"


def visitors(overlay):
    """Prometheus and the ingress controller, who come from other namespaces."""
    for pod in overlay.pods:
        for port, who in (("admin", "Prometheus"), ("http", "browsers")):
            if port in pod.ports() and not any(
                    has_port(rule, pod.ports()[port], port) and neighbours(overlay, rule.get("from"), port)
                    for rule in rules(overlay, pod, "ingress")):
                yield f"{pod.name}: no NetworkPolicy lets {who} in at port {port}"


CHECKS = (matches, denied_first, visitors)
CONFIG_CHECKS = (reach,)
