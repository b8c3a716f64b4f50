"""typed.py RENDERED FOLDER: each document as a literal of its type, for tsc, and a program that validates its schema.

Schemas let misspelt fields pass; excess properties of a typed literal do not.
"""

import json
import pathlib
import sys

import yaml

PACKAGES = {"keda.sh": "@kubernetes-models/keda/", "monitoring.coreos.com": "@kubernetes-models/prometheus-operator/"}


def module(api_version):
    group = api_version.partition("/")[0] if "/" in api_version else ""
    return PACKAGES.get(group, "kubernetes-models/") + api_version


def main(rendered, folder):
    with open(rendered, encoding="utf-8") as file:
        documents = [document for document in yaml.safe_load_all(file) if document]
    types, schemas = [], []
    for number, document in enumerate(documents):
        kind, source = document["kind"], module(document["apiVersion"])
        name = f"{kind}/{document['metadata']['name']}"
        literal = json.dumps(document, indent=1)
        types.append(f'import type {{ I{kind} as T{number} }} from "{source}";\n'
                     f"// {name}\nexport const d{number}: T{number} = {literal};\n")
        schemas.append(f'import {{ {kind} as M{number} }} from "{source}";\n'
                       f"check({json.dumps(name)}, () => new M{number}({literal}).validate());\n")
    folder = pathlib.Path(folder)
    folder.joinpath("typed.ts").write_text("".join(types), encoding="utf-8")
    folder.joinpath("schemas.mjs").write_text(
        "let wrong = 0;\nfunction check(name, validate) {\n  try {\n    validate();\n  } catch (error) {\n"
        "    wrong = 1;\n    console.log(`${name}: ${error.message}`);\n  }\n}\n" + "".join(schemas) +
        "process.exitCode = wrong;\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
