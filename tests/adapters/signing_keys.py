"""Private keys for the tests of NetSuite's OAuth 2.0, made once, and how they stand in files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(curve: str = "secp256r1", number: int = 0) -> ec.EllipticCurvePrivateKey:
    """One key for each number."""
    curves: dict[str, ec.EllipticCurve] = {each.name: each for each in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1())}
    return ec.generate_private_key(curves[curve])


def in_file(
    file: Path,
    key: PrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey,
    pass_phrase: bytes = b"",
    form: PrivateFormat = PrivateFormat.PKCS8,
) -> Path:
    encryption = BestAvailableEncryption(pass_phrase) if pass_phrase else NoEncryption()
    file.write_bytes(key.private_bytes(Encoding.PEM, form, encryption))
    return file


def public_part_in_file(file: Path, key: PrivateKey) -> Path:
    file.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return file
