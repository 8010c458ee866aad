"""The private keys that sign NetSuite's OAuth 2.0 assertions: read from files, checked for the kinds that NetSuite takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SMALLEST_RSA_BITS = 2048
# Oracle help, section_162686838198. RS256 is not accepted: an RSA key signs with PSS padding.
RSA_ALGORITHM = "PS256"
ALGORITHMS_BY_CURVE = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as NetSuite's mapping page names it, and the private key that belongs to it."""

    id: str
    algorithm: str
    key: PrivateKey = field(repr=False)


def read_key(file: Path) -> tuple[str, PrivateKey]:
    """The key of a PEM file, and the algorithm that it signs with; ValueError with a sentence when NetSuite would not take it."""
    try:
        text = file.expanduser().read_bytes()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    if b"PRIVATE KEY" not in text:
        raise ValueError(f"{file} holds no private key in PEM form")
    try:
        key = load_pem_private_key(text, password=None)
    except TypeError:
        raise ValueError(f"{file} is locked with a pass phrase: give the key without one, in a file that only this user reads") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"{file} holds no private key that can be read") from None
    if isinstance(key, RSAPrivateKey):
        if key.key_size < SMALLEST_RSA_BITS:
            raise ValueError(f"{file} holds an RSA key of {key.key_size} bits: NetSuite takes {SMALLEST_RSA_BITS} or more")
        return RSA_ALGORITHM, key
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in ALGORITHMS_BY_CURVE:
        return ALGORITHMS_BY_CURVE[key.curve.name], key
    raise ValueError(f"{file} holds a key of a kind that NetSuite does not take: RSA, or EC on the curves P-256, P-384, P-521")


def read_certificates(ids: Sequence[str], files: Sequence[Path]) -> tuple[Certificate, ...]:
    """Each certificate with the key of the file at its place; ValueError with all that is wrong, a sentence a line."""
    wrong: list[str] = []
    found: list[Certificate] = []
    if len(ids) != len(files):
        wrong.append(f"{len(ids)} certificate id(s) and {len(files)} private key file(s): one key belongs to each certificate")
    for certificate, file in zip((*ids, *[""] * len(files)), files, strict=False):
        try:
            found.append(Certificate(certificate, *read_key(file)))
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise ValueError("\n".join(wrong))
    return tuple(found)
