"""Each container's arguments, and what the programs themselves say of them and of the configuration."""

import os
import pathlib
import re
import shutil
import subprocess

from documents import SERVICES

BIN = "/usr/local/bin/"
CONFIG = "/etc/claimferry/claimferry.toml"
SERVICE_FLAGS = ("--config", "--set", "--ready-file")
COMMANDS = {  # of each part: program, the flags that it knows, the verb
    "worker": ("claimferry-worker", SERVICE_FLAGS, []),
    "scheduler": ("claimferry-scheduler", SERVICE_FLAGS, []),
    "enroll": ("claimferry-enroll", SERVICE_FLAGS, []),
    "migrate": ("claimferry", ("--config", "--set", "--output"), ["db", "migrate"]),
    "functions": ("claimferry", ("--config", "--set", "--output"), ["functions", "load"]),
    "sandbox": ("claimferry-sandbox", (
        "--listen", "--control", "--public-url", "--ready-file", "--tls-cert", "--tls-key", "--client-id",
        "--client-secret-file", "--redirect-uri", "--seed", "--today", "--cache-mib"), []),
}


def flags(args):
    """Pairs of flag and value, and the words beside them."""
    pairs, words, rest = [], [], list(args)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            words.append(word)
            continue
        flag, equals, value = word.partition("=")
        pairs.append((flag, value if equals or not rest else rest.pop(0)))
    return pairs, words


def arguments(overlay):
    for program in overlay.programs:
        if not program.is_ours():
            continue
        command = program.container.get("command", [])
        if program.part not in COMMANDS:
            yield f"{program.name}: is no part of component {program.pod.component()}"
            continue
        name, known, verb = COMMANDS[program.part]
        if command != [BIN + name]:
            yield f"{program.pod.name}: {' '.join(command)} is no program of component {program.part}"
        pairs, words = flags(program.args)
        for flag, _ in pairs:
            if flag not in known:
                yield f"{program.name}: {flag} is no flag of {name}"
        if words != verb:
            yield f"{program.name}: is told '{' '.join(words)}', not '{' '.join(verb)}'"
        if program.part != "sandbox" and [value for flag, value in pairs if flag == "--config"] != [CONFIG]:
            yield f"{program.name}: is not told --config {CONFIG}"


def steps(overlay):
    for pod in overlay.pods:
        first, then = (", ".join(container["name"] for container in pod.spec.get(kind, []))
                       for kind in ("initContainers", "containers"))
        if pod.component() == "migrate" and (first, then) != ("migrate", "functions"):
            yield f"{pod.name}: runs {first}, then {then}; first migrate, then functions"


CHECKS = (arguments, steps)


def by_programs(overlay, binaries, folder):
    """Lays each container's mounts out below `folder`, with files that hold something, and has its program look."""
    for program in overlay.programs:
        if not program.is_ours():
            continue
        name = COMMANDS[program.part][0]
        home = pathlib.Path(folder) / program.part
        lay_out(overlay, program, home, binaries)
        moved = re.compile(r"(?<![\w.:/-])/(?=(run|etc|var)/)")
        toml = home / CONFIG.lstrip("/")
        if toml.exists():
            toml.write_text(moved.sub(f"{home}/", toml.read_text(encoding="utf-8")), encoding="utf-8")
        environment = {key: moved.sub(f"{home}/", value) for key, value in program.environment().items()}
        args = [moved.sub(f"{home}/", word) for word in program.args]
        if program.part in SERVICES:
            ran = run(f"{binaries}/{name}", [*args, "--check"], environment)
            if ran.returncode != 0:
                for line in (ran.stderr or ran.stdout).splitlines() or [f"status {ran.returncode}"]:
                    yield f"{program.name}: {name} refuses its configuration: {line}"
            continue
        # These have no --check. Arguments that parse leave one thing to complain of, and nothing is begun.
        ran = run(f"{binaries}/{name}", [*args, "--planted-by-check"], environment)
        first = (ran.stderr or ran.stdout or "nothing").splitlines()[0].removeprefix(f"{name}: ")
        if first != "The following argument was not expected: --planted-by-check":
            yield f"{program.name}: {name} refuses its arguments: {first.replace('--planted-by-check ', '')}"


def run(binary, args, environment):
    return subprocess.run([binary, *args], env={"PATH": os.environ["PATH"], **environment}, capture_output=True,
                          text=True, timeout=60, check=False)


def lay_out(overlay, program, home, binaries):
    volumes = program.pod.volumes()
    for mount in program.mounts:
        folder = home / mount["mountPath"].lstrip("/")
        folder.mkdir(parents=True)
        volume = volumes[mount["name"]]
        if "configMap" in volume:
            document = overlay.find("ConfigMap", volume["configMap"]["name"])
            for key, text in (document or {}).get("data", {}).items():
                (folder / key).write_text(text, encoding="utf-8")
        for key in overlay.files_of(volume):
            if not (folder / key).exists():
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
    for name in sorted({command[0] for command in COMMANDS.values()}):
        if not os.access(f"{binaries}/{name}", os.X_OK):
            return f"{binaries}/{name} is not built"
    return "" if shutil.which("openssl") else "openssl is not on the PATH"
