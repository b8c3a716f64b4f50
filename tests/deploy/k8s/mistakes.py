"""Mistakes that people make in manifests, and the line that each must cause."""

import dataclasses
from typing import Callable


class Place:
    """An overlay's documents, to be broken."""

    def __init__(self, by_name, everything, outside):
        self.by_name, self.everything, self.outside = by_name, everything, outside

    def spec(self, name):
        return self.by_name[name]["spec"]

    def pod(self, name):
        return self.spec(name)["template"]["spec"]

    def container(self, name, number=0):
        """Those that run first are counted first."""
        return (self.pod(name).get("initContainers", []) + self.pod(name)["containers"])[number]

    def volume(self, name, volume):
        return next(entry for entry in self.pod(name)["volumes"] if entry["name"] == volume)

    def mount(self, name, volume):
        return next(entry for entry in self.container(name)["volumeMounts"] if entry["name"] == volume)

    def drop(self, name):
        self.everything.remove(self.by_name[name])

    def change(self, name, key, value):
        """A setting of a container, by its path: change(WORKER, "startupProbe.failureThreshold", 3)."""
        *path, last = key.split(".")
        place = self.container(name)
        for word in path:
            place = place.setdefault(word, {})
        place[last] = value

    def change_arg(self, name, old, new):
        args = self.container(name)["args"]
        args[args.index(old)] = new

    def add(self, kind, name, spec, api="networking.k8s.io/v1"):
        namespace = next(document for document in self.everything if document["kind"] == "Namespace")
        self.everything.append({"apiVersion": api, "kind": kind, "spec": spec, "metadata": {
            "name": name, "namespace": namespace["metadata"]["name"]}})

    def set_env(self, name, variable, value, number=0):
        for entry in self.container(name, number)["env"]:
            if entry["name"] == variable:
                entry["value"] = value

    def edit_config(self, old, new):
        for document in self.everything:
            if "claimferry.toml" in document.get("data", {}):
                text = document["data"]["claimferry.toml"]
                assert old in text, old
                document["data"]["claimferry.toml"] = text.replace(old, new, 1)


@dataclasses.dataclass
class Mistake:
    overlay: str
    line: str
    plant: Callable[[Place], None]
    by_program: bool = False  # found by the programs alone; the line is a part of theirs

    @property
    def name(self):
        return f"{self.overlay}, {self.plant.__name__}"


ALL = []
WORKER, SCHEDULER, ENROLL = (f"Deployment/claimferry-{name}" for name in ("worker", "scheduler", "enroll"))
SCHEMA, FUNCTIONS = "Job/claimferry-migrate, migrate", "Job/claimferry-migrate, functions"
MIGRATE, INGRESS, SCALED = "Job/claimferry-migrate", "Ingress/claimferry-enroll", "ScaledObject/claimferry-worker"


def causes(overlay, line, by_program=False):
    def add(plant):
        ALL.append(Mistake(overlay, line, plant, by_program))
        return plant
    return add


@causes("kind", f"{WORKER}: container worker may run as root; runAsNonRoot and a runAsUser other than 0")
def root(place):
    del place.pod(WORKER)["securityContext"]["runAsNonRoot"]


@causes("kind", f"{SCHEDULER}: container scheduler has no seccomp profile RuntimeDefault")
def unconfined(place):
    place.pod(SCHEDULER)["securityContext"]["seccompProfile"]["type"] = "Unconfined"


@causes("kind", f"{ENROLL}: container enroll keeps capabilities")
def capabilities(place):
    place.container(ENROLL)["securityContext"]["capabilities"] = {"drop": ["ALL"], "add": ["NET_ADMIN"]}


@causes("kind", "StatefulSet/redis: container redis may write to its root")
def writable_root(place):
    place.container("StatefulSet/redis")["securityContext"]["readOnlyRootFilesystem"] = False


@causes("kind", f"{WORKER}: container worker allows privilege escalation")
def escalation(place):
    del place.container(WORKER)["securityContext"]["allowPrivilegeEscalation"]


@causes("kind", f"{WORKER}: mounts a token of Kubernetes' API that it never uses")
def api_token(place):
    place.pod(WORKER)["automountServiceAccountToken"] = True


@causes("kind", f"{ENROLL}: enableServiceLinks would put CLAIMFERRY_* of Services into its environment")
def service_links(place):
    del place.pod(ENROLL)["enableServiceLinks"]


@causes("sandbox", "Namespace/claimferry-sandbox: does not enforce restricted pod security")
def baseline(place):
    labels = place.by_name["Namespace/claimferry-sandbox"]["metadata"]["labels"]
    labels["pod-security.kubernetes.io/enforce"] = "baseline"


@causes("sandbox", "Service/redis: is of namespace claimferry, not claimferry-sandbox")
def other_namespace(place):
    place.by_name["Service/redis"]["metadata"]["namespace"] = "claimferry"


@causes("production", f"{WORKER}: container worker has a CPU limit, which throttles and saves nothing")
def cpu_limit(place):
    place.container(WORKER)["resources"]["limits"]["cpu"] = "1"


@causes("production", f"{SCHEDULER}: container scheduler has no memory limit")
def unbounded(place):
    del place.container(SCHEDULER)["resources"]["limits"]["memory"]


@causes("production", f"{WORKER}: its memory limit leaves no room for worker.body_bytes_in_flight_max")
def no_room(place):
    place.edit_config('body_bytes_in_flight_max = "128MiB"', 'body_bytes_in_flight_max = "1GiB"')


@causes("production", f"{WORKER}: image ghcr.io/claimferry/claimferry is pinned by no tag and no digest")
def unpinned(place):
    place.container(WORKER)["image"] = "ghcr.io/claimferry/claimferry"


@causes("production", f"{WORKER}: image ghcr.io/claimfery/claimferry:0.1.0 is none that is known; "
        "look for a slip, or add it to check/pods.py")
def misspelt_image(place):
    place.container(WORKER)["image"] = "ghcr.io/claimfery/claimferry:0.1.0"


@causes("production", f"{WORKER}: livenessProbe must ask /livez of port admin")
def wrong_probe(place):
    place.container(WORKER)["livenessProbe"]["httpGet"]["path"] = "/readyz"


@causes("kind", f"{ENROLL}: readinessProbe asks port metrics, which container enroll does not have")
def probe_port(place):
    place.container(ENROLL)["readinessProbe"]["httpGet"]["port"] = "metrics"


@causes("production", f"{SCHEDULER}: listens on 127.0.0.1:9464, its port admin is another")
def admin_on_loopback(place):
    place.set_env(SCHEDULER, "CLAIMFERRY_TELEMETRY__ADMIN_LISTEN", "127.0.0.1:9464")


@causes("production", f"{SCHEDULER}: its topology spread counts other pods than its own")
def spread_of_others(place):
    labels = place.pod(SCHEDULER)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]
    labels["app.kubernetes.io/component"] = "worker"


@causes("production", f"{SCHEDULER}: must have 2 replicas: one leads, the other takes over")
def one_scheduler(place):
    place.spec(SCHEDULER)["replicas"] = 1


@causes("kind", f"{WORKER}: its selector does not match its own pods")
def selector(place):
    place.spec(WORKER)["selector"]["matchLabels"]["app.kubernetes.io/component"] = "workers"


@causes("kind", f"{WORKER}: ServiceAccount claimfery is made by nobody")
def account(place):
    place.pod(WORKER)["serviceAccountName"] = "claimfery"


@causes("kind", f"{ENROLL}: /usr/local/bin/claimferry-worker is no program of component enroll")
def other_program(place):
    place.container(ENROLL)["command"] = ["/usr/local/bin/claimferry-worker"]


@causes("kind", "Service/claimferry-enroll: its selector matches 0 workloads, not one")
def service_selector(place):
    place.spec("Service/claimferry-enroll")["selector"]["app.kubernetes.io/component"] = "enrol"


@causes("kind", f"Service/claimferry-enroll: targetPort web is no port of {ENROLL}")
def target_port(place):
    place.spec("Service/claimferry-enroll")["ports"][0]["targetPort"] = "web"


@causes("kind", f"{WORKER}: mounts vaults, which is no volume")
def mount(place):
    place.mount(WORKER, "vault")["name"] = "vaults"


@causes("kind", f"{WORKER}: mounts payer by subPath, which is never swapped in place")
def sub_path(place):
    place.mount(WORKER, "payer")["subPath"] = "client.secret"


@causes("kind", f"{WORKER}: ConfigMap claimferry-configuration is made neither here nor by outside.txt")
def config_map(place):
    place.volume(WORKER, "config")["configMap"]["name"] = "claimferry-configuration"


@causes("kind", f"{ENROLL}: Secret claimferry-enrol is made neither here nor by outside.txt")
def secret(place):
    place.volume(ENROLL, "own")["secret"]["secretName"] = "claimferry-enrol"


@causes("kind", f"{WORKER}: Secret claimferry-payer is mounted with another mode than 0440")
def secret_mode(place):
    place.volume(WORKER, "payer")["secret"]["defaultMode"] = 0o644


@causes("production", f"{SCHEDULER}: PersistentVolumeClaim claimferry-audits is made by nobody")
def claim(place):
    place.volume(SCHEDULER, "audit")["persistentVolumeClaim"]["claimName"] = "claimferry-audits"


@causes("production", "PersistentVolumeClaim/claimferry-audit: is not ReadWriteMany; the lead may change hosts")
def audit_of_one_host(place):
    place.spec("PersistentVolumeClaim/claimferry-audit")["accessModes"] = ["ReadWriteOnce"]


@causes("kind", "outside.txt: Secret claimferry-extra is used by nobody")
def unused_secret(place):
    place.outside[("Secret", "claimferry-extra")] = {"key"}


@causes("production", "PodDisruptionBudget/claimferry-worker: its selector matches 0 workloads, not one")
def budget_selector(place):
    place.spec("PodDisruptionBudget/claimferry-worker")["selector"]["matchLabels"] = {"app": "claimferry-worker"}


@causes("production", "PodDisruptionBudget/claimferry-enroll: must say maxUnavailable: 1, "
        "which never blocks a drain of nodes for good")
def budget_that_blocks(place):
    spec = place.spec("PodDisruptionBudget/claimferry-enroll")
    del spec["maxUnavailable"]
    spec["minAvailable"] = 2


@causes("production", f"{SCALED}: scaleTargetRef Deployment/claimferry-workers is nothing of this overlay")
def scale_target(place):
    place.spec(SCALED)["scaleTargetRef"]["name"] = "claimferry-workers"


@causes("production", f"{WORKER}: has replicas beside {SCALED}; each apply would put them back")
def fixed_replicas(place):
    place.spec(WORKER)["replicas"] = 3


@causes("production", f"{SCALED}: the trigger knows no key treshold")
def trigger_key(place):
    metadata = place.spec(SCALED)["triggers"][0]["metadata"]
    metadata["treshold"] = metadata.pop("threshold")


@causes("production", f"{SCALED}: the query asks for another metric than claimferry_desired_workers")
def trigger_metric(place):
    metadata = place.spec(SCALED)["triggers"][0]["metadata"]
    metadata["query"] = metadata["query"].replace("desired", "wanted")


@causes("production", f"{SCALED}: the query asks another namespace than claimferry")
def trigger_namespace(place):
    metadata = place.spec(SCALED)["triggers"][0]["metadata"]
    metadata["query"] = metadata["query"].replace('"claimferry"', '"claims"')


@causes("production-hpa", "HorizontalPodAutoscaler/claimferry-worker: asks for another metric than "
        "claimferry_desired_workers")
def autoscaler_metric(place):
    place.spec("HorizontalPodAutoscaler/claimferry-worker")["metrics"][0]["external"]["metric"]["name"] = "cpu"


@causes("production", f"PodMonitor/claimferry: port metrics is no port of {WORKER}")
def monitor_port(place):
    place.spec("PodMonitor/claimferry")["podMetricsEndpoints"][0]["port"] = "metrics"


@causes("production", f"PodMonitor/claimferry: must select {ENROLL}, {SCHEDULER}, {WORKER} and no other; "
        f"{ENROLL} is wrong")
def monitor_labels(place):
    place.spec("PodMonitor/claimferry")["selector"]["matchExpressions"][0]["values"] = ["worker", "scheduler"]


@causes("production", f"{INGRESS}: backend claimferry-enroll has no port web")
def ingress_port(place):
    place.spec(INGRESS)["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"]["name"] = "web"


@causes("production", f"{INGRESS}: host connect.example.com is not enroll.public_url's")
def ingress_host(place):
    place.spec(INGRESS)["rules"][0]["host"] = "connect.example.com"
    place.spec(INGRESS)["tls"][0]["hosts"] = ["connect.example.com"]


@causes("production", f"{INGRESS}: leads nobody to enroll.callback_path")
def ingress_path(place):
    place.spec(INGRESS)["rules"][0]["http"]["paths"][0]["path"] = "/callback"


@causes("production", f"{WORKER}: container worker may run as root; runAsNonRoot and a runAsUser other than 0")
def root_of_container(place):
    place.change(WORKER, "securityContext.runAsUser", 0)


@causes("production", f"{ENROLL}: container enroll may run as root; runAsNonRoot and a runAsUser other than 0")
def maybe_root_of_container(place):
    place.change(ENROLL, "securityContext.runAsNonRoot", False)


@causes("kind", "StatefulSet/redis: container redis has no seccomp profile RuntimeDefault")
def unconfined_container(place):
    place.change("StatefulSet/redis", "securityContext.seccompProfile", {"type": "Unconfined"})


@causes("production", f"{SCHEDULER}: container scheduler runs as another user or group of files than the image's 65532")
def other_user_of_container(place):
    place.change(SCHEDULER, "securityContext.runAsUser", 1000)


@causes("production", f"{WORKER}: startupProbe gives it 6 s to begin, not 60")
def hasty_startup(place):
    place.change(WORKER, "startupProbe.failureThreshold", 3)


@causes("kind", "StatefulSet/postgres: startupProbe gives it 30 s to begin, not 60")
def hasty_database(place):
    del place.container("StatefulSet/postgres")["startupProbe"]["periodSeconds"]
    place.change("StatefulSet/postgres", "startupProbe.failureThreshold", 3)


@causes("production", f"{WORKER}: volume node is a hostPath, which no pod here needs")
def host_path(place):
    place.pod(WORKER)["volumes"].append({"name": "node", "hostPath": {"path": "/"}})
    place.container(WORKER)["volumeMounts"].append({"name": "node", "mountPath": "/node"})


@causes("production", f"{WORKER}: volume vault is optional; its pod would begin without it")
def optional_vault(place):
    place.volume(WORKER, "vault")["secret"]["optional"] = True


@causes("kind", f"{WORKER}: image ghcr.io/claimferry/claimferry-sandbox:dev is not that of component worker")
def sandbox_image(place):
    place.change(WORKER, "image", "ghcr.io/claimferry/claimferry-sandbox:dev")


@causes("production", "image ghcr.io/claimferry/claimferry is of several releases: 0.1.0, 0.2.0")
def mixed_tags(place):
    place.change(SCHEDULER, "image", "ghcr.io/claimferry/claimferry:0.2.0")


@causes("kind", "images of ours are of several releases: 0.1.0, dev")
def mixed_images(place):
    place.change("Deployment/sandbox", "image", "ghcr.io/claimferry/claimferry-sandbox:0.1.0")


@causes("production", f"{ENROLL}: has 0 replicas; members' browsers meet nobody while one is replaced")
def no_enroll(place):
    place.spec(ENROLL)["replicas"] = 0


@causes("kind", f"{WORKER}: has no replica")
def no_worker(place):
    place.spec(WORKER)["replicas"] = 0


@causes("kind", "StatefulSet/redis: must have 1 replica, has 2")
def two_redis(place):
    place.spec("StatefulSet/redis")["replicas"] = 2


@causes("production", f"{MIGRATE}: restartPolicy Always is none that a Job may have")
def restarted_job(place):
    place.pod(MIGRATE)["restartPolicy"] = "Always"


@causes("production", f"{WORKER}: --confg is no flag of claimferry-worker")
def misspelt_flag(place):
    place.change_arg(WORKER, "--config", "--confg")


@causes("production", f"{ENROLL}: is not told --config /etc/claimferry/claimferry.toml")
def no_config(place):
    place.container(ENROLL)["args"] = []


@causes("production", f"{SCHEMA}: is told 'db migrat', not 'db migrate'")
def misspelt_verb(place):
    place.change_arg(MIGRATE, "migrate", "migrat")


@causes("kind", "Deployment/sandbox: --tls-crt is no flag of claimferry-sandbox")
def misspelt_flag_of_sandbox(place):
    place.change_arg("Deployment/sandbox", "--tls-cert=/run/sandbox/tls/tls.crt", "--tls-crt=/run/sandbox/tls/tls.crt")


@causes("production", f"{SCALED}: the gauge counts workers; threshold is 1, not 5")
def threshold(place):
    place.spec(SCALED)["triggers"][0]["metadata"]["threshold"] = "5"


@causes("production", f"{SCALED}: at least 30 and at most 20 workers; 1 or more, and no more than the most")
def minimum_over_maximum(place):
    place.spec(SCALED)["minReplicaCount"] = 30


@causes("production", f"{SCALED}: the query is not max(claimferry_desired_workers…); two schedulers may tell of it")
def doubled_by_sum(place):
    metadata = place.spec(SCALED)["triggers"][0]["metadata"]
    metadata["query"] = metadata["query"].replace("max(", "sum(")


@causes("production", f"{SCALED}: the query believes who does not reach Redis, too: and on (namespace, instance) "
        "claimferry_redis_up == 1")
def believing_who_is_cut_off(place):
    metadata = place.spec(SCALED)["triggers"][0]["metadata"]
    metadata["query"] = metadata["query"].replace(" and on (namespace, instance) claimferry_redis_up == 1", "")


@causes("production", f"{SCALED}: fallback would scale to 2, however many stand")
def shrinking_fallback(place):
    del place.spec(SCALED)["fallback"]["behavior"]


@causes("production-hpa", "HorizontalPodAutoscaler/claimferry-worker: the gauge counts workers; averageValue is 1")
def average(place):
    metric = place.spec("HorizontalPodAutoscaler/claimferry-worker")["metrics"][0]
    metric["external"]["target"]["averageValue"] = "4"


@causes("production", "PodMonitor/claimferry: asks /metric, where nothing is; /metrics")
def monitor_path(place):
    place.spec("PodMonitor/claimferry")["podMetricsEndpoints"][0]["path"] = "/metric"


@causes("production", f"{INGRESS}: lets browsers at / (Prefix); they need /api/auth/smart/callback (Exact) alone")
def ingress_to_all(place):
    paths = place.spec(INGRESS)["rules"][0]["http"]["paths"]
    paths.append({**paths[0], "path": "/", "pathType": "Prefix"})


@causes("kind", f"{ENROLL}: mounts Secret redis-acl, which is not its part's")
def secret_of_another(place):
    place.volume(ENROLL, "vault")["secret"]["secretName"] = "redis-acl"


@causes("sandbox", f"{WORKER}: mounts Secret redis-admin, which is not its part's")
def admin_of_redis(place):
    place.volume(WORKER, "own")["secret"]["secretName"] = "redis-admin"


@causes("production", f"{FUNCTIONS}: is told 'functions lod', not 'functions load'")
def misspelt_load(place):
    place.container(MIGRATE, 1)["args"][-1] = "lod"


@causes("kind", f"{MIGRATE}: runs functions, then migrate; first migrate, then functions")
def other_order(place):
    pod = place.pod(MIGRATE)
    pod["initContainers"], pod["containers"] = pod["containers"], pod["initContainers"]


@causes("production", f"{FUNCTIONS}: mounts Secret claimferry-worker, which is not its part's")
def password_of_worker(place):
    place.volume(MIGRATE, "redis")["secret"]["secretName"] = "claimferry-worker"


@causes("production", "Service/claimferry-enroll: is open to the outside; ClusterIP, and an Ingress for what "
        "browsers need")
def load_balancer(place):
    place.spec("Service/claimferry-enroll")["type"] = "LoadBalancer"


@causes("production", f"{INGRESS}: has a defaultBackend, which opens every path")
def default_backend(place):
    path = place.spec(INGRESS)["rules"][0]["http"]["paths"][0]
    place.spec(INGRESS)["defaultBackend"] = path["backend"]


@causes("production", f"{ENROLL}: container enroll takes a port of its host, past all Services")
def host_port(place):
    place.container(ENROLL)["ports"][0]["hostPort"] = 8080


@causes("kind", f"{WORKER}: container worker takes a Secret into its environment, where it is never swapped and any "
        "child reads it")
def secret_in_environment(place):
    place.container(WORKER)["envFrom"] = [{"secretRef": {"name": "claimferry-worker"}}]
