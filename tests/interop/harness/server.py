# SPDX-License-Identifier: MIT
"""A small HTTP server whose answers are bytes, over TLS under any name or plain; and certificates for it."""
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from .outcome import Skip
from .programs import last_line


@dataclass
class Request:
    method: str
    target: str
    headers: dict  # names in lower case
    body: bytes


class Authority:
    """A CA in a folder: `file` is its certificate as PEM."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.file = self.folder / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=interop")

    def _openssl(self, *words):
        try:
            done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, check=False, timeout=60)
        except FileNotFoundError as error:
            raise Skip("there is no 'openssl'") from error
        if done.returncode != 0:
            raise RuntimeError(f"openssl {words[0]}: {last_line(done.stderr)}")

    def issue(self, stem, names):
        """Writes STEM.pem, certificate and key; returns its path."""
        extensions = self.folder / f"{stem}.ext"
        extensions.write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in names) + "\n")
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-keyout", f"{stem}.key", "-out", f"{stem}.csr", "-subj", "/CN=interop server")
        self._openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                      "-CAcreateserial", "-days", "2", "-extfile", extensions.name, "-out", f"{stem}.crt")
        path = self.folder / f"{stem}.pem"
        path.write_text((self.folder / f"{stem}.crt").read_text() + (self.folder / f"{stem}.key").read_text())
        return path

    def pkcs12(self, stem, password):
        """Writes STEM.p12 from what issue() wrote; returns its path."""
        self._openssl("pkcs12", "-export", "-in", f"{stem}.pem", "-out", f"{stem}.p12",
                      "-passout", f"pass:{password}", "-name", stem)
        return self.folder / f"{stem}.p12"


def read_request(connection, rest):
    """The next request and the bytes after it; None when the peer is done."""
    while b"\r\n\r\n" not in rest:
        more = connection.recv(65536)
        if not more:
            return None, b""
        rest += more
    head, rest = rest.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip()
               for name, _, value in (line.partition(":") for line in lines)}
    method, target, _ = first.split(" ")
    size = int(headers.get("content-length", "0"))
    while len(rest) < size:
        more = connection.recv(65536)
        if not more:
            return None, b""
        rest += more
    return Request(method, target, headers, rest[:size]), rest[size:]


END = object()  # the connection ends, as TLS has it: with close_notify
CUT = object()  # the connection is gone


class Server:
    """Listens on a free loopback port while its `with` lasts. `answer(request)` returns the pieces that
    are sent one by one; END or CUT may be the last. `requests` is what came in."""

    def __init__(self, answer, certificate=None):
        self.answer = answer
        self.requests = []
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            rest = b""
            while True:
                request, rest = read_request(connection, rest)
                if request is None:
                    return
                self.requests.append(request)
                for piece in self.answer(request):
                    if piece is END and self._context:
                        connection.unwrap()
                    if piece in (END, CUT):
                        return
                    connection.sendall(piece)
        except OSError:
            return  # the client went away, or refused the certificate: what it says of that is the test
        finally:
            connection.close()


def message(status, headers=(), body=b"", reason=None):
    """A whole answer as one piece. `reason` None leaves even the blank before it out."""
    line = f"HTTP/1.1 {status}" + ("" if reason is None else f" {reason}")
    lines = [line, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
