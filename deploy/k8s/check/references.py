"""Who names whom: selectors, ports, ConfigMaps, Secrets, mounts, autoscalers, ingress, monitors."""

import re

from documents import SERVICES, WORKLOADS, label, selects


def workloads(overlay):
    for pod in overlay.pods:
        selector = pod.owner["spec"].get("selector")
        if pod.owner["kind"] != "Job" and not selects(selector, pod.labels):
            yield f"{pod.name}: its selector does not match its own pods"
        account = pod.spec.get("serviceAccountName")
        if account and not overlay.find("ServiceAccount", account):
            yield f"{pod.name}: ServiceAccount {account} is made by nobody"


def services(overlay):
    for service in overlay.of_kind("Service"):
        pods = overlay.pods_of(service["spec"].get("selector") and {"matchLabels": service["spec"]["selector"]})
        if service["spec"].get("type", "ClusterIP") != "ClusterIP" or "externalIPs" in service["spec"]:
            yield f"{label(service)}: is open to the outside; ClusterIP, and an Ingress for what browsers need"
        if len(pods) != 1:
            yield f"{label(service)}: its selector matches {len(pods)} workloads, not one"
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            for pod in pods:
                if target not in pod.ports() and target not in pod.ports().values():
                    yield f"{label(service)}: targetPort {target} is no port of {pod.name}"
    for owner in overlay.of_kind("StatefulSet"):
        if not overlay.find("Service", owner["spec"].get("serviceName")):
            yield f"{label(owner)}: serviceName {owner['spec'].get('serviceName')} is no Service"


def volumes(overlay):
    for pod in overlay.pods:
        made = {volume["name"] for volume in pod.spec.get("volumes", [])}
        made |= {claim["metadata"]["name"] for claim in pod.owner["spec"].get("volumeClaimTemplates", [])}
        mounted = set()
        for container in pod.containers:
            for mount in container.get("volumeMounts", []):
                mounted.add(mount["name"])
                if mount["name"] not in made:
                    yield f"{pod.name}: mounts {mount['name']}, which is no volume"
                if "subPath" in mount or "subPathExpr" in mount:
                    yield f"{pod.name}: mounts {mount['name']} by subPath, which is never swapped in place"
        for name in sorted(made - mounted):
            yield f"{pod.name}: volume {name} is mounted by nobody"
        yield from sources(overlay, pod)


def sources(overlay, pod):
    for volume in pod.spec.get("volumes", []):
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        if claim and not overlay.find("PersistentVolumeClaim", claim):
            yield f"{pod.name}: PersistentVolumeClaim {claim} is made by nobody"
        for kind, source in (("ConfigMap", volume.get("configMap")), ("Secret", volume.get("secret"))):
            if source is None:
                continue
            name = source.get("name") or source.get("secretName")
            keys = overlay.keys_of(kind, name)
            if keys is None:
                yield f"{pod.name}: {kind} {name} is made neither here nor by outside.txt"
            for item in source.get("items", []):
                if keys is not None and item["key"] not in keys:
                    yield f"{pod.name}: {kind} {name} has no key {item['key']}"
            if kind == "Secret" and source.get("defaultMode") != 0o440:
                yield f"{pod.name}: Secret {name} is mounted with another mode than 0440"
    for container in pod.containers:
        for entry in container.get("env", []):
            for kind, wish in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
                source = entry.get("valueFrom", {}).get(wish)
                if source and source["key"] not in (overlay.keys_of(kind, source["name"]) or ()):
                    yield f"{pod.name}: {entry['name']} takes key {source['key']} that {kind} {source['name']} lacks"


SECRETS = {"claimferry-vault": SERVICES, "claimferry-payer": (*SERVICES, "sandbox"), "sandbox-tls": ("sandbox",),
           "claimferry-worker": ("worker",), "claimferry-scheduler": ("scheduler", "functions"),
           "claimferry-enroll": ("enroll",), "claimferry-migrate": ("migrate",), "postgres": ("postgres",),
           "redis-acl": ("redis",), "redis-admin": ("redis",)}


def readers(overlay):
    """Each Secret is seen by those alone who are of its purpose."""
    for program in overlay.programs:
        for mount in program.mounts:
            name = program.pod.volumes().get(mount["name"], {}).get("secret", {}).get("secretName")
            if name in SECRETS and program.part not in SECRETS[name]:
                yield f"{program.name}: mounts Secret {name}, which is not its part's"


def outside_used(overlay):
    text = repr([document for document in overlay.documents])
    for kind, name in sorted(overlay.outside):
        if kind != "Namespace" and f"'{name}'" not in text:
            yield f"outside.txt: {kind} {name} is used by nobody"


def budgets(overlay):
    guarded = []
    for budget in overlay.of_kind("PodDisruptionBudget"):
        pods = overlay.pods_of(budget["spec"].get("selector"))
        guarded += [pod.name for pod in pods]
        if len(pods) != 1:
            yield f"{label(budget)}: its selector matches {len(pods)} workloads, not one"
        if budget["spec"].get("maxUnavailable") != 1 or "minAvailable" in budget["spec"]:
            yield f"{label(budget)}: must say maxUnavailable: 1, which never blocks a drain of nodes for good"
    for pod in overlay.pods:
        if pod.component() in SERVICES and guarded.count(pod.name) != 1:
            yield f"{pod.name}: has {guarded.count(pod.name)} PodDisruptionBudgets, not one"


def scalers(overlay):
    for scaler in overlay.of_kind("ScaledObject", "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        found = overlay.find(target.get("kind", "Deployment"), target["name"])
        if found is None:
            yield f"{label(scaler)}: scaleTargetRef {target.get('kind')}/{target['name']} is nothing of this overlay"
        elif "replicas" in found["spec"]:
            yield f"{label(found)}: has replicas beside {label(scaler)}; each apply would put them back"
        least = scaler["spec"].get("minReplicaCount", scaler["spec"].get("minReplicas", 0))
        most = scaler["spec"].get("maxReplicaCount", scaler["spec"].get("maxReplicas", 0))
        if not 1 <= least <= most:
            yield f"{label(scaler)}: at least {least} and at most {most} workers; 1 or more, and no more than the most"
    if len(overlay.of_kind("ScaledObject", "HorizontalPodAutoscaler")) > 1:
        yield "ScaledObject and HorizontalPodAutoscaler: one of them, not both"
    for scaler in overlay.of_kind("HorizontalPodAutoscaler"):
        for metric in scaler["spec"]["metrics"]:
            selector = metric["external"]["metric"].get("selector", {}).get("matchLabels", {})
            if selector.get("namespace") != overlay.namespace():
                yield f"{label(scaler)}: asks for the metric of another namespace than {overlay.namespace()}"
            if metric["external"]["metric"]["name"] != GAUGE:
                yield f"{label(scaler)}: asks for another metric than {GAUGE}"
            if metric["external"]["target"] != {"type": "AverageValue", "averageValue": "1"}:
                yield f"{label(scaler)}: the gauge counts workers; averageValue is 1"


GAUGE = "claimferry_desired_workers"
# Every process tells of the gauge: 0 where it is no scheduler, no number where a scheduler is cut off.
REACHING = " and on (namespace, instance) claimferry_redis_up == 1"
TRIGGER_KEYS = {"serverAddress", "query", "threshold", "activationThreshold", "namespace", "authModes",
                "ignoreNullValues", "unsafeSsl", "customHeaders", "queryParameters", "timeout"}


def triggers(overlay):
    """KEDA's own schema takes any key of a trigger; its Prometheus scaler reads these."""
    for scaler in overlay.of_kind("ScaledObject"):
        for trigger in scaler["spec"]["triggers"]:
            metadata = trigger.get("metadata", {})
            if trigger.get("type") != "prometheus":
                yield f"{label(scaler)}: trigger {trigger.get('type')} is not prometheus"
            for key in sorted(set(metadata) - TRIGGER_KEYS):
                yield f"{label(scaler)}: the trigger knows no key {key}"
            for key in sorted({"serverAddress", "query", "threshold"} - set(metadata)):
                yield f"{label(scaler)}: the trigger lacks {key}"
            for key, value in metadata.items():
                if not isinstance(value, str):
                    yield f"{label(scaler)}: the trigger's {key} is no text; quote it"
            query = metadata.get("query", "")
            if not re.search(rf"\b{GAUGE}\b", query):
                yield f"{label(scaler)}: the query asks for another metric than {GAUGE}"
            elif not re.fullmatch(rf"max\({GAUGE}(\{{[^}}]*\}})?[^()]*({re.escape(REACHING)})?\)", query):
                yield f"{label(scaler)}: the query is not max({GAUGE}…); two schedulers may tell of it"
            elif REACHING not in query:
                yield f"{label(scaler)}: the query believes who does not reach Redis, too:{REACHING}"
            if metadata.get("threshold", "1") != "1":
                yield f"{label(scaler)}: the gauge counts workers; threshold is 1, not {metadata['threshold']}"
            if f'namespace="{overlay.namespace()}"' not in query:
                yield f"{label(scaler)}: the query asks another namespace than {overlay.namespace()}"
        if "fallback" in scaler["spec"] and any(
                trigger.get("metricType") != "AverageValue" for trigger in scaler["spec"]["triggers"]):
            yield f"{label(scaler)}: fallback needs metricType AverageValue"
        fallback = scaler["spec"].get("fallback", {"behavior": "none"})
        if fallback.get("behavior", "static") == "static":
            yield f"{label(scaler)}: fallback would scale to {fallback['replicas']}, however many stand"


def monitors(overlay):
    wanted = {pod.name for pod in overlay.pods if pod.component() in SERVICES}
    for monitor in overlay.of_kind("PodMonitor"):
        pods = overlay.pods_of(monitor["spec"]["selector"])
        for name in sorted(wanted ^ {pod.name for pod in pods}):
            yield f"{label(monitor)}: must select {', '.join(sorted(wanted))} and no other; {name} is wrong"
        for endpoint in monitor["spec"]["podMetricsEndpoints"]:
            if endpoint.get("path", "/metrics") != "/metrics":
                yield f"{label(monitor)}: asks {endpoint['path']}, where nothing is; /metrics"
            for pod in pods:
                if endpoint.get("port") not in pod.ports():
                    yield f"{label(monitor)}: port {endpoint.get('port')} is no port of {pod.name}"


def ingresses(overlay):
    for ingress in overlay.of_kind("Ingress"):
        if "defaultBackend" in ingress["spec"]:
            yield f"{label(ingress)}: has a defaultBackend, which opens every path"
        secured = {host for entry in ingress["spec"].get("tls", []) for host in entry.get("hosts", [])}
        for entry in ingress["spec"].get("tls", []):
            if {"tls.crt", "tls.key"} - (overlay.keys_of("Secret", entry["secretName"]) or set()):
                yield f"{label(ingress)}: Secret {entry['secretName']} with tls.crt and tls.key is made by nobody"
        for rule in ingress["spec"]["rules"]:
            if rule.get("host") not in secured:
                yield f"{label(ingress)}: host {rule.get('host')} has no TLS"
            for path in rule["http"]["paths"]:
                yield from backend(overlay, ingress, path["backend"]["service"])


def backend(overlay, ingress, wanted):
    service = overlay.find("Service", wanted["name"])
    if service is None:
        yield f"{label(ingress)}: backend {wanted['name']} is no Service"
        return
    port = wanted["port"]
    if not any(port["name"] == has.get("name") if "name" in port else port["number"] == has["port"]
               for has in service["spec"]["ports"]):
        yield f"{label(ingress)}: backend {wanted['name']} has no port {port.get('name', port.get('number'))}"


def twice(overlay):
    seen = set()
    for document in overlay.documents:
        if label(document) in seen:
            yield f"{label(document)}: stands twice"
        seen.add(label(document))
    for kind in WORKLOADS:
        for document in overlay.of_kind(kind):
            if "app.kubernetes.io/component" not in document["spec"]["template"]["metadata"].get("labels", {}):
                yield f"{label(document)}: its pods have no label app.kubernetes.io/component"


CHECKS = (workloads, services, volumes, readers, outside_used, budgets, scalers, triggers, monitors, ingresses, twice)
