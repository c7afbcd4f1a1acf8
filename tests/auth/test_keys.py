"""Keys from the settings: which are taken, and for which algorithm."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.auth.keys import PemKey, SecretKey

from .tokens import PRIVATE_KEYS, SECRET, public_pem

UNFIT_KEYS: dict[str, PrivateKeyTypes] = {
    "RSA of 1024 bits": generate_rsa(public_exponent=65537, key_size=1024),
    "P-384": generate_private_key(SECP384R1()),
    "secp256k1": generate_private_key(SECP256K1()),
    "Ed448": Ed448PrivateKey.generate(),
    "X25519": X25519PrivateKey.generate(),
}


@pytest.mark.parametrize("algorithm", PRIVATE_KEYS)
async def test_a_public_keys_type_dictates_its_algorithm(algorithm: str) -> None:
    key = await PemKey(public_pem(PRIVATE_KEYS[algorithm])).key_for("any kid")
    assert key.algorithm == algorithm


async def test_a_secret_is_for_hs256_alone() -> None:
    assert (await SecretKey(SECRET).key_for(None)).algorithm == "HS256"


async def test_a_keys_repr_does_not_show_the_secret() -> None:
    assert SECRET not in repr(await SecretKey(SECRET).key_for(None))


@pytest.mark.parametrize("secret", ["", "hunter2", "x" * 31])
def test_a_secret_shorter_than_32_bytes_is_refused_with_its_length_but_not_its_text(secret: str) -> None:
    with pytest.raises(ValueError, match=f"has {len(secret)} bytes and needs 32") as refused:
        SecretKey(secret)
    assert not secret or secret not in str(refused.value)


def test_a_secrets_length_counts_in_bytes() -> None:
    SecretKey("é" * 16)


@pytest.mark.parametrize("algorithm", PRIVATE_KEYS)
def test_a_public_key_is_refused_as_a_secret(algorithm: str) -> None:
    with pytest.raises(ValueError, match="set jwt_public_key"):
        SecretKey(public_pem(PRIVATE_KEYS[algorithm]))


@pytest.mark.parametrize("kind", UNFIT_KEYS)
def test_a_weak_or_unsupported_public_key_is_refused(kind: str) -> None:
    pem = UNFIT_KEYS[kind].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ValueError, match="must be EC P-256, Ed25519 or RSA"):
        PemKey(pem.decode())


@pytest.mark.parametrize("algorithm", PRIVATE_KEYS)
def test_a_private_key_is_refused_as_a_public_one(algorithm: str) -> None:
    pem = PRIVATE_KEYS[algorithm].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="BEGIN PUBLIC KEY"):
        PemKey(pem.decode())


@pytest.mark.parametrize("pem", ["", SECRET, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_a_text_that_is_no_pem_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match="BEGIN PUBLIC KEY"):
        PemKey(pem)
