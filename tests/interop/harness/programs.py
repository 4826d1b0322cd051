# SPDX-License-Identifier: MIT
"""The two programs under test, and how other programs are run."""
import functools
import json
import os
import subprocess
import tempfile
from pathlib import Path

from .outcome import Failure, Skip

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("KVRUN_BUILD", ROOT / "build" / "release"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kvrun-interop"
KVRUN = str(BUILD / "kvrun")
EMULATOR = str(BUILD / "kvrun-emulator")

# Of the caller's environment these would reach the suites; the tests set what they mean.
FOREIGN = ("AZURE_", "IDENTITY_", "MSI_", "IMDS_", "KVRUN_", "ACTIONS_", "SYSTEM_", "DEFAULT_IDENTITY_")


def environment(**more):
    own = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    return own | {k: v for k, v in more.items() if v is not None}


def last_line(text):
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def run(command, timeout=300, env=None, cwd=None):
    """The finished process, its output as text. Raises Failure when it does not end in time."""
    try:
        return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=timeout, env=env or environment(), cwd=cwd,
                              text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as error:
        raise Failure(f"'{Path(str(command[0])).name}' did not end within {timeout} s") from error


def emulated(command, seed, way, host=None, timeout=300, env=None):
    """Runs the command under the emulator. Returns its process and the emulator's counts."""
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        words = [EMULATOR, "--seed", HERE / "seeds" / seed, "--counts", counts]
        words += ["--host", host] if host else []
        words += [way] if way else []
        done = run([*words, "--", *command], timeout, env)
        if done.returncode == 125:
            raise Failure(last_line(done.stderr))
        return done, json.loads(counts.read_text())


@functools.cache
def namespaces_refused():
    """Why --as-hosts cannot be tried here; empty when it can."""
    done = run([EMULATOR, "--host", "none", "--as-hosts", "--", "true"], 60)
    return "" if done.returncode == 0 else last_line(done.stderr.split("\n")[0])


def need_way(way):
    if way == "--as-hosts" and namespaces_refused():
        raise Skip(namespaces_refused())
