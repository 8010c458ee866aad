"""Certificates made in the test: an authority, and what it signs; EC keys, for RSA ones take long to make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = x509.IPAddress(IPv4Address("127.0.0.1"))
PEM = serialization.Encoding.PEM


class Authority:
    """Signs, and writes its own certificate and all others into `folder`."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder, self._name = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        signed = self._builder(self._name, self._key, timedelta(days=1)).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(signed.sign(self._key, hashes.SHA256()).public_bytes(PEM))

    def settings(self, name: str, *, lasts: timedelta = timedelta(hours=1)) -> dict[str, str]:
        """The `[tls]` of a process of this name, which may be reached at 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(name), LOOPBACK])
        signed = self._builder(x509.Name([]), key, lasts).add_extension(names, critical=True)
        files = {"certificate_file": self.folder / f"{name}.pem", "key_file": self.folder / f"{name}.key"}
        files["certificate_file"].write_bytes(signed.sign(self._key, hashes.SHA256()).public_bytes(PEM))
        files["key_file"].write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return {**{setting: str(file) for setting, file in files.items()}, "ca_file": str(self.file)}

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(days=2),
            not_valid_after=now + lasts,
        )
