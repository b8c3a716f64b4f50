"""NetworkPolicies: that they match something, and that everything the configuration names is reached through them."""

from urllib.parse import urlsplit

from documents import label, selects

DEFAULT_PORTS = {"redis": 6379, "rediss": 6379, "postgresql": 5432, "https": 443, "http": 80}
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
            if not any(has_port(rule, 53, "dns", protocol) and rule.get("to") for rule in rules(overlay, pod, "egress")):
                yield f"{pod.name}: may not ask DNS by {protocol}"


def rules(overlay, pod, direction):
    for policy in policies(overlay):
        if direction.capitalize() in policy["spec"].get("policyTypes", []) and selects(
                policy["spec"].get("podSelector"), pod.labels):
            yield from policy["spec"].get(direction, [])


def has_port(rule, number, name, protocol="TCP"):
    return not rule.get("ports") or any(port.get("port") in (number, name) and port.get("protocol", "TCP") == protocol
                                        for port in rule["ports"])


def destinations(config, pod, environment):
    """What a pod of ours dials: a word for it, scheme, host, port."""
    settings = [("redis.url", environment.get("CLAIMFERRY_REDIS__URL") or config.get("redis", {}).get("url", ""))]
    settings.append(("sink.url", environment.get("CLAIMFERRY_SINK__URL") or config.get("sink", {}).get("url", "")))
    settings += [("redis.sentinels", "redis://" + node) for node in config.get("redis", {}).get("sentinels", [])]
    if pod.component() == "migrate":
        settings = [setting for setting in settings if not setting[0].startswith("redis.")]
    if pod.component() in ("worker", "enroll"):
        for name, payer in config.get("payer", {}).items():
            settings += [(f"payer.{name}.{key}", payer.get(key, "")) for key in PAYER_URLS]
    for key, value in settings:
        scheme, _, rest = value.partition("://")
        for address in rest.split("/")[0].split("@")[-1].split(",") if rest else []:
            parts = urlsplit("//" + address)
            if parts.hostname:  # behind Sentinel the URL names none
                yield key, parts.hostname, parts.port or DEFAULT_PORTS.get(scheme, 0)


def reach(overlay, config):
    for pod in overlay.pods:
        if pod.component() not in ("worker", "scheduler", "enroll", "migrate"):
            continue
        for key, host, port in destinations(config, pod, pod.environment()):
            if "." in host and not host.split(".")[2:3] == ["svc"] and not host.endswith(".svc"):
                if not any(has_port(rule, port, None) and any("ipBlock" in peer for peer in rule.get("to", []))
                           for rule in rules(overlay, pod, "egress")):
                    yield f"{pod.name}: {key} is {host}:{port}, and no NetworkPolicy lets it out there"
                continue
            yield from reach_service(overlay, pod, key, host, port)


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
        admits = [rule for rule in rules(overlay, pod, "ingress") if any("namespaceSelector" in peer
                                                                         for peer in rule.get("from", []))]
        for port, number in pod.ports().items():
            if port == "admin" and not any(has_port(rule, number, port) for rule in admits):
                yield f"{pod.name}: no NetworkPolicy lets Prometheus in at port admin"
            if port == "http" and not any(has_port(rule, number, port) for rule in admits):
                yield f"{pod.name}: no NetworkPolicy lets browsers in at port http"


CHECKS = (matches, denied_first, visitors)
CONFIG_CHECKS = (reach,)
