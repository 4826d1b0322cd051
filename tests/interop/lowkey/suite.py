# SPDX-License-Identifier: MIT
"""kvrun against Lowkey Vault, a jar given by hand: KVRUN_LOWKEY_JAR, and KVRUN_LOWKEY_JAVA for a java that
runs it (Java 25 for 7.x, 17 for up to 3.4.33). Nothing is downloaded; without the jar the suites are skipped.
"""
import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from harness.outcome import Failure, Outcome, Skip, Suite
from harness.programs import KVRUN, environment, last_line, run
from harness.server import Authority

PASSWORD = "changeit"
VALUE = 'pä$$ "w"\\n\t✓'
PLAIN, TLS = 8080, 8443
PORTS = threading.Lock()  # they are fixed, so one Lowkey Vault at a time


def jar_and_java():
    jar = os.environ.get("KVRUN_LOWKEY_JAR")
    if not jar:
        raise Skip("KVRUN_LOWKEY_JAR is not set; the jar is in no package registry")
    if not Path(jar).is_file():
        raise Skip(f"KVRUN_LOWKEY_JAR is '{jar}', which is no file")
    java = os.environ.get("KVRUN_LOWKEY_JAVA") or shutil.which("java")
    if not java:
        raise Skip("there is no 'java'; KVRUN_LOWKEY_JAVA names one")
    return jar, java


def need_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Skip(f"port {port} is taken, and Lowkey Vault needs it") from error


def is_ready():
    with contextlib.suppress(OSError, http.client.HTTPException):
        with urllib.request.urlopen(f"http://127.0.0.1:{PLAIN}/ping", timeout=2) as answer:
            return answer.status == 200
    return False


@contextlib.contextmanager
def lowkey(folder, *options):
    """Lowkey Vault with the vault kv1, ready. It is ended with the block."""
    with PORTS:
        for port in (PLAIN, TLS):
            need_free(port)
        with started(folder, options):
            yield


@contextlib.contextmanager
def started(folder, options):
    jar, java = jar_and_java()
    log = Path(folder) / "lowkey.log"
    words = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx192m", "-jar", jar,
             "--server.address=127.0.0.1", "--LOWKEY_VAULT_NAMES=kv1", *options]
    with open(log, "wb") as output:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   env=environment(), cwd=folder)
    try:
        until = time.monotonic() + 120
        while not is_ready():
            if process.poll() is not None:
                raise Failure(f"Lowkey Vault did not start: {last_line(log.read_text(errors='replace'))}")
            if time.monotonic() > until:
                raise Failure("Lowkey Vault was not ready after 120 s")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ask(authority_file, host, method, path, body):
    """A request to its TLS port, under `host` as the name and as Host."""
    trust = ssl.create_default_context(cafile=authority_file)
    with trust.wrap_socket(socket.create_connection(("127.0.0.1", TLS), 30),
                           server_hostname=host.split(":")[0]) as connection:
        text = json.dumps(body).encode()
        connection.sendall(f"{method} {path}?api-version=7.4 HTTP/1.1\r\nHost: {host}\r\n"
                           "Authorization: Bearer x\r\nContent-Type: application/json\r\n"
                           f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode() + text)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        told = answer.read()
    if answer.status != 200:
        raise Failure(f"{method} {path}: Lowkey Vault answered {answer.status}: {told[:200]!r}")
    return json.loads(told)


def fill(authority_file, host):
    """Two versions of db-password and a disabled secret; returns the older version's id."""
    older = ask(authority_file, host, "PUT", "/secrets/db-password", {"value": "older"})
    ask(authority_file, host, "PUT", "/secrets/db-password", {"value": VALUE})
    off = ask(authority_file, host, "PUT", "/secrets/off", {"value": "off"})
    version = off["id"].rsplit("/", 1)[1]
    ask(authority_file, host, "PATCH", f"/secrets/off/{version}", {"attributes": {"enabled": False}})
    return older["id"].rsplit("/", 1)[1]


def judge(words, older):
    """kvrun reads latest and pinned, and refuses what is missing or disabled."""
    env = environment(IDENTITY_ENDPOINT=f"http://127.0.0.1:{PLAIN}/metadata/identity/oauth2/token",
                      IDENTITY_HEADER="x")
    done = run([KVRUN, *words, "-e", "A=db-password", "-e", f"B=db-password/{older}", "--",
                "sh", "-c", 'printf "%s\\n%s" "$A" "$B"'], 60, env)
    if done.returncode != 0 or done.stdout != f"{VALUE}\nolder":
        raise Failure(f"status {done.returncode}: {last_line(done.stderr)}")
    for name in ("no-such", "off"):
        done = run([KVRUN, *words, "-e", f"A={name}", "--", "true"], 60, env)
        if done.returncode != 123 or "404" not in done.stderr:
            raise Failure(f"{name}: status {done.returncode}, not 123: {last_line(done.stderr)}")


def real_name():
    jar_and_java()
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(folder)
        authority.issue("vault", ["*.vault.azure.net", "localhost", "*.localhost"])
        store = authority.pkcs12("vault", PASSWORD)
        with lowkey(folder, "--LOWKEY_VAULT_ALIASES=kv1.localhost=kv1.vault.azure.net",
                    "--LOWKEY_AUTH_RESOURCE=vault.azure.net", f"--server.ssl.key-store=file:{store}",
                    "--server.ssl.key-store-type=PKCS12", f"--server.ssl.key-store-password={PASSWORD}"):
            older = fill(authority.file, "kv1.vault.azure.net")
            judge(["--vault", "kv1", "--ca-file", authority.file,
                   "--connect-to", f":443:127.0.0.1:{TLS}"], older)
    return Outcome()


def as_itself():
    jar_and_java()
    with tempfile.TemporaryDirectory() as folder, lowkey(folder):
        store, certificate = Path(folder) / "lowkey.p12", Path(folder) / "lowkey.pem"
        url = f"http://127.0.0.1:{PLAIN}/metadata/default-cert/lowkey-vault.p12"
        with urllib.request.urlopen(url, timeout=10) as answer:
            store.write_bytes(answer.read())
        done = run(["openssl", "pkcs12", "-in", store, "-passin", f"pass:{PASSWORD}", "-nokeys", "-legacy"])
        if done.returncode != 0:
            done = run(["openssl", "pkcs12", "-in", store, "-passin", f"pass:{PASSWORD}", "-nokeys"])
        certificate.write_text(done.stdout)
        host = f"localhost:{TLS}"
        older = fill(certificate, host)
        judge(["--vault", f"https://{host}", "--trust-host", f"{host}=public", "--ca-file", certificate], older)
    return Outcome()


def suites():
    return [Suite("lowkey: under a real name", real_name),
            Suite("lowkey: as itself, by --trust-host", as_itself)]
