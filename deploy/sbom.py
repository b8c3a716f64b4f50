#!/usr/bin/env python3
"""The list of what is inside an image, as CycloneDX 1.5 JSON.

  sbom.py make --root DIR --name NAME --version V --revision R --compiled FILE --output FILE
      from dpkg's status of the packages in DIR (var/lib/dpkg/status.d), their copyright files and the programs there;
      FILE has the status of the packages whose headers are compiled in
  sbom.py show IMAGE [--engine docker]
      prints the list that an image carries; nothing of it is started

Python's standard library alone.
"""
import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import urllib.parse
import uuid

INSIDE = "usr/share/claimferry/sbom.cdx.json"
# Debian's short names that SPDX has, too, by another or the same name. Whatever else a file says goes in as its text.
SPDX = {
    "apache-2.0": "Apache-2.0", "artistic": "Artistic-1.0-Perl", "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause", "bsl-1.0": "BSL-1.0", "expat": "MIT", "mit": "MIT", "isc": "ISC",
    "gpl-2": "GPL-2.0-only", "gpl-2+": "GPL-2.0-or-later", "gpl-3": "GPL-3.0-only", "gpl-3+": "GPL-3.0-or-later",
    "lgpl-2.1": "LGPL-2.1-only", "lgpl-2.1+": "LGPL-2.1-or-later", "lgpl-3+": "LGPL-3.0-or-later",
    "mpl-2.0": "MPL-2.0", "postgresql": "PostgreSQL", "zlib": "Zlib", "openldap-2.8": "OLDAP-2.8",
}


def stanzas(text):
    """The stanzas of a dpkg status file, as dictionaries; lines that go on are left out."""
    for block in re.split(r"\n\s*\n", text.strip()):
        fields = (line.split(":", 1) for line in block.splitlines() if not line.startswith((" ", "\t")))
        yield {name.strip(): value.strip() for name, value in (pair for pair in fields if len(pair) == 2)}


def licences(copyright_file):
    """Of a machine-readable copyright file its licences' names, else none: prose is not guessed at."""
    text = copyright_file.read_text("utf-8", "replace") if copyright_file.is_file() else ""
    if not re.search(r"^Format:.*copyright-format", text, re.M):
        return []
    found = []
    for name in re.findall(r"^License:[ \t]*(\S.*)$", text, re.M):
        known = SPDX.get(name.strip().lower())
        one = {"license": {"id": known} if known else {"name": name.strip()}}
        if one not in found:
            found.append(one)
    return found


def package(stanza, root, linkage, distro):
    name, version, arch = stanza["Package"], stanza["Version"], stanza["Architecture"]
    quoted = urllib.parse.quote(version, safe="")
    purl = f"pkg:deb/debian/{urllib.parse.quote(name, safe='')}@{quoted}?arch={arch}&distro={distro}"
    component = {
        "type": "library", "bom-ref": f"{purl}#{linkage}", "name": name, "version": version, "purl": purl,
        "supplier": {"name": "Debian"},
        "properties": [{"name": "claimferry:linkage", "value": linkage},
                       {"name": "claimferry:source", "value": stanza.get("Source", name)}],
    }
    found = licences(root / "usr/share/doc" / name / "copyright")
    if found:
        component["licenses"] = found
    return component


def program(path, version):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"type": "application", "bom-ref": f"program:{path.name}", "name": path.name, "version": version,
            "hashes": [{"alg": "SHA-256", "content": digest}], "licenses": [{"license": {"id": "Apache-2.0"}}]}


def make(args):
    root = pathlib.Path(args.root)
    release = dict(re.findall(r'^(ID|VERSION_ID)="?([^"\n]*)"?$', (root / "etc/os-release").read_text(), re.M))
    distro = f"{release['ID']}-{release['VERSION_ID']}"
    programs = [program(path, args.version) for path in sorted((root / "usr/local/bin").iterdir())]
    carried = [package(next(stanzas(path.read_text())), root, "carried", distro)
               for path in sorted((root / "var/lib/dpkg/status.d").iterdir())]
    compiled = [package(stanza, pathlib.Path("/"), "headers", distro)
                for stanza in stanzas(pathlib.Path(args.compiled).read_text())]
    if not programs or not carried or not compiled:
        sys.exit(f"sbom: {len(programs)} programs, {len(carried)} packages carried and {len(compiled)} compiled in: "
                 "none of these can be 0")
    subject = {"type": "container", "bom-ref": f"image:{args.name}", "name": args.name, "version": args.version,
               "licenses": [{"license": {"id": "Apache-2.0"}}],
               "properties": [{"name": "claimferry:revision", "value": args.revision}]}
    packages = [component["bom-ref"] for component in carried + compiled]
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5",
        "version": 1, "metadata": {"component": subject}, "components": programs + carried + compiled,
        "dependencies": [{"ref": subject["bom-ref"],
                          "dependsOn": [one["bom-ref"] for one in programs] + packages}],
    }
    # By content, so that the same image has the same list.
    seed = json.dumps(bom, sort_keys=True)
    bom["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}"
    pathlib.Path(args.output).write_text(json.dumps(bom, indent=1) + "\n")
    print(f"sbom: {args.name} {args.version}: {len(programs)} programs, {len(carried)} packages carried, "
          f"{len(compiled)} compiled in")


def show(args):
    def engine(*words, **more):
        try:
            return subprocess.run([args.engine, *words], check=True, stdout=subprocess.PIPE, **more).stdout
        except (subprocess.CalledProcessError, OSError) as error:
            sys.exit(f"sbom: {args.engine} {words[0]} failed: {error}")

    container = engine("create", args.image, "nothing").decode().strip()
    try:
        with subprocess.Popen([args.engine, "cp", f"{container}:/{INSIDE}", "-"], stdout=subprocess.PIPE) as copy:
            with tarfile.open(fileobj=copy.stdout, mode="r|") as archive:
                sys.stdout.write(archive.extractfile(archive.next()).read().decode())
            while copy.stdout.read(65536):
                pass  # to its end: whoever writes into a closed pipe fails
        if copy.returncode != 0:
            sys.exit(f"sbom: {args.engine} cp ended with {copy.returncode}")
    finally:
        engine("rm", container)


def main():
    parser = argparse.ArgumentParser(description="The list of what is inside an image, as CycloneDX JSON.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("make")
    for option in ("root", "name", "version", "revision", "compiled", "output"):
        making.add_argument(f"--{option}", required=True)
    showing = verbs.add_parser("show")
    showing.add_argument("image")
    showing.add_argument("--engine", default="docker")
    args = parser.parse_args()
    make(args) if args.verb == "make" else show(args)


if __name__ == "__main__":
    main()
