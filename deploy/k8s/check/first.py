"""What an upgrade applies by itself: the migration's Job, by the label that the README's command names."""

import pathlib
import re

from documents import WORKLOADS, label, selects

README = pathlib.Path(__file__).resolve().parents[1] / "README.md"
HASHED = re.compile(r"-[bcdfghkmt2456789]{10}$")  # kustomize's suffix of what follows its content


def selector():
    """Of the README's command, so that what is typed is what is checked."""
    found = re.search(r"kubectl apply -k \S+ -l ([\w./-]+)=(\S+)", README.read_text(encoding="utf-8"))
    assert found, "README.md: no 'kubectl apply -k … -l LABEL=VALUE'"
    return {found.group(1): found.group(2)}


def job_alone(overlay):
    chosen = [label(document) for document in overlay.documents_by_labels(selector())]
    words = ",".join(f"{key}={value}" for key, value in selector().items())
    for pod in overlay.pods:
        if pod.owner["kind"] != "Job":
            continue
        for needed in (pod.name, *needs(overlay, pod)):
            if needed not in chosen:
                yield f"{pod.name}: needs {needed}, which 'apply -l {words}' leaves out"
        for volume in pod.volumes().values():
            name = volume.get("configMap", {}).get("name", "")
            if HASHED.search(name):
                yield f"{pod.name}: mounts ConfigMap {name}; a Job's template cannot follow its hash"
    for name in chosen:
        if name.partition("/")[0] in WORKLOADS and not name.startswith("Job/"):
            yield f"{name}: begins before the schema is there; 'apply -l {words}' takes it along"


def needs(overlay, pod):
    """Of this overlay's documents: whatever the pod refers to, and every NetworkPolicy that holds for it."""
    yield from (label(document) for document in overlay.of_kind("Namespace"))
    yield f"ServiceAccount/{pod.spec.get('serviceAccountName', 'default')}"
    for volume in pod.volumes().values():
        for kind, name in (("ConfigMap", volume.get("configMap", {}).get("name")),
                           ("Secret", volume.get("secret", {}).get("secretName")),
                           ("PersistentVolumeClaim", volume.get("persistentVolumeClaim", {}).get("claimName"))):
            if name and overlay.find(kind, name):
                yield f"{kind}/{name}"
    for policy in overlay.of_kind("NetworkPolicy"):
        if selects(policy["spec"].get("podSelector"), pod.labels):
            yield label(policy)


CHECKS = (job_alone,)
