"""What is sealed opens in its place, with its key, and nowhere else; master keys are read, and wrap for one tenant."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import Unavailable
from app.plan.new_ids import new_id
from app.vault.masters import MasterKeys, Wrapped, new_master_key
from app.vault.sealing import SEALED, DataKey, NotOpened, Place, key_number

PLACE = Place(uuid4(), "integrations", "credentials", uuid4())
KEY = DataKey(3, AESGCM(bytes(32)))
TEXT = "hunter2 \0 ü 🔑"


def test_sealed_text_opens_in_its_place_and_says_nothing() -> None:
    sealed, again = KEY.seal(PLACE, TEXT), KEY.seal(PLACE, TEXT)
    assert KEY.open(PLACE, sealed) == KEY.open(PLACE, again) == TEXT
    assert sealed != again
    assert re.match(SEALED, sealed)
    assert key_number(sealed) == 3
    assert KEY.open(PLACE, KEY.seal(PLACE, "")) == ""


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, tenant=uuid4()),
        replace(PLACE, table="users"),
        replace(PLACE, column="name"),
        replace(PLACE, row=uuid4()),
        Place(PLACE.row, PLACE.table, PLACE.column, PLACE.tenant),
    ],
    ids=["tenant", "table", "column", "row", "tenant and row"],
)
def test_sealed_text_opens_nowhere_else(elsewhere: Place) -> None:
    with pytest.raises(NotOpened):
        KEY.open(elsewhere, KEY.seal(PLACE, TEXT))


def test_sealed_text_opens_with_no_other_key_and_only_whole() -> None:
    sealed = KEY.seal(PLACE, TEXT)
    renumbered = sealed.replace("v1.3.", "v1.4.")
    others = [DataKey(3, AESGCM(bytes(31) + b"\1")), DataKey(4, AESGCM(bytes(32)))]
    for key, text in (
        *((other, sealed) for other in others),
        (others[1], renumbered),
        (KEY, sealed[:-1]),
        (KEY, sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]),
        (KEY, "v1.3."),
        (KEY, "v1.3.ü"),
        (KEY, TEXT),
    ):
        with pytest.raises(NotOpened):
            key.open(PLACE, text)
    for text in ("", "v1", "v1.x.AAAA", "v2.3.AAAA", "v1.3.AAAA.AAAA"):
        with pytest.raises(NotOpened):
            key_number(text)


def test_key_shows_itself_to_nobody() -> None:
    assert repr(KEY) == "DataKey(number=3)"


def test_new_ids_are_version_7_and_of_now() -> None:
    ids = [new_id() for _ in range(100)]
    assert {(made.version, made.variant) for made in ids} == {(7, "specified in RFC 4122")}
    assert len(set(ids)) == 100
    assert max(made.int >> 80 for made in ids) - min(made.int >> 80 for made in ids) < 60_000


async def test_master_keys_wrap_with_the_first_and_unwrap_with_all() -> None:
    old, new = new_master_key("old"), new_master_key("new")
    tenant, key = uuid4(), bytes(range(32))
    by_old = await MasterKeys.parse(old).wrap(key, tenant)
    both = MasterKeys.parse(f"{new}, {old}")
    by_new = await both.wrap(key, tenant)
    assert (by_old.master_key, by_new.master_key) == ("old", "new")
    assert await both.unwrap(by_old, tenant) == await both.unwrap(by_new, tenant) == key
    assert key.hex() not in bytes(by_old.text, "ascii").hex()
    imposter = MasterKeys.parse(new_master_key("old"))
    for masters, wrapped, whose in (
        (both, by_old, uuid4()),  # as another tenant's
        (MasterKeys.parse(new), by_old, tenant),  # without its master key
        (imposter, by_old, tenant),
        (both, Wrapped("new", by_old.text), tenant),
        (both, Wrapped("old", "damaged"), tenant),
    ):
        with pytest.raises(Unavailable, match="BULKHEAD_MASTER_KEYS lacks the right key named"):
            await masters.unwrap(wrapped, whose)


A_KEY = "a:" + "A" * 43 + "="


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c2VjcmV0", "key 1 is not a name, a colon and base64 of 32 bytes"),
        (f"{A_KEY},b:c2VjcmV0", "key 2 is not"),
        (f"{A_KEY},", "key 2 is not"),
        ("a b:" + "A" * 43 + "=", "key 1 is not"),
        ("a:" + "A" * 43, "key 1 is not"),
        (f"{A_KEY},{A_KEY}", "two keys have the same name"),
    ],
)
def test_what_is_no_list_of_keys_is_refused_without_being_quoted(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        MasterKeys.parse(text)
    assert "c2VjcmV0" not in str(refused.value)
    assert refused.value.__cause__ is None
