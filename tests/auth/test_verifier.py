"""The door: every algorithm opens it, and no attack does."""

import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.auth.keys import PemKey, SecretKey, VerifyingKey
from app.auth.principal import Principal
from app.auth.verifier import KNOWN_S, MAX_KNOWN_CHARACTERS, TokenVerifier, verifier_from
from app.errors import Unauthenticated

from .tokens import (
    AUDIENCE,
    ISSUER,
    PRINCIPAL,
    PRIVATE_KEYS,
    SECRET,
    TENANT,
    USER,
    claims,
    hand_made,
    in_s,
    public_pem,
    refusal,
    segment,
    signed,
)

BY_SECRET = TokenVerifier(SecretKey(SECRET), ISSUER, AUDIENCE)
BY_PEM = {
    algorithm: TokenVerifier(PemKey(public_pem(key)), ISSUER, AUDIENCE) for algorithm, key in PRIVATE_KEYS.items()
}
VERIFIERS = {"HS256": BY_SECRET, **BY_PEM}


# Signatures


@pytest.mark.parametrize("algorithm", VERIFIERS)
async def test_a_good_token_names_its_principal(algorithm: str) -> None:
    assert await VERIFIERS[algorithm].verify(signed(claims(), algorithm)) == PRINCIPAL


async def test_a_token_made_by_hand_is_as_good_so_the_attacks_below_fail_for_their_own_reason() -> None:
    assert await BY_SECRET.verify(hand_made(claims())) == PRINCIPAL


@pytest.mark.parametrize("made_for", VERIFIERS)
@pytest.mark.parametrize("sent_to", VERIFIERS)
async def test_a_token_for_another_kind_of_key_is_refused(made_for: str, sent_to: str) -> None:
    if made_for != sent_to:
        await refusal(VERIFIERS[sent_to], signed(claims(), made_for))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, [], ["none"], {}, 0])
@pytest.mark.parametrize("sent_to", VERIFIERS)
async def test_an_unsigned_token_is_refused(sent_to: str, alg: object) -> None:
    for signature in ("", "AAAA"):
        unsigned = f"{segment({'alg': alg, 'typ': 'JWT'})}.{segment(claims())}.{signature}"
        await refusal(VERIFIERS[sent_to], unsigned)


async def test_a_good_signature_under_another_algorithms_name_is_refused() -> None:
    for alg in ("none", "HS384", "hs256", "RS256", ["HS256"], None):
        await refusal(BY_SECRET, hand_made(claims(), alg=alg))


async def test_a_token_that_names_no_algorithm_is_refused() -> None:
    signing_input = f"{segment({'typ': 'JWT'})}.{segment(claims())}"
    signature = segment(hmac.digest(SECRET.encode(), signing_input.encode(), "sha256"))
    await refusal(BY_SECRET, f"{signing_input}.{signature}")


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
async def test_a_longer_hmac_by_the_right_secret_is_refused(alg: str) -> None:
    await refusal(BY_SECRET, jwt.encode(claims(), SECRET * 2, algorithm=alg))
    same_secret = TokenVerifier(SecretKey(SECRET * 2), ISSUER, AUDIENCE)
    await refusal(same_secret, jwt.encode(claims(), SECRET * 2, algorithm=alg))


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256", "PS384", "PS512"])
async def test_another_rsa_algorithm_by_the_right_key_is_refused(alg: str) -> None:
    await refusal(BY_PEM["RS256"], jwt.encode(claims(), PRIVATE_KEYS["RS256"], algorithm=alg))


@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("sent_to", BY_PEM)
async def test_an_hmac_by_the_public_key_is_refused(sent_to: str, alg: str) -> None:
    public_key = PRIVATE_KEYS[sent_to].public_key()
    pem = public_pem(PRIVATE_KEYS[sent_to]).encode()
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), pem.replace(b"\n", b"\r\n"), der):
        await refusal(BY_PEM[sent_to], hand_made(claims(), secret, alg=alg))


@pytest.mark.parametrize("length", [0, 64])
async def test_an_es256_signature_of_zeros_is_refused(length: int) -> None:
    signing_input = f"{segment({'alg': 'ES256', 'typ': 'JWT'})}.{segment(claims())}"
    await refusal(BY_PEM["ES256"], f"{signing_input}.{segment(bytes(length))}")


async def test_a_key_that_the_token_brings_along_is_not_used() -> None:
    forgers = generate_private_key(65537, 2048)
    jwk = jwt.get_algorithm_by_name("RS256").to_jwk(forgers.public_key(), as_dict=True)
    await refusal(BY_PEM["RS256"], jwt.encode(claims(), forgers, "RS256", headers={"jwk": jwk, "kid": "x"}))


async def test_a_token_by_another_secret_is_refused() -> None:
    assert await refusal(BY_SECRET, hand_made(claims(), b"another " + SECRET.encode()))


async def test_a_signature_does_not_carry_over_to_another_payload() -> None:
    header, _, signature = signed(claims()).split(".")
    await refusal(BY_SECRET, f"{header}.{segment(claims(role='OWNER'))}.{signature}")


async def test_a_signature_cut_short_or_padded_is_refused() -> None:
    good = signed(claims())
    for token in (good[:-1], good[:-4], good + "A", good + "AAAA", good.rpartition(".")[0] + "."):
        await refusal(BY_SECRET, token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "QUJD.QUJD.QUJD",
        "not a token",
        "é.é.é",
        "\ud800.\ud800.\ud800",
        "\0",
        f"{segment({})}.{segment({})}.",
        f"{segment([])}.{segment({})}.",
        f"{segment(b'[' * 100_000)}.{segment({})}.",
        signed(claims()) + ".",
        signed(claims()) + ".AAAA",
        "AAAA." + signed(claims()),
        " " + signed(claims()),
        signed(claims()) + "\n",
        signed(claims()).replace(".", "!."),
        signed(claims()).replace(".", " ."),
    ],
)
async def test_what_is_no_token_is_refused(token: str) -> None:
    await refusal(BY_SECRET, token)


# The header


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": ["b64"], "b64": True}, {"crit": []}, {"crit": None}])
async def test_a_critical_extension_is_refused(header: dict[str, Any]) -> None:
    await refusal(BY_SECRET, hand_made(claims(), **header))


async def test_an_unencoded_payload_is_refused() -> None:
    header = segment({"alg": "HS256", "crit": ["b64"], "b64": False})
    payload = json.dumps(claims())
    signature = segment(hmac.digest(SECRET.encode(), f"{header}.{payload}".encode(), "sha256"))
    for token in (f"{header}.{payload}.{signature}", f"{header}..{signature}"):
        await refusal(BY_SECRET, token)
    await refusal(BY_SECRET, hand_made(claims(), b64=False))


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "AT+JWT"])
async def test_a_token_may_say_that_it_is_one(typ: str) -> None:
    assert await BY_SECRET.verify(hand_made(claims(), typ=typ)) == PRINCIPAL


async def test_a_token_need_not_say_that_it_is_one() -> None:
    assert await BY_SECRET.verify(signed(claims(), typ="")) == PRINCIPAL


@pytest.mark.parametrize("typ", ["", "JOSE", "logout+jwt", "secevent+jwt", "dpop+jwt", None, [], ["JWT"], 1])
async def test_a_token_of_another_type_is_refused(typ: object) -> None:
    assert "typ" in await refusal(BY_SECRET, hand_made(claims(), typ=typ))


@pytest.mark.parametrize("kid", [None, 1, ["a"], {}])
async def test_a_kid_that_is_no_text_is_refused(kid: object) -> None:
    await refusal(BY_SECRET, hand_made(claims(), kid=kid))


@pytest.mark.parametrize("kid", ["", "../../dev/null", "' UNION SELECT 'x", "x" * 10_000])
async def test_a_kid_means_nothing_where_there_is_one_key(kid: str) -> None:
    assert await BY_SECRET.verify(hand_made(claims(), kid=kid)) == PRINCIPAL


# Times


@pytest.mark.parametrize("times", [{"exp": -25}, {"nbf": 25}, {"iat": 25}, {"nbf": -60, "iat": -60, "exp": 60}])
async def test_a_clock_that_is_less_than_30_seconds_off_does_no_harm(times: dict[str, int]) -> None:
    token = signed(claims(**{name: in_s(offset) for name, offset in times.items()}))
    assert await BY_SECRET.verify(token) == PRINCIPAL


@pytest.mark.parametrize("offset", [-30, -60, -86_400])
async def test_an_expired_token_is_refused(offset: int) -> None:
    assert await refusal(BY_SECRET, signed(claims(exp=in_s(offset)))) == "the token has expired"


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_a_token_from_the_future_is_refused(claim: str) -> None:
    message = await refusal(BY_SECRET, signed(claims(**{claim: in_s(60), "exp": in_s(120)})))
    assert message == "the token is not valid yet"


async def test_a_token_that_never_expires_is_refused() -> None:
    assert "lacks exp" in await refusal(BY_SECRET, signed(claims("exp")))


@pytest.mark.parametrize("time", [None, "9999999999", True, [9999999999], {}, "never", float("inf"), float("nan")])
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
async def test_a_time_that_is_no_number_is_refused(claim: str, time: object) -> None:
    await refusal(BY_SECRET, hand_made(claims(**{claim: time})))


# Audience and issuer


async def test_one_of_several_audiences_may_be_ours() -> None:
    assert await BY_SECRET.verify(signed(claims(aud=["another", AUDIENCE]))) == PRINCIPAL


@pytest.mark.parametrize(
    "aud",
    [
        "elsewhere",
        AUDIENCE[:-1],
        AUDIENCE.upper(),
        ["elsewhere"],
        [AUDIENCE, 7],
        [[AUDIENCE]],
        {AUDIENCE: 1},
        7,
    ],
)
async def test_a_token_for_another_audience_is_refused(aud: object) -> None:
    assert await refusal(BY_SECRET, hand_made(claims(aud=aud))) == "the token is for another audience"


@pytest.mark.parametrize("payload", [claims("aud"), claims(aud=None), claims(aud=""), claims(aud=[])])
async def test_a_token_for_no_audience_is_refused_where_one_is_asked_for(payload: dict[str, Any]) -> None:
    assert "aud" in await refusal(BY_SECRET, hand_made(payload))


@pytest.mark.parametrize("aud", [AUDIENCE, [AUDIENCE], "", [], None, 0])
async def test_a_token_for_some_audience_is_refused_where_none_is_asked_for(aud: object) -> None:
    verifier = TokenVerifier(SecretKey(SECRET), ISSUER, None)
    assert await refusal(verifier, hand_made(claims(aud=aud))) == "the token is for another audience"
    assert await verifier.verify(signed(claims("aud"))) == PRINCIPAL


@pytest.mark.parametrize("iss", ["https://another.example", f"{ISSUER}/", ISSUER.upper(), "", None, [ISSUER], 7])
async def test_a_token_from_another_issuer_is_refused(iss: object) -> None:
    assert await refusal(BY_SECRET, hand_made(claims(iss=iss))) == "the token is from another issuer"


async def test_a_token_from_nobody_is_refused_where_an_issuer_is_asked_for() -> None:
    assert "iss" in await refusal(BY_SECRET, signed(claims("iss")))


async def test_the_issuer_does_not_count_where_none_is_asked_for() -> None:
    verifier = TokenVerifier(SecretKey(SECRET), None, AUDIENCE)
    assert await verifier.verify(signed(claims("iss"))) == PRINCIPAL
    assert await verifier.verify(signed(claims(iss="https://another.example"))) == PRINCIPAL


# Claims


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_id": [str(TENANT)]},
        {"tenant_id": "' OR true --"},
        {"tenant_id": 7},
        {"tenant_id": None},
        {"sub": ["x"]},
        {"sub": "somebody"},
        {"sub": None},
        {"role": "SUPERUSER"},
        {"role": ["OWNER"]},
        {"jti": 7},
    ],
)
async def test_one_bad_claim_in_a_well_signed_token_is_refused(changes: dict[str, object]) -> None:
    await refusal(BY_SECRET, hand_made(claims(**changes)))


@pytest.mark.parametrize("claim", ["tenant_id", "role"])
async def test_a_missing_claim_is_refused(claim: str) -> None:
    assert claim in await refusal(BY_SECRET, signed(claims(claim)))


async def test_a_well_signed_token_that_names_two_tenants_is_refused() -> None:
    payload = json.dumps(claims())[:-1] + f', "tenant_id": "{USER}"}}'
    assert "twice" in await refusal(BY_SECRET, hand_made(payload.encode()))


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"\xff", b"[" * 100_000])
async def test_a_well_signed_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    await refusal(BY_SECRET, hand_made(payload))


async def test_claims_that_are_not_ours_do_no_harm() -> None:
    assert await BY_SECRET.verify(signed(claims(scope="openid", permissions=["*"], tenant="x"))) == PRINCIPAL


async def test_a_token_without_a_subject_names_no_user() -> None:
    assert await BY_SECRET.verify(signed(claims("sub"))) == Principal(PRINCIPAL.tenant, None, PRINCIPAL.role)


# The Authorization header


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR  "])
async def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert await BY_SECRET.principal_from_header(scheme + signed(claims())) == PRINCIPAL


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNzd29yZA==",
        signed(claims()),
        f"Bearer{signed(claims())}",
        f"Token {signed(claims())}",
        f"Bearer {signed(claims())} {signed(claims())}",
        f"Bearer {signed(claims())}, Bearer {signed(claims())}",
        f"Bearer Bearer {signed(claims())}",
        f"Basic x, Bearer {signed(claims())}",
        f"Bearer {signed(claims())}\n",
        "Bearer é.é.é",
        "Bearer \u212a.\u212a.\u212a",
    ],
)
async def test_a_header_that_is_not_one_bearer_token_is_refused_with_a_hint(value: str | None) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await BY_SECRET.principal_from_header(value)
    assert refused.value.message == "send a token in the Authorization header: Bearer <token>"


async def test_a_header_with_a_bad_token_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        await BY_SECRET.principal_from_header(f"Bearer {signed(claims(exp=in_s(-60)))}")


# From the settings

NO_KEYS: dict[str, str | None] = {"jwt_secret": None, "jwt_public_key": None, "jwks_url": None}
A_KEY = {
    "jwt_secret": SECRET,
    "jwt_public_key": public_pem(PRIVATE_KEYS["ES256"]),
    "jwks_url": "https://issuer.example/jwks.json",
}


@pytest.mark.parametrize(("setting", "algorithm"), [("jwt_secret", "HS256"), ("jwt_public_key", "ES256")])
async def test_settings_make_the_verifier_of_their_key(setting: str, algorithm: str) -> None:
    verifier = verifier_from(**NO_KEYS | {setting: A_KEY[setting]}, issuer=ISSUER, audience=AUDIENCE)
    assert await verifier.verify(signed(claims(), algorithm)) == PRINCIPAL
    await refusal(verifier, signed(claims(aud="elsewhere"), algorithm))
    await refusal(verifier, signed(claims(iss="elsewhere"), algorithm))


async def test_settings_make_the_verifier_of_a_jwks_url() -> None:
    verifier = verifier_from(**NO_KEYS | {"jwks_url": A_KEY["jwks_url"]}, issuer=None, audience=None)
    assert "kid" in await refusal(verifier, signed(claims(), "ES256"))


@pytest.mark.parametrize("chosen", [(), ("jwt_secret", "jwt_public_key"), ("jwt_secret", "jwks_url"), tuple(NO_KEYS)])
def test_settings_must_name_exactly_one_source_of_keys(chosen: tuple[str, ...]) -> None:
    settings = NO_KEYS | {name: A_KEY[name] for name in chosen}
    with pytest.raises(ValueError, match=f"jwt_secret, jwt_public_key and jwks_url; {len(chosen)} of them"):
        verifier_from(**settings, issuer=ISSUER, audience=AUDIENCE)


@pytest.mark.parametrize("setting", NO_KEYS)
def test_an_empty_setting_is_a_mistake_rather_than_no_setting(setting: str) -> None:
    with pytest.raises(ValueError, match=r"JWT secret has 0 bytes|JWT public key|JWKS URL"):
        verifier_from(**NO_KEYS | {setting: ""}, issuer=None, audience=None)


# Tokens that were verified before


class CountedKey(SecretKey):
    """The secret, and how often it was asked for."""

    asked = 0

    async def key_for(self, kid: str | None) -> VerifyingKey:
        self.asked += 1
        return await super().key_for(kid)


async def test_a_token_is_verified_once_a_minute_and_not_for_each_request() -> None:
    key, now_s = CountedKey(SECRET), [float(in_s(0))]
    verifier = TokenVerifier(key, ISSUER, AUDIENCE, clock=lambda: now_s[0])
    header = f"Bearer {signed(claims(exp=in_s(600)))}"
    for _ in range(3):
        assert await verifier.principal_from_header(header) == PRINCIPAL
    assert key.asked == 1
    now_s[0] += KNOWN_S
    assert await verifier.principal_from_header(header) == PRINCIPAL
    assert key.asked == 2


async def test_a_known_token_is_looked_at_again_when_it_expires() -> None:
    key, now_s = CountedKey(SECRET), [float(in_s(0))]
    verifier = TokenVerifier(key, ISSUER, AUDIENCE, clock=lambda: now_s[0])
    header = f"Bearer {signed(claims(exp=in_s(5)))}"
    await verifier.principal_from_header(header)
    now_s[0] += 6
    await verifier.principal_from_header(header)
    assert key.asked == 2  # within the skew it still holds; but nobody took its word for it


async def test_a_refused_token_is_refused_again_and_no_other_token_passes_for_a_known_one() -> None:
    verifier = TokenVerifier(SecretKey(SECRET), ISSUER, AUDIENCE)
    good = signed(claims())
    assert await verifier.principal_from_header(f"Bearer {good}") == PRINCIPAL
    forged = good[:-9] + ("A" if good[-9] != "A" else "B") + good[-8:]
    for header in (f"Bearer {forged}", f"Bearer {good} ", f"Bearer {good}.", None) * 2:
        with pytest.raises(Unauthenticated):
            await verifier.principal_from_header(header)


async def test_what_is_kept_of_a_token_is_one_however_it_is_sent_and_never_long() -> None:
    key = CountedKey(SECRET)
    verifier = TokenVerifier(key, ISSUER, AUDIENCE)
    token = signed(claims())
    for header in (f"Bearer {token}", f"bearer    {token}", f"BEARER{' ' * 10_000}{token}"):
        assert await verifier.principal_from_header(header) == PRINCIPAL
    assert key.asked == 1
    long = f"Bearer {signed(claims(note='x' * MAX_KNOWN_CHARACTERS))}"
    for _ in range(2):
        assert await verifier.principal_from_header(long) == PRINCIPAL
    assert key.asked == 3
