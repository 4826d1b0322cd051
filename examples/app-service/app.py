#!/usr/bin/env python3
"""A web application that signs its session cookies with SESSION_KEY. Ends at SIGTERM with status 0."""

import hashlib
import hmac
import http.server
import os
import signal
import sys

KEY = os.environb[b"SESSION_KEY"]


def seal(user):
    return f"{user}.{hmac.new(KEY, user.encode(), hashlib.sha256).hexdigest()}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/login":
            return self.answer(200, "welcome", f"session={seal('ada')}")
        cookie = self.headers.get("Cookie", "").removeprefix("session=")
        user = cookie.partition(".")[0]
        if hmac.compare_digest(cookie, seal(user)):
            return self.answer(200, f"hello {user}")
        return self.answer(403, "who are you?")

    def answer(self, status, text, cookie=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = http.server.HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
