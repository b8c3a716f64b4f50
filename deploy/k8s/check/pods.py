"""What every pod must be: restricted, bounded in memory, probed, and named by an image that somebody pinned."""

from documents import SERVICES, label

OURS = "ghcr.io/claimferry/"
IMAGES = {"worker": OURS + "claimferry", "scheduler": OURS + "claimferry", "enroll": OURS + "claimferry",
          "migrate": OURS + "claimferry", "sandbox": OURS + "claimferry-sandbox",
          "redis": "docker.io/library/redis", "postgres": "docker.io/library/postgres"}
PROBES = {"startupProbe": "/startupz", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
STARTUP_SECONDS_MIN = 60  # Redis and the database may come later than who asks them
VOLUMES = ("configMap", "secret", "emptyDir", "persistentVolumeClaim")


def security(overlay):
    for pod in overlay.pods:
        context = pod.spec.get("securityContext", {})
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.name}: mounts a token of Kubernetes' API that it never uses"
        if pod.spec.get("enableServiceLinks") is not False:
            yield f"{pod.name}: enableServiceLinks would put CLAIMFERRY_* of Services into its environment"
        for wish in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
            if pod.spec.get(wish):
                yield f"{pod.name}: asks for {wish}"
        for container in pod.containers:
            yield from container_security(pod, {**context, **container.get("securityContext", {})}, container)


def container_security(pod, context, container):
    """`context` is what Kubernetes makes of both: the container's own word goes before its pod's."""
    where = f"{pod.name}: container {container['name']}"
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        yield f"{where} may run as root; runAsNonRoot and a runAsUser other than 0"
    elif IMAGES.get(pod.component(), "").startswith(OURS) and (
            context.get("runAsUser"), context.get("fsGroup")) != (65532, 65532):
        yield f"{where} runs as another user or group of files than the image's 65532"
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield f"{where} has no seccomp profile RuntimeDefault"
    if context.get("allowPrivilegeEscalation") is not False:
        yield f"{where} allows privilege escalation"
    if context.get("readOnlyRootFilesystem") is not True:
        yield f"{where} may write to its root"
    if context.get("capabilities", {}).get("drop") != ["ALL"] or context.get("capabilities", {}).get("add"):
        yield f"{where} keeps capabilities"
    if context.get("privileged"):
        yield f"{where} is privileged"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield f"{where} takes a port of its host, past all Services"
    taken = [entry.get("valueFrom", {}) for entry in container.get("env", [])]
    if "envFrom" in container or any("secretKeyRef" in source for source in taken):
        yield f"{where} takes a Secret into its environment, where it is never swapped and any child reads it"


def volumes(overlay):
    for pod in overlay.pods:
        for name, volume in pod.volumes().items():
            for kind in sorted(set(volume) - {"name"} - set(VOLUMES)):
                yield f"{pod.name}: volume {name} is a {kind}, which no pod here needs"
            for kind in ("configMap", "secret"):
                if volume.get(kind, {}).get("optional"):
                    yield f"{pod.name}: volume {name} is optional; its pod would begin without it"


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
    """Bytes of a Kubernetes quantity, of the configuration's sizes, or of Redis'."""
    units = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30,
             "kb": 2**10, "mb": 2**20, "gb": 2**30}
    for unit, factor in units.items():
        if str(text).endswith(unit):
            return int(float(str(text)[: -len(unit)]) * factor)
    return int(text)


def images(overlay):
    releases, tags = {}, set()
    for program in overlay.programs:
        image = program.container.get("image", "")
        name, _, digest = image.partition("@")
        name, _, tag = name.partition(":")
        if name not in IMAGES.values():
            yield (f"{program.pod.name}: image {image} is none that is known; "
                   "look for a slip, or add it to check/pods.py")
        elif name != IMAGES.get(program.pod.component()):
            yield f"{program.name}: image {image} is not that of component {program.pod.component()}"
        elif not digest and tag in ("", "latest"):
            yield f"{program.name}: image {image} is pinned by no tag and no digest"
        if name.startswith(OURS):
            releases.setdefault(name, set()).add(digest or tag)
            tags |= {tag} - {""}
    for name, found in sorted(releases.items()):
        if len(found) > 1:
            yield f"image {name} is of several releases: {', '.join(sorted(found))}"
    if len(tags) > 1 and all(len(found) == 1 for found in releases.values()):
        yield f"images of ours are of several releases: {', '.join(sorted(tags))}"


def probes(overlay):
    for pod in overlay.pods:
        for container in pod.containers:
            ports = {port.get("name") for port in container.get("ports", [])}
            for kind in PROBES:
                probe = container.get(kind, {})
                asked = probe.get("httpGet", probe.get("tcpSocket", {})).get("port")
                if asked is not None and asked not in ports:
                    yield f"{pod.name}: {kind} asks port {asked}, which container {container['name']} does not have"
            startup = container.get("startupProbe")
            budget = startup and startup.get("periodSeconds", 10) * startup.get("failureThreshold", 3)
            if startup and budget < STARTUP_SECONDS_MIN:
                yield f"{pod.name}: startupProbe gives it {budget} s to begin, not {STARTUP_SECONDS_MIN}"
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


def replicas(overlay):
    for pod in overlay.pods:
        given = pod.owner["spec"].get("replicas", 1)
        if pod.component() == "scheduler" and given != 2:
            yield f"{pod.name}: must have 2 replicas: one leads, the other takes over"
        elif pod.component() == "enroll" and given < 2:
            yield f"{pod.name}: has {given} replicas; members' browsers meet nobody while one is replaced"
        elif pod.component() == "worker" and given < 1:
            yield f"{pod.name}: has no replica"
        elif pod.component() not in SERVICES and given != 1:
            yield f"{pod.name}: must have 1 replica, has {given}"
    for pod in overlay.pods:
        if pod.owner["kind"] == "Job" and pod.spec.get("restartPolicy") not in ("OnFailure", "Never"):
            yield f"{pod.name}: restartPolicy {pod.spec.get('restartPolicy')} is none that a Job may have"


CHECKS = (security, volumes, namespace, resources, images, probes, spread, replicas)
