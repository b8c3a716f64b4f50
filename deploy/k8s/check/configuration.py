"""The TOML of the ConfigMaps: what it says against the pods that mount it."""

import os
import pathlib
import re
import tomllib
from urllib.parse import parse_qsl, urlsplit

from documents import label
from pods import quantity
from programs import flags

ROOT = pathlib.Path(__file__).resolve().parents[3]
DATABASE_USERS = {"worker": "worker", "scheduler": "scheduler", "enroll": "enroll", "migrate": "owner"}  # of each part
REDIS_USERS = {"worker": "claimferry-worker", "scheduler": "claimferry-scheduler", "enroll": "claimferry-enroll",
               "functions": "claimferry-scheduler"}
CALLBACK = "/api/auth/smart/callback"
BESIDE_BODIES = 64 << 20  # of a worker's memory: twice its measured peak, and more


def read(overlay):
    """The parsed TOML, and mistakes in finding it."""
    maps = [document for document in overlay.of_kind("ConfigMap") if "claimferry.toml" in document.get("data", {})]
    if not maps:
        return {}, ["ConfigMap: none holds a claimferry.toml"]
    for other in maps[1:]:
        if other["data"]["claimferry.toml"] != maps[0]["data"]["claimferry.toml"]:
            return {}, [f"{label(other)}: its claimferry.toml is another than that of {label(maps[0])}"]
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


def mounted(overlay, program, path):
    """Whether a file or folder is there in the container."""
    volumes = program.pod.volumes()
    for mount in program.mounts:
        folder, volume = mount["mountPath"], volumes.get(mount["name"], {})
        if path == folder and "persistentVolumeClaim" in volume:
            return not mount.get("readOnly")
        if os.path.dirname(path) == folder and os.path.basename(path) in overlay.files_of(volume):
            return True
    return False


def named_files(config, program):
    """Settings of a program that name files."""
    if program.part in DATABASE_USERS:
        yield "sink.password_file", config.get("sink", {}).get("password_file")
        query = dict(parse_qsl(urlsplit(program.sink_url(config)).query))
        yield "sink.url's sslrootcert", query.get("sslrootcert")
    if program.part in REDIS_USERS:
        for key in ("password_file", "ca_file", "cert_file", "key_file", "sentinel_password_file"):
            yield f"redis.{key}", config.get("redis", {}).get(key)
    if program.part in ("worker", "scheduler", "enroll"):
        yield "vault.key_file", config.get("vault", {}).get("key_file")
        for name, payer in config.get("payer", {}).items():
            for key in ("client_secret_file", "ca_file"):
                yield f"payer.{name}.{key}", payer.get(key)
    if program.part == "enroll":
        yield "enroll.api_key_file", config.get("enroll", {}).get("api_key_file")
    if program.part == "scheduler":
        yield "audit.path", config.get("audit", {}).get("path")


def files(overlay, config):
    for program in overlay.programs:
        if not program.is_ours():
            continue
        pairs, words = flags(program.args)
        for path in [value for _, value in pairs] + words:
            if path.startswith("/") and not mounted(overlay, program, path):
                yield f"{program.name}: its arguments name {path}, which is not mounted"
        for key, path in named_files(config, program):
            if path and not mounted(overlay, program, path):
                yield f"{program.name}: {key} is {path}, which is not mounted"


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
            callback = enroll.get("callback_path", CALLBACK)
            paths = [(path["path"], path["pathType"]) for path in rule["http"]["paths"]]
            if (callback, "Exact") not in paths:
                yield f"{label(ingress)}: leads nobody to enroll.callback_path"
            for path, kind in paths:
                if (path, kind) != (callback, "Exact"):
                    yield f"{label(ingress)}: lets browsers at {path} ({kind}); they need {callback} (Exact) alone"
        if not enroll.get("behind_proxy"):
            yield f"{label(ingress)}: enroll.behind_proxy is not true, all browsers would count as one address"


def users(overlay, config):
    acl = (ROOT / "deploy/redis/users.acl").read_text(encoding="utf-8")
    keys = overlay.keys_of("Secret", "postgres")
    for program in overlay.programs:
        wanted = REDIS_USERS.get(program.part)
        name = program.environment().get("CLAIMFERRY_REDIS__USERNAME") or config.get("redis", {}).get("username")
        if wanted and name != wanted:
            yield f"{program.name}: speaks to Redis as {name or 'nobody'}, not as {wanted}"
        if wanted and f"user {wanted} " not in acl:
            yield f"{program.name}: Redis' user {wanted} stands not in deploy/redis/users.acl"
        wanted = DATABASE_USERS.get(program.part)
        user = urlsplit(program.sink_url(config)).username or "nobody"
        if wanted and user != wanted:
            yield f"{program.name}: must not speak to the database as {user}"
        if wanted and keys is not None and f"{wanted}.password" not in keys:
            yield f"{program.name}: sink.url's user {wanted} has no password in Secret postgres"


def is_inside(host):
    """A Service of this cluster, by its name."""
    return "." not in host or host.endswith(".svc") or ".svc." in host


def encrypted(overlay, config):
    """What leaves the cluster is encrypted, and knows whom it speaks to."""
    redis = config.get("redis", {})
    for program in overlay.programs:
        url = urlsplit(program.sink_url(config))
        if program.part in DATABASE_USERS and url.hostname and not is_inside(url.hostname):
            query = dict(parse_qsl(url.query))
            if query.get("sslmode") != "verify-full" or "sslrootcert" not in query:
                yield (f"{program.name}: sink.url goes to {url.hostname} by sslmode={query.get('sslmode')}; "
                       "verify-full and an sslrootcert")
        url = program.redis_url(config)
        hosts = [urlsplit("//" + node).hostname or "" for node in
                 url.partition("://")[2].split("/")[0].split("@")[-1].split(",") + redis.get("sentinels", [])]
        if program.part in REDIS_USERS and not url.startswith("rediss://") and not all(map(is_inside, hosts)):
            yield f"{program.name}: redis.url leaves the cluster without TLS; rediss://"
    for name, payer in config.get("payer", {}).items():
        for key in ("auth_root", "resource_base", "authorize_url", "token_url"):
            if not payer.get(key, "https://").startswith("https://"):
                yield f"claimferry.toml: payer.{name}.{key} is no https"


CHECKS = (grace, memory, files, audit, public, users, encrypted)
