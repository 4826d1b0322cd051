#!/usr/bin/env python3
"""The release server that deploy.sh publishes to: TLS, a bearer token, a signature of the body.

usage: release_server.py CERTIFICATE KEY     prints its URL; runs until it is ended

It keeps the SHA-256 of the token and the public half of the signing key, as a server should.
"""

import base64
import binascii
import hashlib
import hmac
import http.server
import pathlib
import ssl
import subprocess
import sys
import tempfile

TOKEN_SHA256 = "10ff6f394b739d69842647d735b5fe573ce7c018eddf200eefed5a491b1fb633"
PUBLIC_KEY = pathlib.Path(__file__).with_name("release-key.pub.pem")


def is_signed(body, signature):
    with tempfile.TemporaryDirectory() as directory:
        body_file = pathlib.Path(directory, "body")
        signature_file = pathlib.Path(directory, "signature")
        body_file.write_bytes(body)
        signature_file.write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", PUBLIC_KEY]
        command += ["-in", body_file, "-sigfile", signature_file]
        return subprocess.run(command, capture_output=True).returncode == 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            signature = base64.b64decode(self.headers.get("X-Signature", ""), validate=True)
        except binascii.Error:
            signature = b""
        if not hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), TOKEN_SHA256):
            self.answer(401, "refused: not the API token")
        elif not is_signed(body, signature):
            self.answer(422, "refused: not signed with the release key")
        else:
            channel, version = self.path.strip("/").split("/")
            self.answer(201, f"release {version} is in channel {channel}")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(f"https://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
