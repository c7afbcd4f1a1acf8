"""Tokens for development: what is minted is what the door lets in."""

import pytest

from app.auth.keys import SecretKey
from app.auth.mint import mint_token
from app.auth.principal import Principal
from app.auth.verifier import TokenVerifier

from .tokens import AUDIENCE, ISSUER, PRINCIPAL, SECRET, refusal

NOBODY = Principal(PRINCIPAL.tenant, None, PRINCIPAL.role)


@pytest.mark.parametrize("principal", [PRINCIPAL, NOBODY])
@pytest.mark.parametrize(("issuer", "audience"), [(ISSUER, AUDIENCE), (None, None)])
async def test_a_minted_token_names_its_principal(
    principal: Principal, issuer: str | None, audience: str | None
) -> None:
    token = mint_token(SECRET, principal, issuer=issuer, audience=audience, lifetime_s=60)
    assert await TokenVerifier(SecretKey(SECRET), issuer, audience).verify(token) == principal


async def test_a_minted_token_ends_with_its_lifetime() -> None:
    token = mint_token(SECRET, PRINCIPAL, issuer=ISSUER, audience=AUDIENCE, lifetime_s=-60)
    assert "expired" in await refusal(TokenVerifier(SecretKey(SECRET), ISSUER, AUDIENCE), token)


def test_a_short_secret_mints_nothing() -> None:
    with pytest.raises(ValueError, match="needs 32"):
        mint_token("short", PRINCIPAL, issuer=None, audience=None, lifetime_s=60)
