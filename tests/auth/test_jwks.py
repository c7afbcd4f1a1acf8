"""Keys from a JWKS URL: fetched from a real server on the loopback, by a clock that the test moves."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

from app.auth.keys import MAX_JWKS_BYTES, JwksKeys
from app.auth.verifier import TokenVerifier
from app.errors import Unauthenticated, Unavailable

from .jwks_server import Answer, Dripping, Held, Provider, Silent, body, provider_on_loopback
from .tokens import (
    AUDIENCE,
    ISSUER,
    PRINCIPAL,
    PRIVATE_KEYS,
    SECRET,
    claims,
    hand_made,
    public_pem,
    refusal,
    signed,
)


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with provider_on_loopback() as provider:
        provider.publish(jwk("RS256"))
        yield provider


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(provider: Provider, clock: Clock) -> JwksKeys:
    return JwksKeys(provider.url, clock=clock)


def jwk(algorithm: str, **changes: object) -> dict[str, Any]:
    """A public key as providers publish it, named for its algorithm; None leaves a member out."""
    key = PRIVATE_KEYS[algorithm].public_key()
    members = jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True)
    members |= {"kid": algorithm, "use": "sig", "alg": algorithm} | changes
    return {name: value for name, value in members.items() if value is not None}


def private_jwk() -> dict[str, Any]:
    return jwt.get_algorithm_by_name("ES256").to_jwk(PRIVATE_KEYS["ES256"], as_dict=True) | {"kid": "unfit"}


def p384_jwk() -> dict[str, Any]:
    return jwt.get_algorithm_by_name("ES384").to_jwk(generate_private_key(SECP384R1()), as_dict=True)


def weak_rsa_jwk() -> dict[str, Any]:
    return jwt.get_algorithm_by_name("RS256").to_jwk(generate_rsa(65537, 1024).public_key(), as_dict=True)


@pytest.mark.parametrize("algorithm", PRIVATE_KEYS)
async def test_a_token_by_any_published_key_names_its_principal(
    provider: Provider, keys: JwksKeys, algorithm: str
) -> None:
    provider.publish(*map(jwk, PRIVATE_KEYS))
    verifier = TokenVerifier(keys, ISSUER, AUDIENCE)
    assert await verifier.verify(signed(claims(), algorithm, kid=algorithm)) == PRINCIPAL


async def test_a_token_that_names_no_key_is_refused_and_fetches_nothing(provider: Provider, keys: JwksKeys) -> None:
    assert "kid" in await refusal(TokenVerifier(keys, ISSUER, AUDIENCE), signed(claims(), "RS256"))
    assert provider.asked == 0


async def test_a_token_by_one_key_that_names_another_is_refused(provider: Provider, keys: JwksKeys) -> None:
    provider.publish(*map(jwk, PRIVATE_KEYS))
    await refusal(TokenVerifier(keys, ISSUER, AUDIENCE), signed(claims(), "ES256", kid="RS256"))


async def test_an_hmac_by_a_published_public_key_is_refused(keys: JwksKeys) -> None:
    for secret in (public_pem(PRIVATE_KEYS["RS256"]), json.dumps(jwk("RS256"))):
        await refusal(TokenVerifier(keys, ISSUER, AUDIENCE), hand_made(claims(), secret.encode(), kid="RS256"))


async def test_an_address_of_keys_in_the_token_is_never_asked(provider: Provider) -> None:
    with provider_on_loopback() as forgers:
        forgers.publish(jwk("ES256"))
        verifier = TokenVerifier(JwksKeys(provider.url), ISSUER, AUDIENCE)
        await refusal(verifier, signed(claims(), "ES256", kid="ES256", jku=forgers.url, x5u=forgers.url))
        assert forgers.asked == 0


@pytest.mark.parametrize(
    "unfit",
    [
        jwk("RS256", kid="unfit", use="enc"),
        jwk("RS256", kid="unfit", use=["sig"]),
        jwk("RS256", kid="unfit", alg="ES256"),
        jwk("RS256", kid="unfit", alg="HS256"),
        jwk("RS256", kid="unfit", alg="RS512"),
        jwk("RS256", kid="unfit", alg="PS256"),
        jwk("RS256", kid="unfit", kty="oct", k="c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"),
        jwk("ES256", kid="unfit", alg="RS256"),
        jwk("ES256", kid="unfit", crv="P-384"),
        p384_jwk() | {"kid": "unfit"},
        p384_jwk() | {"kid": "unfit", "alg": "ES256"},
        weak_rsa_jwk() | {"kid": "unfit"},
        private_jwk(),
        {"kid": "unfit", "kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
        {"kid": "unfit"},
        "unfit",
    ],
)
async def test_an_unfit_key_is_skipped_and_its_neighbour_serves(
    provider: Provider, keys: JwksKeys, unfit: object
) -> None:
    provider.publish(unfit, jwk("EdDSA"))
    assert (await keys.key_for("EdDSA")).algorithm == "EdDSA"
    with pytest.raises(Unauthenticated):
        await keys.key_for("unfit")


async def test_use_and_alg_may_be_left_out_but_not_the_kid(provider: Provider, keys: JwksKeys) -> None:
    provider.publish(jwk("ES256", use=None, alg=None), jwk("RS256", kid=None))
    assert (await keys.key_for("ES256")).algorithm == "ES256"
    with pytest.raises(Unauthenticated):
        await keys.key_for("RS256")


async def test_keys_are_fetched_once_for_five_minutes(provider: Provider, keys: JwksKeys, clock: Clock) -> None:
    await keys.key_for("RS256")
    clock.now_s += 299
    await keys.key_for("RS256")
    assert provider.asked == 1
    clock.now_s += 1
    await keys.key_for("RS256")
    assert provider.asked == 2


async def test_a_withdrawn_key_is_refused_once_the_keys_are_stale(
    provider: Provider, keys: JwksKeys, clock: Clock
) -> None:
    await keys.key_for("RS256")
    provider.publish(jwk("ES256"))
    clock.now_s += 300
    with pytest.raises(Unauthenticated):
        await keys.key_for("RS256")


async def test_a_new_key_is_found_by_its_kid_before_the_others_are_stale(
    provider: Provider, keys: JwksKeys, clock: Clock
) -> None:
    await keys.key_for("RS256")
    provider.publish(jwk("RS256"), jwk("ES256"))
    clock.now_s += 30
    assert (await keys.key_for("ES256")).algorithm == "ES256"


async def test_made_up_kids_fetch_at_most_once_in_30_seconds(provider: Provider, keys: JwksKeys, clock: Clock) -> None:
    await keys.key_for("RS256")
    for second in range(61):
        with pytest.raises(Unauthenticated, match="does not publish"):
            await keys.key_for(f"made up {second}")
        clock.now_s += 1
    assert provider.asked == 3


async def test_a_failing_provider_too_is_asked_at_most_once_in_30_seconds(
    provider: Provider, keys: JwksKeys, clock: Clock
) -> None:
    provider.answer = body(b"", status=500)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await keys.key_for("RS256")
    assert provider.asked == 1
    provider.publish(jwk("RS256"))
    clock.now_s += 30
    await keys.key_for("RS256")


async def test_concurrent_callers_share_one_fetch(provider: Provider, keys: JwksKeys) -> None:
    found = await asyncio.gather(*(keys.key_for("RS256") for _ in range(50)))
    assert len(set(map(id, found))) == 1
    assert provider.asked == 1


async def test_the_event_loop_runs_on_during_a_fetch(provider: Provider, keys: JwksKeys) -> None:
    provider.answer = held = Held(then=provider.answer)
    waiting = asyncio.create_task(keys.key_for("RS256"))
    assert await asyncio.to_thread(held.begun.wait, 5)
    held.released.set()
    assert (await waiting).algorithm == "RS256"


async def test_a_known_key_does_not_wait_for_the_fetch_of_an_unknown_one(
    provider: Provider, keys: JwksKeys, clock: Clock
) -> None:
    await keys.key_for("RS256")
    clock.now_s += 30
    provider.answer = held = Held(then=provider.answer)
    waiting = asyncio.create_task(keys.key_for("made up"))
    assert await asyncio.to_thread(held.begun.wait, 5)
    assert (await keys.key_for("RS256")).algorithm == "RS256"
    assert not waiting.done()
    held.released.set()
    with pytest.raises(Unauthenticated):
        await waiting


async def test_a_caller_who_leaves_does_not_take_the_fetch_along(provider: Provider, keys: JwksKeys) -> None:
    provider.answer = held = Held(then=provider.answer)
    leaving, staying = (asyncio.create_task(keys.key_for("RS256")) for _ in range(2))
    assert await asyncio.to_thread(held.begun.wait, 5)
    leaving.cancel()
    held.released.set()
    assert (await staying).algorithm == "RS256"
    assert leaving.cancelled()
    assert provider.asked == 1


async def test_a_fetch_under_way_is_joined_however_long_it_takes(
    provider: Provider, keys: JwksKeys, clock: Clock
) -> None:
    provider.answer = held = Held(then=provider.answer)
    first = asyncio.create_task(keys.key_for("RS256"))
    assert await asyncio.to_thread(held.begun.wait, 5)
    clock.now_s += 60
    second = asyncio.create_task(keys.key_for("RS256"))
    await asyncio.sleep(0)
    held.released.set()
    assert await first is await second
    assert provider.asked == 1


FAILURES: dict[str, Answer] = {
    "an error": body(b"", status=503),
    "a good set with an error's status": body(json.dumps({"keys": [jwk("RS256")]}).encode(), status=500),
    "a redirect": body(b"", status=302, Location="data:application/json,{}"),
    "an error page": body(b"<html>Service temporarily unavailable</html>"),
    "no text": body(b"\xff\xfe\xfd"),
    "no object": body(b"[]"),
    "no keys": body(b'{"keys": []}'),
    "no usable keys": body(b'{"keys": [{"kty": "oct", "kid": "RS256", "k": "c2VjcmV0"}]}'),
    "no key with a kid": body(json.dumps({"keys": [jwk("RS256", kid=None)]}).encode()),
    "a key without its value": body(b'{"keys": [{"kty": "oct", "kid": "RS256"}]}'),
    "a key for no algorithm": body(json.dumps({"keys": [jwk("RS256", alg="none")]}).encode()),
    "a kid that is no text": body(json.dumps({"keys": [jwk("RS256", kid=["RS256"])]}).encode()),
    "endless nesting": body(b"[" * 100_000),
    "a set too large": body(json.dumps({"keys": [jwk("RS256")]}).encode().ljust(MAX_JWKS_BYTES + 1)),
    "nothing": lambda request: request.connection.close(),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_known_keys_stay_in_force_when_a_refetch_fails(
    provider: Provider, keys: JwksKeys, clock: Clock, caplog: pytest.LogCaptureFixture, failure: str
) -> None:
    await keys.key_for("RS256")
    provider.answer = FAILURES[failure]
    clock.now_s += 300
    assert (await keys.key_for("RS256")).algorithm == "RS256"
    assert provider.asked == 2
    assert "the 1 known keys stay in force" in caplog.text


@pytest.mark.parametrize("failure", FAILURES)
async def test_without_any_keys_the_caller_is_told_to_try_again_rather_than_refused(
    provider: Provider, keys: JwksKeys, failure: str
) -> None:
    provider.answer = FAILURES[failure]
    with pytest.raises(Unavailable):
        await keys.key_for("RS256")


async def test_a_redirect_is_not_followed(provider: Provider, keys: JwksKeys) -> None:
    with provider_on_loopback() as elsewhere:
        elsewhere.publish(jwk("RS256"))
        provider.answer = body(b"", status=302, Location=elsewhere.url)
        with pytest.raises(Unavailable):
            await keys.key_for("RS256")
        assert elsewhere.asked == 0


async def test_a_set_of_the_largest_size_is_read(provider: Provider, keys: JwksKeys) -> None:
    provider.answer = body(json.dumps({"keys": [jwk("RS256")]}).encode().ljust(MAX_JWKS_BYTES))
    assert (await keys.key_for("RS256")).algorithm == "RS256"


async def test_a_provider_that_does_not_answer_is_hung_up_on(provider: Provider) -> None:
    provider.answer = silent = Silent()
    with pytest.raises(Unavailable):
        await JwksKeys(provider.url, timeout_s=0.05).key_for("RS256")
    assert await asyncio.to_thread(silent.hung_up.wait, 3)


async def test_a_provider_that_drips_its_answer_is_hung_up_on(provider: Provider) -> None:
    provider.answer = dripping = Dripping(b"HTTP/1.0 200 OK\r\n\r\n")
    with pytest.raises(Unavailable):
        await JwksKeys(provider.url, timeout_s=0.05).key_for("RS256")
    assert await asyncio.to_thread(dripping.hung_up.wait, 3)


async def test_a_provider_that_drips_its_header_keeps_no_caller_waiting(provider: Provider) -> None:
    provider.answer = dripping = Dripping(b"HTTP/1.0 200 OK\r\nX-Endless: ")
    with pytest.raises(Unavailable):
        await asyncio.wait_for(JwksKeys(provider.url, timeout_s=0.05).key_for("RS256"), timeout=3)
    dripping.hung_up.set()


@pytest.mark.parametrize("url", ["", "jwks.json", "file:///jwks.json", "ftp://host/jwks", "data:,{}", SECRET])
def test_an_address_other_than_http_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        JwksKeys(url)
