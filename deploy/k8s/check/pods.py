"""What every pod must be: restricted, bounded in memory, probed, and named by an image that somebody pinned."""

from documents import label

IMAGES = ("ghcr.io/claimferry/claimferry", "ghcr.io/claimferry/claimferry-sandbox",
          "docker.io/library/redis", "docker.io/library/postgres")
PROBES = {"startupProbe": "/startupz", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
SERVICES = ("worker", "scheduler", "enroll")


def security(overlay):
    for pod in overlay.pods:
        context = pod.spec.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
            yield f"{pod.name}: may run as root; runAsNonRoot and a runAsUser other than 0"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{pod.name}: has no seccomp profile RuntimeDefault"
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.name}: mounts a token of Kubernetes' API that it never uses"
        if pod.spec.get("enableServiceLinks") is not False:
            yield f"{pod.name}: enableServiceLinks would put CLAIMFERRY_* of Services into its environment"
        for wish in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.spec.get(wish):
                yield f"{pod.name}: asks for {wish}"
        if pod.is_ours() and (context.get("runAsUser"), context.get("fsGroup")) != (65532, 65532):
            yield f"{pod.name}: runs as another user or group of files than the image's 65532"
        for container in pod.containers:
            yield from container_security(pod, container)


def container_security(pod, container):
    context, where = container.get("securityContext", {}), f"{pod.name}: container {container['name']}"
    if context.get("allowPrivilegeEscalation") is not False:
        yield f"{where} allows privilege escalation"
    if context.get("readOnlyRootFilesystem") is not True:
        yield f"{where} may write to its root"
    if context.get("capabilities", {}).get("drop") != ["ALL"] or context.get("capabilities", {}).get("add"):
        yield f"{where} keeps capabilities"
    if context.get("privileged"):
        yield f"{where} is privileged"


def namespace(overlay):
    for document in overlay.of_kind("Namespace"):
        labels = document["metadata"].get("labels", {})
        for mode in ("enforce", "audit", "warn"):
            if labels.get(f"pod-security.kubernetes.io/{mode}") != "restricted":
                yield f"{label(document)}: does not {mode} restricted pod security"
    for document in overlay.documents:
        given = document["metadata"].get("namespace")
        if document["kind"] != "Namespace" and given != overlay.namespace():
            yield f"{label(document)}: is of namespace {given}, not {overlay.namespace()}"


def resources(overlay):
    for pod in overlay.pods:
        for container in pod.containers:
            where = f"{pod.name}: container {container['name']}"
            wanted = container.get("resources", {})
            requests, limits = wanted.get("requests", {}), wanted.get("limits", {})
            if "cpu" in limits:
                yield f"{where} has a CPU limit, which throttles and saves nothing"
            if "cpu" not in requests or "memory" not in requests:
                yield f"{where} requests no CPU or no memory"
            if "memory" not in limits:
                yield f"{where} has no memory limit"
            elif "memory" in requests and quantity(requests["memory"]) > quantity(limits["memory"]):
                yield f"{where} requests more memory than its limit"


def quantity(text):
    """Bytes of a Kubernetes quantity, or of the configuration's sizes."""
    units = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
    for unit, factor in units.items():
        if str(text).endswith(unit):
            return int(float(str(text)[: -len(unit)]) * factor)
    return int(text)


def images(overlay):
    for pod in overlay.pods:
        for container in pod.containers:
            image = container.get("image", "")
            name, _, digest = image.partition("@")
            name, _, tag = name.partition(":")
            if name not in IMAGES:
                yield f"{pod.name}: image {image} is none that is known; look for a slip, or add it to check/pods.py"
            elif not digest and tag in ("", "latest"):
                yield f"{pod.name}: image {image} is pinned by no tag and no digest"


def probes(overlay):
    for pod in overlay.pods:
        for container in pod.containers:
            ports = {port.get("name") for port in container.get("ports", [])}
            for kind in PROBES:
                probe = container.get(kind, {})
                asked = probe.get("httpGet", probe.get("tcpSocket", {})).get("port")
                if asked is not None and asked not in ports:
                    yield f"{pod.name}: {kind} asks port {asked}, which container {container['name']} does not have"
            if pod.component() not in SERVICES:
                continue
            for kind, path in PROBES.items():
                asked = container.get(kind, {}).get("httpGet", {})
                if (asked.get("path"), asked.get("port")) != (path, "admin"):
                    yield f"{pod.name}: {kind} must ask {path} of port admin"
            listens = pod.environment().get("CLAIMFERRY_TELEMETRY__ADMIN_LISTEN", "")
            if listens != f"0.0.0.0:{pod.ports().get('admin')}":
                yield f"{pod.name}: listens on {listens or 'no fixed port'}, its port admin is another"


def spread(overlay):
    for pod in overlay.pods:
        if pod.component() not in SERVICES:
            continue
        constraints = pod.spec.get("topologySpreadConstraints", [])
        if {entry["topologyKey"] for entry in constraints} != {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}:
            yield f"{pod.name}: is spread over neither hosts nor zones"
        for entry in constraints:
            if overlay.pods_of(entry.get("labelSelector")) != [pod]:
                yield f"{pod.name}: its topology spread counts other pods than its own"
    for pod in overlay.pods:
        if pod.component() == "scheduler" and pod.owner["spec"].get("replicas") != 2:
            yield f"{pod.name}: must have 2 replicas: one leads, the other takes over"


CHECKS = (security, namespace, resources, images, probes, spread)
