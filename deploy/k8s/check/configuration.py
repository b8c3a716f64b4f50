"""The TOML of the ConfigMap: what it says against the pods that mount it, and whether the programs accept it."""

import os
import pathlib
import re
import shutil
import subprocess
import tomllib
from urllib.parse import parse_qsl, urlsplit

from documents import label
from pods import quantity

ROOT = pathlib.Path(__file__).resolve().parents[3]
SERVICES = ("worker", "scheduler", "enroll")
BESIDE_BODIES = 64 << 20  # of a worker's memory: twice its measured peak, and more


def read(overlay):
    """The parsed TOML, and mistakes in finding it."""
    maps = [document for document in overlay.of_kind("ConfigMap") if "claimferry.toml" in document.get("data", {})]
    if len(maps) != 1:
        return {}, [f"ConfigMap: {len(maps)} hold a claimferry.toml, not one"]
    try:
        return tomllib.loads(maps[0]["data"]["claimferry.toml"]), []
    except tomllib.TOMLDecodeError as error:
        return {}, [f"{label(maps[0])}: claimferry.toml is no TOML: {error}"]


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", text).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


def limit(name):
    """Of common/base/limits.hpp, so that it is written once."""
    text = (ROOT / "common/base/limits.hpp").read_text(encoding="utf-8")
    return seconds(re.search(rf"\b{name} = (\w+);", text).group(1))


def grace(overlay, config):
    flush = 3
    drain = max(seconds(config.get("worker", {}).get("drain", "20s")), limit("refresh_drain_max"))
    sign_in = limit("exchange_deadline") + limit("registration_patience")
    for pod in overlay.pods:
        needs = {"worker": drain + flush, "scheduler": flush, "enroll": sign_in + flush}.get(pod.component())
        if needs is None:
            continue
        for container in pod.containers:
            needs += container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        given = pod.spec.get("terminationGracePeriodSeconds", 30)
        if given <= needs:
            yield f"{pod.name}: terminationGracePeriodSeconds {given} is no more than the {needs:g} s that it may drain"


def memory(overlay, config):
    bodies = quantity(config.get("worker", {}).get("body_bytes_in_flight_max", "256MiB"))
    for pod in overlay.pods:
        limits = pod.containers[0].get("resources", {}).get("limits", {})
        if pod.component() == "worker" and quantity(limits.get("memory", 0)) < bodies + BESIDE_BODIES:
            yield f"{pod.name}: its memory limit leaves no room for worker.body_bytes_in_flight_max"


def mounted(overlay, pod, path):
    """Whether a file or folder is there in the pod's container."""
    volumes = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
    for mount in pod.containers[0].get("volumeMounts", []):
        folder, volume = mount["mountPath"], volumes.get(mount["name"], {})
        if path == folder and "persistentVolumeClaim" in volume:
            return not mount.get("readOnly")
        if os.path.dirname(path) != folder:
            continue
        for kind, source in (("ConfigMap", volume.get("configMap")), ("Secret", volume.get("secret"))):
            name = (source or {}).get("name") or (source or {}).get("secretName")
            if os.path.basename(path) in (overlay.keys_of(kind, name) or ()):
                return True
    return False


def named_files(config, pod):
    """Settings of a pod's program that name files."""
    sink = config.get("sink", {})
    url = pod.environment().get("CLAIMFERRY_SINK__URL") or sink.get("url", "")
    yield "sink.password_file", sink.get("password_file")
    yield "sink.url's sslrootcert", dict(parse_qsl(urlsplit(url).query)).get("sslrootcert")
    if pod.component() == "migrate":
        return
    for key in ("password_file", "ca_file", "cert_file", "key_file", "sentinel_password_file"):
        yield f"redis.{key}", config.get("redis", {}).get(key)
    yield "vault.key_file", config.get("vault", {}).get("key_file")
    for name, payer in config.get("payer", {}).items():
        for key in ("client_secret_file", "ca_file"):
            yield f"payer.{name}.{key}", payer.get(key)
    if pod.component() == "enroll":
        yield "enroll.api_key_file", config.get("enroll", {}).get("api_key_file")
    if pod.component() == "scheduler":
        yield "audit.path", config.get("audit", {}).get("path")


def files(overlay, config):
    for pod in overlay.pods:
        if not pod.is_ours():
            continue
        args = pod.containers[0].get("args", [])
        for word in args:
            path = word.partition("=")[2] if word.startswith("--") else word
            if path.startswith("/") and not mounted(overlay, pod, path):
                yield f"{pod.name}: its arguments name {path}, which is not mounted"
        if pod.component() == "sandbox":
            continue
        for key, path in named_files(config, pod):
            if path and not mounted(overlay, pod, path):
                yield f"{pod.name}: {key} is {path}, which is not mounted"


def audit(overlay, config):
    claim = overlay.find("PersistentVolumeClaim", "claimferry-audit")
    one_node = overlay.find("Deployment", "sandbox") is not None
    if claim and claim["spec"]["accessModes"] != ["ReadWriteMany"] and not one_node:
        yield f"{label(claim)}: is not ReadWriteMany; the lead may change hosts"


def public(overlay, config):
    enroll = config.get("enroll", {})
    for pod in overlay.pods:
        if pod.component() == "enroll" and enroll.get("listen") != f"0.0.0.0:{pod.ports().get('http')}":
            yield f"{pod.name}: enroll.listen is {enroll.get('listen')}, its port http is another"
    for ingress in overlay.of_kind("Ingress"):
        for rule in ingress["spec"]["rules"]:
            if f"https://{rule['host']}" != enroll.get("public_url"):
                yield f"{label(ingress)}: host {rule['host']} is not enroll.public_url's"
            paths = [path["path"] for path in rule["http"]["paths"]]
            if enroll.get("callback_path", "/api/auth/smart/callback") not in paths:
                yield f"{label(ingress)}: leads nobody to enroll.callback_path"
        if not enroll.get("behind_proxy"):
            yield f"{label(ingress)}: enroll.behind_proxy is not true, all browsers would count as one address"


def users(overlay, config):
    acl = (ROOT / "deploy/redis/users.acl").read_text(encoding="utf-8")
    for pod in overlay.pods:
        name = pod.environment().get("CLAIMFERRY_REDIS__USERNAME", "")
        if pod.component() in SERVICES and name != f"claimferry-{pod.component()}":
            yield f"{pod.name}: speaks to Redis as {name or 'nobody'}, not as claimferry-{pod.component()}"
        if name and f"user {name} " not in acl:
            yield f"{pod.name}: Redis' user {name} stands not in deploy/redis/users.acl"
        url = pod.environment().get("CLAIMFERRY_SINK__URL") or config.get("sink", {}).get("url", "")
        keys = overlay.keys_of("Secret", "postgres")
        if pod.is_ours() and keys is not None and pod.component() != "sandbox":
            user = urlsplit(url).username or ""
            if f"{user}.password" not in keys:
                yield f"{pod.name}: sink.url's user {user} has no password in Secret postgres"
            if (user == "owner") != (pod.component() == "migrate"):
                yield f"{pod.name}: must not speak to the database as {user}"


CHECKS = (grace, memory, files, audit, public, users)


def by_programs(overlay, binaries, folder):
    """Lays each pod's mounts out below `folder`, with files that hold something, and has its program look at them."""
    for pod in overlay.pods:
        if pod.component() not in SERVICES:
            continue
        home = pathlib.Path(folder) / pod.component()
        lay_out(overlay, pod, home, binaries)
        moved = re.compile(r"(?<![\w.:/-])/(?=(run|etc|var)/)")
        toml = home / "etc/claimferry/claimferry.toml"
        toml.write_text(moved.sub(f"{home}/", toml.read_text(encoding="utf-8")), encoding="utf-8")
        environment = {name: moved.sub(f"{home}/", value) for name, value in pod.environment().items()}
        ran = subprocess.run([f"{binaries}/claimferry-{pod.component()}", "--config", str(toml), "--check"],
                             env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True,
                             timeout=60, check=False)
        if ran.returncode != 0:
            for line in (ran.stderr or ran.stdout).splitlines() or [f"status {ran.returncode}"]:
                yield f"{pod.name}: claimferry-{pod.component()} refuses its configuration: {line}"


def lay_out(overlay, pod, home, binaries):
    volumes = {volume["name"]: volume for volume in pod.spec["volumes"]}
    for mount in pod.containers[0]["volumeMounts"]:
        folder = home / mount["mountPath"].lstrip("/")
        folder.mkdir(parents=True)
        volume = volumes[mount["name"]]
        if "configMap" in volume:
            document = overlay.find("ConfigMap", volume["configMap"]["name"])
            for key, text in (document or {}).get("data", {}).items():
                (folder / key).write_text(text, encoding="utf-8")
            keys = set() if document else overlay.keys_of("ConfigMap", volume["configMap"]["name"]) or set()
        elif "secret" in volume:
            keys = overlay.keys_of("Secret", volume["secret"]["secretName"]) or set()
        else:
            keys = set()
        for key in keys:
            stand_in(folder / key, binaries)


def stand_in(path, binaries):
    if path.name == "vault.keys":
        subprocess.run([f"{binaries}/claimferry", "keys", "init", str(path)], check=True, capture_output=True)
    elif path.suffix == ".pem":
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=check", "-keyout", os.devnull, "-out", str(path)],
                       check=True, capture_output=True)
    else:
        path.write_text("app:" + "0123456789abcdef" * 4 + "\n" if path.name == "api.keys" else "f00d" * 12 + "\n",
                        encoding="utf-8")
        path.chmod(0o600)


def missing_tools(binaries):
    if not binaries:
        return "CLAIMFERRY_BIN names no folder of the programs"
    for name in ("claimferry", *(f"claimferry-{service}" for service in SERVICES)):
        if not os.access(f"{binaries}/{name}", os.X_OK):
            return f"{binaries}/{name} is not built"
    return "" if shutil.which("openssl") else "openssl is not on the PATH"
