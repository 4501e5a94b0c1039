"""A broker that encrypts, and lets no user who signs in write without a right: TLS, SCRAM, and tokens as with IAM.

MSK's own check of a token runs nowhere else. Here Kafka's own takes one that nobody signed, by the same mechanism.
"""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

# Their own modules: the package's types name them nowhere else.
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tombola_cli.files.repository import ROOT
from tombola_cli.local import broker as plain
from tombola_cli.local.broker import SILENT, Broker
from tombola_cli.local.loopback import free_ports

HOST = "127.0.0.1"
ROUNDS = 4096  # of SCRAM, the fewest that Kafka takes
SECONDS_MAX = 10.0  # that the broker has to note a password or a right
DAY = timedelta(days=1)
# After the local stack's own lines, of which these replace three. Who comes without a name may do anything.
SETTINGS = """
listeners=PLAINTEXT://{{address}},CONTROLLER://127.0.0.1:{{controller}},SSL://{tls},SASL_SSL://{sasl}
advertised.listeners=PLAINTEXT://{{address}},SSL://{tls},SASL_SSL://{sasl}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={keys}
sasl.enabled.mechanisms=SCRAM-SHA-512,OAUTHBEARER
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule\
 required unsecuredLoginStringClaim_sub="broker";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""


@dataclass(frozen=True)
class SecureKafka:
    """One who may do anything at the broker, its addresses, and the certificate of those who vouch for it."""

    admin: AdminClient
    tls: str
    sasl: str
    authority: Path

    def set_password(self, user: str, password: str) -> None:
        wanted = UserScramCredentialUpsertion(
            user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ROUNDS), password.encode()
        )
        for noted in self.admin.alter_user_scram_credentials([wanted]).values():
            noted.result(SECONDS_MAX)

    def let_write(self, user: str, topic: str) -> None:
        self.let_see(user, topic, and_write=True)

    def let_see(self, user: str, topic: str, *, and_write: bool = False) -> None:
        for operation in (AclOperation.DESCRIBE, *([AclOperation.WRITE] if and_write else [])):
            right = AclBinding(
                ResourceType.TOPIC,
                topic,
                ResourcePatternType.LITERAL,
                f"User:{user}",
                "*",
                operation,
                AclPermissionType.ALLOW,
            )
            for noted in self.admin.create_acls([right]).values():
                noted.result(SECONDS_MAX)


@contextmanager
def running_secure_kafka(folder: Path) -> Iterator[SecureKafka]:
    """Yield a broker of its own, with Lottery's topic."""
    tls, sasl = (f"{HOST}:{port}" for port in free_ports(2))
    authority = _vouched_for(folder)
    broker = Broker(folder / "broker")
    more = SETTINGS.format(tls=tls, sasl=sasl, keys=folder / "keys.pem")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plain, "SETTINGS", plain.SETTINGS + more)
            broker.start(ROOT, print)
        broker.await_ready()
        with AdminClient({"bootstrap.servers": broker.address}, logger=SILENT) as admin:
            yield SecureKafka(admin, tls, sasl, authority)
    finally:
        broker.stop()


def token_for(user: str, seconds: float) -> tuple[str, int]:
    """Return a token that tells who comes, and until when it counts in milliseconds, as MSK's signer does."""
    ends = time.time() + seconds
    parts = {"alg": "none"}, {"sub": user, "iat": time.time(), "exp": ends}
    text = "".join(f"{urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip('=')}." for part in parts)
    return text, int(ends * 1000)


def _vouched_for(folder: Path) -> Path:
    """Write the broker's key and certificate; return the path of the certificate that vouches for it."""
    theirs, its = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("authority", theirs, theirs, x509.BasicConstraints(ca=True, path_length=None))
    leaf = _certificate("broker", its, theirs, x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]))
    secret = its.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "keys.pem").write_bytes(secret + leaf + root)
    (folder / "authority.pem").write_bytes(root)
    return folder / "authority.pem"


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, told: x509.ExtensionType
) -> bytes:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(_name("authority"), _name(name), key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - DAY).not_valid_after(now + DAY).add_extension(told, critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
