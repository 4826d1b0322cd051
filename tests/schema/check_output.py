#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what 'kvrun check --format json' prints against docs/check.schema.json.

usage: check_output.py KVRUN KVRUN-EMULATOR
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]

SEED = """
vaults:
  contoso-prod:
    a: s3ntinel-a
    ends: { value: s3ntinel-b, expires: 2049-01-01T00:00:00Z }
    old: { value: s3ntinel-c, expires: 2020-01-01T00:00:00Z }
    off: { value: s3ntinel-d, enabled: false }
    app: '{"ONE": "s3ntinel-e"}'
"""
MANY = """
vault: contoso-prod
bundles: [{ ref: app }]
files: { FILE: a }
env:
  A: a
  ENDS: ends
  OLD: { ref: old, expired: warn }
  FIXED: { value: x }
  NONE: { ref: absent, required: false }
  SPARE: { ref: absent, default: y }
"""
BROKEN = "vault: contoso-prod\nenv: { A: off, B: absent, FIXED: { value: x } }\n"

# What is asked, the exit status, and the states that its variables must be in.
CALLS = [
    (MANY, ["-e", "OPTION=a", "--env-file", "vars.env", "--", "true"], 0,
     {"set", "literal", "default", "absent"}),
    (MANY, ["--", "no-such-command"], 1, {"set", "literal", "default", "absent"}),
    (BROKEN, [], 1, {"failed", "literal"}),
    ("vault: contoso-prod\nenvv: {}\n", [], 1, set()),
    (MANY, ["--timeout", "0"], 2, set()),
]


def printed(programs, config, words):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("seed.yaml", SEED), ("kvrun.yaml", config), ("vars.env", "FROM_FILE=x\n")):
            Path(folder, name).write_text(text)
        kvrun, emulator = programs
        command = [emulator, "--seed", "seed.yaml", "--", kvrun, "check", "--format", "json", *words]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def every_object(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from every_object(child)


def is_strict(validator, document):
    """Whether it refuses a member too many and one too few, wherever."""
    refused = []
    for holder in every_object(document):
        holder["unknown"] = 1
        refused.append(not validator.is_valid(document))
        del holder["unknown"]
        name, value = next(iter(holder.items()))
        del holder[name]
        refused.append(not validator.is_valid(document))
        holder[name] = value
    return all(refused)


def main():
    schema = json.loads((ROOT / "docs/check.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    wrong = []
    for config, words, status, states in CALLS:
        outcome = printed(sys.argv[1:3], config, words)
        asked = " ".join(words) or "no words"
        if outcome.returncode != status:
            wrong.append(f"{asked}: status {outcome.returncode}: {outcome.stderr}")
        document = json.loads(outcome.stdout)
        wrong += [f"{asked}: {error.json_path}: {error.message}" for error in validator.iter_errors(document)]
        found = {variable["state"] for variable in document["variables"]}
        if found != states:
            wrong.append(f"{asked}: states {found}")
        if not is_strict(validator, document):
            wrong.append(f"{asked}: the schema takes anything")
        if "s3ntinel" in outcome.stdout + outcome.stderr:
            wrong.append(f"{asked}: a secret is shown")
    print("\n".join(wrong) or f"{len(CALLS)} calls are as the schema says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
