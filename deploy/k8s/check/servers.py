"""An overlay's own Redis, PostgreSQL and sandbox: their arguments and environment, against the configuration."""

from urllib.parse import urlsplit

from configuration import CALLBACK, mounted
from pods import quantity
from programs import flags


def of(overlay, component):
    return [program for program in overlay.programs if program.pod.component() == component]


def redis(overlay, _):
    for program in of(overlay, "redis"):
        given = dict(flags(program.args)[0])
        if given.get("--appendonly") != "yes" or given.get("--appendfsync", "everysec") not in ("everysec", "always"):
            yield f"{program.name}: writes no append-only file; a restart would lose the queue"
        policy = given.get("--maxmemory-policy")
        if policy != "noeviction":
            yield f"{program.name}: maxmemory-policy {policy} would throw jobs away; noeviction"
        most = quantity(given.get("--maxmemory", "0"))
        limit = quantity(program.container.get("resources", {}).get("limits", {}).get("memory", 0))
        if not 0 < 2 * most <= limit:
            yield f"{program.name}: maxmemory {given.get('--maxmemory')} is more than half of its memory limit"
        if not mounted(overlay, program, given.get("--aclfile", "")):
            yield f"{program.name}: aclfile {given.get('--aclfile')} is not mounted"
        claims = {claim["metadata"]["name"] for claim in program.pod.owner["spec"].get("volumeClaimTemplates", [])}
        if given.get("--dir") not in [mount["mountPath"] for mount in program.mounts if mount["name"] in claims]:
            yield f"{program.name}: dir {given.get('--dir')} is on no disk"


def postgres(overlay, config):
    for server in of(overlay, "postgres"):
        environment = server.environment()
        database, owner = environment.get("POSTGRES_DB"), environment.get("POSTGRES_USER")
        for program in overlay.programs:
            url = urlsplit(program.sink_url(config))
            if not program.is_ours() or url.hostname != server.pod.owner["metadata"]["name"]:
                continue
            if url.path.lstrip("/") != database:
                yield f"{program.name}: sink.url's database is {url.path.lstrip('/')}, POSTGRES_DB is {database}"
            if program.part == "migrate" and url.username != owner:
                yield f"{program.name}: the database is made by {owner}, not by {url.username}"
        password = environment.get("POSTGRES_PASSWORD_FILE", "")
        if not mounted(overlay, server, password):
            yield f"{server.name}: POSTGRES_PASSWORD_FILE is {password}, which is not mounted"
        for kind in ("startupProbe", "readinessProbe"):
            words = server.container.get(kind, {}).get("exec", {}).get("command", [])
            if dict(zip(words, words[1:])).get("-d") != database or dict(zip(words, words[1:])).get("-U") != owner:
                yield f"{server.name}: {kind} asks for another database or user than {database} and {owner}"


def source(program, path):
    """Secret and key that a file of a container comes from."""
    folder, _, key = path.rpartition("/")
    for mount in program.mounts:
        if mount["mountPath"] == folder:
            return program.pod.volumes().get(mount["name"], {}).get("secret", {}).get("secretName"), key
    return None, key


def sandbox(overlay, config):
    enroll = config.get("enroll", {})
    for program in of(overlay, "sandbox"):
        given, ports = dict(flags(program.args)[0]), program.pod.ports()
        for name, payer in config.get("payer", {}).items():
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(payer.get("auth_root", "")))
            wanted = {"--client-id": payer.get("client_id"), "--public-url": origin,
                      "--listen": f"0.0.0.0:{ports.get('payer')}", "--control": f"0.0.0.0:{ports.get('control')}",
                      "--redirect-uri": enroll.get("public_url", "") + enroll.get("callback_path", CALLBACK)}
            for flag, value in wanted.items():
                if given.get(flag) != value:
                    yield f"{program.name}: {flag} is {given.get(flag)}, where payer.{name} and enroll want {value}"
            asks = [source(other, payer.get("client_secret_file", "")) for other in of(overlay, "worker")]
            if source(program, given.get("--client-secret-file", "")) not in asks:
                yield f"{program.name}: --client-secret-file is another Secret's than payer.{name}.client_secret_file"


CHECKS = (redis, postgres, sandbox)
