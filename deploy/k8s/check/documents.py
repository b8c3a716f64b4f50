"""An overlay's documents as kustomize made them, and what stands beside them in `outside.txt`."""

import yaml

WORKLOADS = ("Deployment", "StatefulSet", "Job")
SERVICES = ("worker", "scheduler", "enroll")
OURS = (*SERVICES, "migrate", "sandbox")  # components


class Pod:
    """A workload's pod template, with the names that others refer to."""

    def __init__(self, owner):
        self.owner = owner
        self.name = label(owner)
        template = owner["spec"]["template"]
        self.labels = template.get("metadata", {}).get("labels", {})
        self.spec = template["spec"]
        self.containers = self.spec.get("initContainers", []) + self.spec.get("containers", [])

    def ports(self):
        """Name to number, of every container."""
        return {port.get("name", ""): port["containerPort"]
                for container in self.containers for port in container.get("ports", [])}

    def environment(self):
        return {entry["name"]: entry.get("value", "")
                for container in self.containers for entry in container.get("env", [])}

    def component(self):
        return self.labels.get("app.kubernetes.io/component", "")

    def volumes(self):
        return {volume["name"]: volume for volume in self.spec.get("volumes", [])}


class Program:
    """A container in its pod; `part` is what it is there for: its pod's component, or one step of a Job."""

    def __init__(self, pod, container):
        self.pod, self.container = pod, container
        self.part = container["name"] if pod.owner["kind"] == "Job" else pod.component()
        self.name = pod.name if len(pod.containers) == 1 else f"{pod.name}, {container['name']}"
        self.args = container.get("args", [])
        self.mounts = container.get("volumeMounts", [])

    def is_ours(self):
        return self.pod.component() in OURS

    def environment(self):
        return {entry["name"]: entry.get("value", "") for entry in self.container.get("env", [])}

    def redis_url(self, config):
        return self.environment().get("CLAIMFERRY_REDIS__URL") or config.get("redis", {}).get("url", "")

    def sink_url(self, config):
        return self.environment().get("CLAIMFERRY_SINK__URL") or config.get("sink", {}).get("url", "")


class Overlay:
    def __init__(self, documents, outside):
        self.documents = documents
        self.outside = outside  # {("Secret", name): keys}; of a ("Namespace", name): ports, and labels as key=value
        self.pods = [Pod(document) for document in documents if document["kind"] in WORKLOADS]
        self.programs = [Program(pod, container) for pod in self.pods for container in pod.containers]

    def of_kind(self, *kinds):
        return [document for document in self.documents if document["kind"] in kinds]

    def find(self, kind, name):
        for document in self.of_kind(kind):
            if document["metadata"]["name"] == name:
                return document
        return None

    def pods_of(self, selector):
        return [pod for pod in self.pods if selects(selector, pod.labels)]

    def documents_by_labels(self, selector):
        return [document for document in self.documents
                if selects({"matchLabels": selector}, document["metadata"].get("labels", {}))]

    def namespace(self):
        found = self.of_kind("Namespace")
        return found[0]["metadata"]["name"] if found else ""

    def keys_of(self, kind, name):
        """Of a ConfigMap or Secret, made here or outside; None where nobody makes it."""
        document = self.find(kind, name)
        if document is not None:
            return set(document.get("data", {})) | set(document.get("stringData", {}))
        return self.outside.get((kind, name))

    def files_of(self, volume):
        """Names in a volume that a ConfigMap or a Secret fills; empty of others, and of what nobody makes."""
        for kind, source in (("ConfigMap", volume.get("configMap")), ("Secret", volume.get("secret"))):
            if source is not None:
                if "items" in source:
                    return {item["path"] for item in source["items"]}
                return self.keys_of(kind, source.get("name") or source.get("secretName")) or set()
        return set()


def label(document):
    return f"{document['kind']}/{document['metadata']['name']}"


def selects(selector, labels):
    """As Kubernetes has it: an empty selector takes all."""
    selector = selector or {}
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for expression in selector.get("matchExpressions", []):
        value, values = labels.get(expression["key"]), expression.get("values", [])
        holds = {"In": value in values, "NotIn": value not in values,
                 "Exists": value is not None, "DoesNotExist": value is None}
        if not holds[expression["operator"]]:
            return False
    return True


def read_outside(path):
    kinds = {"secret": "Secret", "configmap": "ConfigMap", "namespace": "Namespace"}
    outside = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if words:
                outside[(kinds[words[0]], words[1])] = set(words[2:])
    return outside


def read_overlay(rendered, outside):
    with open(rendered, encoding="utf-8") as file:
        documents = [document for document in yaml.safe_load_all(file) if document]
    return Overlay(documents, read_outside(outside))
