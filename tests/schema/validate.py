#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the schemas of configs and of seeds with an independent validator (python3-jsonschema, python3-yaml).

What the pages, examples/ and the folders accepted/ and seed-accepted/ here hold must be valid, what
refused/ and seed-refused/ hold must not. Unit tests give the same texts to the parsers, so that both
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


def cases(folder):
    for path in sorted((ROOT / "tests/schema" / folder).glob("*.yaml")):
        yield f"{folder}/{path.name}", path.read_text()


def examples(name, page):
    """Those of examples/, and the blocks of the page that describes them."""
    for path in sorted((ROOT / "examples").glob(f"*/{name}")):
        yield f"examples/{path.parent.name}", path.read_text()
    for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S), 1):
        yield f"{page}, example {number}", block


def undescribed(schema):
    """The keys that an editor has nothing to say about."""
    def resolve(node):
        while "$ref" in node:
            node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
        return node

    def walk(node, where):
        for key, value in node.get("properties", {}).items():
            if where != "not" and "description" not in {**resolve(value), **value}:
                yield f"{where}/{key}"
        for key, value in node.items():
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, dict) and key not in ("properties", "not"):
                    yield from walk(child, key)
        for value in node.get("properties", {}).values():
            yield from walk(value, where)

    return [*walk(schema, "top"), *(name for key, value in schema["$defs"].items() for name in walk(value, key))]


def check(schema_file, loaders, accepted, refused):
    """Prints what is wrong; whether nothing is."""
    schema = json.loads((ROOT / schema_file).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    wrong = [f"no description: {name}" for name in undescribed(schema)]
    for loader in loaders:
        for name, text in accepted:
            wrong += [f"{name} is refused ({loader.__name__}): {error}" for error in errors(validator, text, loader)]
        wrong += [f"{name} is accepted ({loader.__name__})"
                  for name, text in refused if not errors(validator, text, loader)]
    for line in wrong:
        print(line)
    print(f"{schema_file}: {len(accepted)} accepted, {len(refused)} refused, {len(wrong)} wrong")
    return not wrong


def main():
    config = ([*cases("accepted"), *examples("kvrun.yaml", "docs/config.md")], [*cases("refused")])
    seed = ([*cases("seed-accepted"), *examples("seed.yaml", "docs/emulator.md")], [*cases("seed-refused")])
    good = check("config/kvrun.schema.json", (TextLoader, EditorLoader), *config)
    good = check("emulator/seed.schema.json", (EditorLoader,), *seed) and good
    enough = [len(texts) for texts in (*config, *seed)]
    return 0 if good and all(map(int.__ge__, enough, (30, 60, 10, 30))) else 1


if __name__ == "__main__":
    sys.exit(main())
