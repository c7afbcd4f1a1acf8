"""Makes a token for development, as `bulkhead token` prints it.

In: the secret that the gateway verifies with, and a Principal.  Out: an HS256 token that it accepts.
Rejects: a secret that SecretKey rejects (ValueError).
"""

import time

import jwt

from app.auth.claims import render_claims
from app.auth.keys import SecretKey
from app.auth.principal import Principal


def mint_token(secret: str, principal: Principal, *, issuer: str | None, audience: str | None, lifetime_s: int) -> str:
    SecretKey(secret)
    now_s = int(time.time())
    claims: dict[str, str | int] = {**render_claims(principal), "iat": now_s, "exp": now_s + lifetime_s}
    if issuer is not None:
        claims["iss"] = issuer
    if audience is not None:
        claims["aud"] = audience
    return jwt.encode(claims, secret, algorithm="HS256")
