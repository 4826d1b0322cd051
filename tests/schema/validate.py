#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks config/kvrun.schema.json with an independent validator (python3-jsonschema, python3-yaml).

What docs/config.md, examples/ and tests/schema/accepted/ hold must be valid, what
tests/schema/refused/ holds must not. A unit test gives the same texts to the parser, so that both
agree; refused-by-kvrun/ has what a schema cannot say.
"""
import json
import re
import sys
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]


class TextLoader(yaml.SafeLoader):
    """As kvrun reads YAML: every scalar is text, or null."""


class EditorLoader(yaml.SafeLoader):
    """As an editor reads YAML: numbers and booleans too, but a date is text."""


NULL = ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"))
TextLoader.yaml_implicit_resolvers = {first: [NULL] for first in ("~", "n", "N", "")}
EditorLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def errors(validator, text, loader):
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(yaml.load(text, loader))]


def good_texts():
    for path in sorted((ROOT / "tests/schema/accepted").glob("*.yaml")):
        yield path.name, path.read_text()
    for path in sorted((ROOT / "examples").glob("*/kvrun.yaml")):
        yield f"examples/{path.parent.name}", path.read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs/config.md").read_text(), re.M | re.S)
    for number, block in enumerate(blocks, 1):
        yield f"docs/config.md, example {number}", block


def undescribed(schema):
    """The keys that an editor has nothing to say about."""
    def resolve(node):
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
        return node

    def walk(node, where):
        for key, value in node.get("properties", {}).items():
            if where != "not" and "description" not in resolve(value):
                yield f"{where}/{key}"
        for key, value in node.items():
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, dict) and key not in ("properties", "not"):
                    yield from walk(child, key)
        for value in node.get("properties", {}).values():
            yield from walk(value, where)

    return [*walk(schema, "top"), *(name for key, value in schema["$defs"].items() for name in walk(value, key))]


def main():
    schema = json.loads((ROOT / "config/kvrun.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = [f"no description: {name}" for name in undescribed(schema)]
    accepted = list(good_texts())
    for name, text in accepted:
        for loader in (TextLoader, EditorLoader):
            wrong += [f"{name} is refused ({loader.__name__}): {error}" for error in errors(validator, text, loader)]
    refused = sorted((ROOT / "tests/schema/refused").glob("*.yaml"))
    for path in refused:
        for loader in (TextLoader, EditorLoader):
            if not errors(validator, path.read_text(), loader):
                wrong.append(f"refused/{path.name} is accepted ({loader.__name__})")
    for line in wrong:
        print(line)
    print(f"{len(accepted)} accepted, {len(refused)} refused, {len(wrong)} wrong")
    return 1 if wrong or len(accepted) < 30 or len(refused) < 60 else 0


if __name__ == "__main__":
    sys.exit(main())
