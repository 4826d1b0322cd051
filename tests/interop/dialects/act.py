# SPDX-License-Identifier: MIT
"""GitHub's workflow commands and files by `act`, which runs a workflow on this host, without containers.

It is not the real runner: it drops carriage returns and a newline that a value begins with (reference/interop.md §9).
"""
import tempfile
from pathlib import Path

from harness import installed
from harness.outcome import Failure, Outcome, Suite
from harness.programs import EMULATOR, KVRUN, environment, last_line, run

from .values import mapping, seed, values

WORKFLOW = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: |
          . {folder}/environment
          {steps}
      - run: env -0 >{folder}/seen
"""

# A line a variable's line, as a command prints what it should not.
SHOW = """#!/bin/sh
env -0 | tr '\\0' '\\n' | grep -v '^KVRUN_' | sed 's/^V[0-9]*=//'
"""


def known_to_act(value):
    return "\r" not in value and not value.startswith("\n")


def workflow(steps):
    """Runs the steps as a workflow under an emulator. Returns what act printed, and what a later step's environment was."""
    variables = {name: value for name, value in values().items() if known_to_act(value)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".github/workflows").mkdir(parents=True)
        (folder / ".github/workflows/push.yaml").write_text(WORKFLOW.format(folder=folder, steps=steps.format(folder=folder)))
        (folder / "seed.yaml").write_text(seed(variables))
        (folder / "show").write_text(SHOW)
        (folder / "show").chmod(0o700)
        (folder / "mapping").write_text("\0".join(mapping(variables)))
        for command in (["init", "-q"], ["add", ".github"],
                        ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a"]):
            run([installed.tool("git"), *command], cwd=folder)
        script = f'export -p >"{folder}/environment"; exec "$@"'
        done = run([EMULATOR, "--seed", folder / "seed.yaml", "--", "bash", "-c", script, "bash", *installed.act(), "push",
                    "-P", "ubuntu-latest=-self-hosted", "--pull=false", "-C", folder], env=environment(HOME=name))
        seen = folder / "seen"
        text = seen.read_text() if seen.exists() else ""
    if done.returncode != 0:
        raise Failure(f"act: status {done.returncode}: {last_line(done.stdout + done.stderr)}")
    return variables, done.stdout + done.stderr, dict(entry.split("=", 1) for entry in text.split("\0") if entry)


def exported():
    """`kvrun export --format github` into $GITHUB_ENV: the next step has every variable."""
    variables, _, seen = workflow(f'xargs -0 {KVRUN} export --vault kv1 --format github <"{{folder}}/mapping" >>"$GITHUB_ENV"')
    wrong = [name for name, value in variables.items() if seen.get(name) != value]
    if wrong:
        raise Failure(f"{len(wrong)} of {len(variables)} misread, the first: {variables[wrong[0]]!r} as {seen.get(wrong[0])!r}")
    return Outcome(f"{len(variables)} values", {"github": f"{len(variables)}"})


def masked():
    """What the command prints afterwards is hidden, each line of 4 bytes or more. A step's stderr is a terminal in act: hence cat."""
    variables, printed, _ = workflow(f'xargs -0 sh -c \'{KVRUN} --mask-ci --vault kv1 "$@" -- "$0/show" 2>&1 | cat\' {{folder}} <{{folder}}/mapping')
    lines = {line for value in variables.values() for line in value.split("\n") if len(line.encode()) >= 4}
    shown = [line for line in lines if any(line == seen.split("| ", 1)[-1] for seen in printed.splitlines())]
    if shown or printed.count("***") < len(lines):
        raise Failure(f"{len(shown)} of {len(lines)} lines shown, such as {next(iter(shown), '')!r}")
    return Outcome(f"{len(lines)} lines hidden")


def suites():
    return [Suite("export: github, read by act", exported, ci=False, table="export", column="act"),
            Suite("mask-ci: act", masked, ci=False)]
