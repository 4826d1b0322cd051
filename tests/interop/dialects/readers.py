# SPDX-License-Identifier: MIT
"""The programs that a dialect of `kvrun export` is for. Each function takes a file and returns {variable: value}."""
import glob
import json
import subprocess
import sys

from harness import installed
from harness.outcome import Failure, Skip
from harness.programs import HERE, last_line, run


def parsed(command):
    done = run(command)
    if done.returncode != 0:
        raise Failure(last_line(done.stderr))
    return json.loads(done.stdout)


def shell(program, script='. "$1"; exec env -0'):
    def read(file):
        done = subprocess.run([installed.tool(program), "-c", script, program, file], env={}, capture_output=True, check=False)
        return dict(entry.split("=", 1) for entry in done.stdout.decode().split("\0") if entry)
    return read


def systemd(file):
    """EnvironmentFile= by systemd's own function (reference/interop.md §9)."""
    found = glob.glob("/usr/lib/*/systemd/libsystemd-shared-*.so")
    if not found:
        raise Skip("there is no libsystemd-shared")
    code = ("import ctypes, json, sys\n"
            "library = ctypes.CDLL(sys.argv[1])\n"
            "entries = ctypes.POINTER(ctypes.c_char_p)()\n"
            "status = library.load_env_file(None, sys.argv[2].encode(), ctypes.byref(entries))\n"
            "assert status >= 0, status\n"
            "library.strv_env_clean_with_callback.restype = ctypes.POINTER(ctypes.c_char_p)\n"
            "entries = library.strv_env_clean_with_callback(entries, None, None)\n"
            "lines = []\n"
            "while entries[len(lines)]: lines.append(entries[len(lines)].decode())\n"
            "print(json.dumps(dict(line.split('=', 1) for line in lines)))\n")
    return parsed([sys.executable, "-c", code, found[0], file])


def plain_json(file):
    with open(file, encoding="utf-8") as text:
        return json.load(text)


def python_dotenv(file):
    bin_folder = installed.virtual_environment("dialects-python", HERE / "dialects" / "requirements.txt")
    return parsed([bin_folder / "python", "-c", "import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1])))", file])


def go(reader):
    return lambda file: parsed([*installed.dialects_go(), reader, file])


def node(reader):
    return lambda file: parsed([*installed.dialects_node(), reader, file])


def pipelines(file):
    """The task library's parser, which is the agent's in JavaScript."""
    commands = parsed([*installed.dialects_node(), "commands", file])
    odd = [c for c in commands if c["command"] != "task.setvariable" or c["properties"].get("issecret") != "true"]
    if odd:
        raise Failure(f"{len(odd)} lines are no secret variables")
    return {c["properties"]["variable"]: c["message"] for c in commands}
