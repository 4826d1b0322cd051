# SPDX-License-Identifier: MIT
"""What `kvrun export` writes, read by the programs it is for; what --mask-ci says, by the runners' own parsers."""
import tempfile
from pathlib import Path

from harness import installed
from harness.outcome import Failure, Outcome, Suite
from harness.programs import EMULATOR, KVRUN, environment, last_line, run

from . import act, readers
from .values import mapping, seed, values

DOTENV_LACKS = ("'", "\r", "${", "\\\\")


def refused(dialect, value):
    """What the dialect cannot hold (rules A43). Two backslashes: python-dotenv reads one."""
    if dialect == "dotenv":
        return any(part in value for part in DOTENV_LACKS) or value.endswith("\\")
    return dialect == "docker" and ("\n" in value or value.endswith("\r"))


def kvrun(folder, variables, *words, env=None):
    """kvrun with all of them mapped, under an emulator that holds them."""
    (folder / "seed.yaml").write_text(seed(variables))
    return run([EMULATOR, "--seed", folder / "seed.yaml", "--", KVRUN, *words[:1], "--vault", "kv1", *mapping(variables),
                *words[1:]], env=env)


def judged(dialect, read):
    def suite():
        variables = values()
        bad = {name for name, value in variables.items() if refused(dialect, value)}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if bad:
                done = kvrun(folder, variables, "export", "--format", dialect)
                named = {line.split(": ")[2] for line in done.stderr.splitlines() if line.startswith("kvrun: error: ")}
                if done.returncode != 1 or done.stdout or named != bad:
                    raise Failure(f"status {done.returncode}, refused by mistake or not: {sorted(named ^ bad)[:5]}")
            good = {name: value for name, value in variables.items() if name not in bad}
            done = kvrun(folder, good, "export", "--format", dialect, "-o", str(folder / "out"))
            if done.returncode != 0:
                raise Failure(f"status {done.returncode}: {last_line(done.stderr)}")
            seen = read(folder / "out")
        wrong = [name for name, value in good.items() if seen.get(name) != value]
        if wrong:
            raise Failure(f"{len(wrong)} of {len(good)} misread, the first: {good[wrong[0]]!r} as {seen.get(wrong[0])!r}")
        return Outcome(f"{len(good)} values, {len(bad)} refused", {dialect: f"{len(good)}"})
    return suite


def masked_in_pipelines():
    """Each line of 4 bytes or more is told to the agent, as its own parser decodes it."""
    variables = values()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = kvrun(folder, variables, "--mask-ci", "--", "true", env=environment(TF_BUILD="True"))
        (folder / "stderr").write_text(done.stderr)
        commands = readers.parsed([*installed.dialects_node(), "commands", folder / "stderr"])
    told = {command["message"] for command in commands if command["command"] == "task.setsecret"}
    lines = {line.removesuffix("\r") for value in variables.values() for line in value.split("\n")}
    missing = {line for line in lines if len(line.encode()) >= 4} - told
    if done.returncode != 0 or missing:
        raise Failure(f"status {done.returncode}, {len(missing)} lines not told, such as {next(iter(missing), '')!r}")
    return Outcome(f"{len(told)} lines")


READERS = (
    ("sh", "dash", readers.shell("dash")), ("sh", "bash", readers.shell("bash")),
    ("dotenv", "bash, set -a", readers.shell("bash", 'set -a; . "$1"; exec env -0')), ("dotenv", "python-dotenv", readers.python_dotenv),
    ("dotenv", "npm dotenv", readers.node("dotenv")), ("dotenv", "node --env-file", readers.node("node")),
    ("dotenv", "compose", readers.go("compose")), ("dotenv", "godotenv", readers.go("godotenv")),
    ("docker", "docker --env-file", readers.go("docker")), ("systemd", "systemd", readers.systemd),
    ("json", "python", readers.plain_json), ("pipelines", "task library", readers.pipelines),
)


def suites():
    return [*(Suite(f"export: {dialect}, read by {reader}", judged(dialect, read), table="export", column=reader)
              for dialect, reader, read in READERS),
            Suite("mask-ci: the Pipelines task library", masked_in_pipelines),
            *act.suites()]
