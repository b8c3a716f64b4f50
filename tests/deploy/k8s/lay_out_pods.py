"""lay_out_pods.py RENDERED SECRETS FOLDER BIN: below FOLDER/NAME of each pod its `mounts`, `environment` and `command`.

Of a pod with several containers NAME is the pod's and the container's, by a dash. Secrets keep mode 0600 here: these
processes own them.
"""

import base64
import pathlib
import shlex
import sys

import yaml


def contents(volume, maps, secrets):
    if "configMap" in volume:
        return maps[volume["configMap"]["name"]]
    if "secret" in volume:
        files = secrets[volume["secret"]["secretName"]]
        items = volume["secret"].get("items", [{"key": key, "path": key} for key in files])
        return {item["path"]: files[item["key"]] for item in items}
    return {}


def lay_out(pod, container, folder, binaries, maps, secrets):
    volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
    for mount in container["volumeMounts"]:
        files = contents(volumes.get(mount["name"], {}), maps, secrets)
        for key, content in files.items():
            path = folder / "mounts" / mount["mountPath"].lstrip("/") / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)
    lines = [f"{entry['name']}={shlex.quote(entry['value'])}\n" for entry in container.get("env", [])]
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("environment").write_text("".join(lines), encoding="utf-8")
    command = container.get("command", []) + container.get("args", [])
    command = [word.replace("/usr/local/bin/", f"{binaries}/") for word in command]
    folder.joinpath("command").write_text("".join(f"{word}\n" for word in command), encoding="utf-8")


def main(rendered, made, folder, binaries):
    documents = [document for path in (rendered, made) for document in
                 yaml.safe_load_all(pathlib.Path(path).read_text(encoding="utf-8")) if document]
    maps = {document["metadata"]["name"]: {key: text.encode() for key, text in document["data"].items()}
            for document in documents if document["kind"] == "ConfigMap"}
    secrets = {document["metadata"]["name"]: {key: base64.b64decode(text) for key, text in document["data"].items()}
               for document in documents if document["kind"] == "Secret"}
    for document in documents:
        if document["kind"] in ("Deployment", "StatefulSet", "Job"):
            pod, name = document["spec"]["template"]["spec"], document["metadata"]["name"]
            containers = pod.get("initContainers", []) + pod["containers"]
            for container in containers:
                own = name if len(containers) == 1 else f"{name}-{container['name']}"
                lay_out(pod, container, pathlib.Path(folder) / own, binaries, maps, secrets)


if __name__ == "__main__":
    main(*sys.argv[1:])
