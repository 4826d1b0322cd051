# SPDX-License-Identifier: MIT
"""How the emulator stands up to many requests: the command of kvrun-emulator --as-hosts.

Prints JSON: of REQUESTS over CONNECTIONS kept-alive connections how many were answered with the right value, the
emulator's peak memory after the first tenth and after all, and its CPU time for a request on a connection of its own beside that of
`openssl s_server -WWW`, which knows no other.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import urllib.request

from contenders import VAULT

REQUESTS, CONNECTIONS, SINGLE = 100_000, 64, 2_000
URL = f"https://{VAULT}.vault.azure.net/secrets/s0?api-version=7.4"
TICK = os.sysconf("SC_CLK_TCK")


def emulator():
    """The process that serves: this one's nearest ancestor of that name."""
    pid = os.getppid()
    while pid > 1:
        if pathlib.Path(f"/proc/{pid}/comm").read_text().startswith("kvrun-emulator"):
            return pid
        pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    raise SystemExit("bench: not started by kvrun-emulator")


def cpu(pid):
    """Seconds, user and system, of all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def access_token():
    query = "?api-version=2019-08-01&resource=https://vault.azure.net"
    request = urllib.request.Request(os.environ["IDENTITY_ENDPOINT"] + query,
                                     headers={"X-IDENTITY-HEADER": os.environ["IDENTITY_HEADER"]})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["access_token"]


def curl(folder, url, *words):
    """Status and size of each answer."""
    done = subprocess.run(["curl", "--silent", "--config", str(folder / "curl"), "--output", "/dev/null",
                           "--write-out", r"%{http_code} %{size_download}\n", *words, url], capture_output=True, text=True)
    return done.stdout.splitlines()


def serve(folder, body):
    """openssl s_server with that body as its only file. Returns the process and the port."""
    (folder / "s0").write_bytes(body)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=localhost", "-keyout", "key", "-out", "certificate"], cwd=folder, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(["openssl", "s_server", "-WWW", "-accept", f"127.0.0.1:{port}", "-key", "key", "-cert",
                               "certificate"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    while "ACCEPT" not in server.stdout.readline():
        if server.poll() is not None:
            raise SystemExit("bench: openssl s_server does not start")
    return server, port


def main():
    pid = emulator()
    with tempfile.TemporaryDirectory(prefix="kvrun-load-") as name:
        folder = pathlib.Path(name)
        (folder / "curl").write_text(f'header = "Authorization: Bearer {access_token()}"\n')
        body = subprocess.run(["curl", "--silent", "--config", str(folder / "curl"), URL], capture_output=True, check=True).stdout
        right = f"200 {len(body)}"
        parallel = ["--parallel", "--parallel-immediate", "--parallel-max", str(CONNECTIONS)]
        many = curl(folder, f"{URL}#[1-{REQUESTS // 10}]", *parallel)
        before = peak(pid)
        many += curl(folder, f"{URL}#[1-{REQUESTS - REQUESTS // 10}]", *parallel)
        after = peak(pid)

        alone = ["--no-keepalive", "--no-sessionid", "--header", "Connection: close"]
        begin = cpu(pid)
        own = curl(folder, f"{URL}#[1-{SINGLE}]", *alone)
        own_cpu = cpu(pid) - begin
        server, port = serve(folder, body)
        try:
            begin = cpu(server.pid)
            other = curl(folder, f"https://127.0.0.1:{port}/s0#[1-{SINGLE}]", "--insecure", *alone)
            other_cpu = cpu(server.pid) - begin
        finally:
            server.kill()
    json.dump({"requests": REQUESTS, "connections": CONNECTIONS, "right": many.count(right), "before_kib": before,
               "after_kib": after, "single": SINGLE, "single_right": own.count(right), "other_right": other.count(right),
               "cpu_ratio": own_cpu / other_cpu}, sys.stdout)


if __name__ == "__main__":
    main()
