# SPDX-License-Identifier: MIT
"""Runs contenders where every vault name is the emulator: the command of kvrun-emulator --as-hosts."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from contenders import CONTENDERS, PARALLEL, ROOTS, VAULT, Place

RELAYED = "127.0.0.2"
HOST = f"{VAULT}.vault.azure.net"
PATIENCE = 45  # seconds for one contender in one cell; with three runs in hand it is cut short there


def put_relay_between(native, work, latency, environment):
    """Vault and identity a round trip away. Returns the relay."""
    hosts = pathlib.Path("/etc/hosts").read_text()
    moved = work / "hosts"
    moved.write_text("".join(line.replace("127.0.0.1", RELAYED) if VAULT in line else line
                             for line in hosts.splitlines(keepends=True)))
    subprocess.run(["mount", "--bind", str(moved), "/etc/hosts"], check=True)
    endpoint = environment["IDENTITY_ENDPOINT"]
    address = endpoint.removeprefix("http://").split("/")[0]
    port = address.rsplit(":", 1)[1]
    environment["IDENTITY_ENDPOINT"] = endpoint.replace(address, f"{RELAYED}:{port}")
    environment["KVRUN_CONNECT_TO"] = f":443:{RELAYED}:443"
    relay = subprocess.Popen([str(native / "relay"), str(int(latency * 500)), f"{RELAYED}:443", "127.0.0.1:443",
                              f"{RELAYED}:{port}", address], stdout=subprocess.PIPE)
    if relay.stdout.readline() != b"ready\n":
        raise SystemExit("bench: the relay does not start")
    return relay


class Runner:
    def __init__(self, job):
        self.native = pathlib.Path(job["native"])
        self.work = pathlib.Path(job["work"])
        self.place = Place(job["kvrun"], job["dynamic"], pathlib.Path(job["cache"]), self.work)
        self.environment = dict(os.environ)
        # a python3 that is a shell script would be charged to those who call it
        self.environment["PATH"] = os.path.dirname(os.path.realpath(sys.executable)) + ":" + os.environ["PATH"]
        self.log = open(self.work / "log", "a")

    def measure(self, command, environment, *options):
        out = self.work / "measured"
        done = subprocess.run([str(self.native / "measure"), *options, str(out), *command], env=environment,
                              stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"exit status {done.returncode}: see {self.log.name}")
        return [int(word) for word in out.read_text().split()]


def prepared(runner, job):
    """(contender, command, environment) of those that deliver the right values; why the others do not."""
    ready, failed = [], {}
    for contender in CONTENDERS + PARALLEL:
        if contender.name not in job["contenders"] or job["count"] > contender.most:
            continue
        environment = {**runner.environment, **contender.environment}
        for name in contender.without:
            environment.pop(name, None)
        command = [*contender.command(runner.place, job["count"]), str(runner.native / "delivered"), str(job["count"])]
        try:
            contender.prepare(runner.place, environment)
            if job["what"] == "time":
                runner.measure(command, environment)  # a warm-up, which delivers or fails
            ready.append((contender, command, environment))
        except (RuntimeError, subprocess.SubprocessError) as error:
            failed[contender.name] = str(error)[:200]
    return ready, failed


def time_them(runner, job):
    """Interleaved, so that what else the machine does falls on all alike."""
    ready, failed = prepared(runner, job)
    runs = {contender.name: [] for contender, _, _ in ready}
    probes = []
    probe = {**runner.environment, "MINIMAL_TIMES": "1"}
    started = dict.fromkeys(runs, 0.0)
    for _ in range(job["runs"]):
        words = subprocess.run([str(runner.native / "minimal"), HOST, "s0", "A0", "true"], env=probe, check=True,
                               capture_output=True, timeout=60).stdout.split()
        probes.append([int(word) / 1e6 for word in words])
        for contender, command, environment in ready:
            if started[contender.name] > PATIENCE and len(runs[contender.name]) >= 3:
                continue
            begin = time.monotonic()
            try:
                runs[contender.name].append(runner.measure(command, environment))
            except (RuntimeError, subprocess.SubprocessError) as error:
                failed[contender.name] = str(error)[:200]
            started[contender.name] += time.monotonic() - begin
    token, connect, read = (statistics.median(column) for column in zip(*probes))
    return {"failed": failed, "token": token, "connect": connect, "read": read,
            "runs": {name: [{"ms": wall / 1e6, "cpu": cpu / 1e6, "kib": peak} for wall, cpu, peak in rows]
                     for name, rows in runs.items() if rows and name not in failed}}


def count_them(runner, job):
    """Processes of one run; what the emulator counts meanwhile is this run's too."""
    ready, failed = prepared(runner, job)
    counted = {}
    for contender, command, environment in ready:
        try:
            counted[contender.name] = runner.measure(command, environment, "--processes")[0]
        except (RuntimeError, subprocess.SubprocessError) as error:
            failed[contender.name] = str(error)[:200]
    return {"failed": failed, "processes": counted}


def instructions(runner, command, environment):
    """Of the program alone: what it counted is written when it gets to execve, else at its end."""
    out = runner.work / "callgrind.out"
    for old in runner.work.glob("callgrind.out*"):
        old.unlink()
    subprocess.run(["valgrind", "--tool=callgrind", "--dump-before=execve", f"--callgrind-out-file={out}", *command],
                   env=environment, stdin=subprocess.DEVNULL, stdout=runner.log, stderr=runner.log, timeout=300)
    lines = [line for part in runner.work.glob("callgrind.out*") for line in part.read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("totals:"))


def floor(runner, job):
    """kvrun beside the least that could do the same."""
    environment = {name: value for name, value in runner.environment.items() if name not in ROOTS}
    minimal = [str(runner.native / "minimal"), HOST, "s0", "A"]
    one = [runner.place.kvrun, "--vault", VAULT, "-e", "A=s0", "--"]
    rows = {"kvrun one": [*one, "/bin/true"], "minimal": [*minimal, "/bin/true"],
            "kvrun --version": [runner.place.kvrun, "--version"], "empty": [str(runner.native / "empty")]}
    runs = {name: [] for name in rows}
    for _ in range(job["runs"] + 1):
        for name, command in rows.items():
            runs[name].append(runner.measure(command, environment)[0] / 1e6)
    result = {"ms": {name: statistics.median(values[1:]) for name, values in runs.items()}}
    if job["valgrind"]:
        result["instructions"] = {name: instructions(runner, command, environment)
                                  for name, command in rows.items()}
    return result


def main():
    job = json.loads(pathlib.Path(sys.argv[1]).read_text())
    runner = Runner(job)
    relay = None
    if job["latency"]:
        relay = put_relay_between(runner.native, runner.work, job["latency"], runner.environment)
    try:
        result = {"time": time_them, "count": count_them, "floor": floor}[job["what"]](runner, job)
    finally:
        if relay:
            relay.kill()
    pathlib.Path(sys.argv[2]).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
