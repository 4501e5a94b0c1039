"""An issuer of tokens: its keys served on a free port of the loopback, as an identity provider serves them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "tombola-tests"
KEY_ID = "1"
AGO = timedelta(minutes=1)  # an issuer's clock may be behind


@dataclass(frozen=True)
class Issuer:
    """Signs tokens whose keys are at url."""

    url: str
    key: rsa.RSAPrivateKey

    def token(self, sub: str, **claims: Any) -> str:
        issued = datetime.now(UTC) - AGO
        said = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": sub,
            "iat": issued,
            "exp": issued + timedelta(hours=1),
            **claims,
        }
        return jwt.encode(said, self.key, algorithm="RS256", headers={"kid": KEY_ID})


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": KEY_ID, "use": "sig"}

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/.well-known/jwks.json"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps({"keys": [public]}).encode() if found else b"{}")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Issuer(f"http://127.0.0.1:{server.server_port}", key)
    finally:
        server.shutdown()
        server.server_close()
