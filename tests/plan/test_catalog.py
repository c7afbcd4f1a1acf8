"""What a declaration must not say: refused at start, with the entity's name."""

from types import ModuleType

import pytest

from app.catalog import build_catalog
from app.catalog.build import DeclarationError
from app.domains import DOMAINS


def domain(tmp_name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A domain made of this `tables.py`."""
    import sys

    package, tables = ModuleType(tmp_name), ModuleType(f"{tmp_name}.tables")
    package.__path__ = []
    package.__spec__ = tables.__spec__ = None
    monkeypatch.setitem(sys.modules, tmp_name, package)
    monkeypatch.setitem(sys.modules, f"{tmp_name}.tables", tables)
    exec(source, vars(tables))  # noqa: S102 - our own text
    return package


HEAD = """
from app.domains.tenancy.tables import User
from app.model import EMAIL, Access, Index, Length, Range, Role, Search, TenantEntity, belongs_to, column, computed
class Thing(TenantEntity):
    "A thing."
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    __access__ = Access(read=Role.VIEWER, owner='nobody_id')", "Thing: its access speaks of nobody_id"),
        (
            "    __access__ = Access(read=Role.VIEWER)\n    user: User = belongs_to(inverse='connections')",
            "User.connections is declared twice",
        ),
        ("    __access__ = Access(read=Role.VIEWER)\n    price: complex", "Thing.price: no column type"),
        ("    __access__ = Access(read=Role.VIEWER)\n    tenant_id: str", "Thing.tenant_id: not a name"),
        ("    __access__ = Access(read=Role.VIEWER)\n    increment: int", "Thing.increment is declared twice"),
        ("    __access__ = Access(read=Role.VIEWER)\n    age: int = column(Length(1, 2))", "Thing.age: Length"),
        ("    __access__ = Access(read=Role.VIEWER)\n    tags: list[str] = column(EMAIL)", "Thing.tags: Pattern"),
        (
            "    __access__ = Access(read=Role.VIEWER)\n    age: int | None = column(Range(1), default=0)",
            "Thing.age: its default breaks a rule",
        ),
        (
            "    __access__ = Access(read=Role.VIEWER)\n    role: Role | None = column(transitions={Role.OWNER: ()})",
            "Thing.role: transitions are between the values of an enum, never null",
        ),
        (
            "    __access__ = Access(read=Role.VIEWER)\n    role: Role = column(transitions={Role.OWNER: ('KING',)})",
            "Thing.role: transitions are between the values of an enum",
        ),
        (
            "    __access__ = Access(read=Role.VIEWER)\n    __quota__ = 'name'",
            "Thing: its quota is name, which is no number",
        ),
        *(
            (
                f"    __access__ = Access(read=Role.VIEWER)\n    key: {type_} = column(secret=True{more})",
                "Thing.key: a secret is",
            )
            for type_, more in (
                ("int", ""),
                ("list[str]", ""),
                ("Role", ""),
                ("str", ", default='x'"),
                ("str", ", unique=True"),
                ("str", ", hidden=True"),
            )
        ),
        (
            "    __access__ = Access(read=Role.VIEWER)\n    __indexes__ = (Index('key'),)\n"
            "    key: str = column(secret=True)",
            "key is a secret: nothing is found by it",
        ),
        (
            "    __access__ = Access(read=Role.VIEWER)\n    key: str = column(secret=True)\n"
            "    label: str = computed('{key}')",
            "Thing.label is made of key, which is no visible column",
        ),
        (
            "    __access__ = Access(read=Role.ADMIN)\n    __quota__ = 'max_users'",
            "Thing: who adds to a quota has to see all that counts",
        ),
        (
            "    __access__ = Access(read=Role.VIEWER)\n    deleted_at: str",
            "Thing.deleted_at: what is deleted and still there, SoftDelete declares",
        ),
    ],
)
def test_declaration_that_contradicts_itself_is_refused(body: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeclarationError, match=said):
        build_catalog((*DOMAINS, domain("odd_things", HEAD + body, monkeypatch)))


@pytest.mark.parametrize("search", ["'nothing'", "", "'name', 'tags'", "'name', 'secret'", "'number'"])
def test_search_is_over_visible_text(search: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = f"""
    __access__ = Access(read=Role.VIEWER)
    __search__ = Search({search})
    name: str
    tags: list[str]
    secret: str = column(hidden=True)
    number: int
    """
    with pytest.raises(DeclarationError, match="Thing: __search__ names visible fields of text"):
        build_catalog((*DOMAINS, domain("odd_things", HEAD + body, monkeypatch)))


def test_language_of_a_search_is_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    body = (
        "    __access__ = Access(read=Role.VIEWER)\n    __search__ = Search('name', language=\"it's\")\n    name: str"
    )
    with pytest.raises(DeclarationError, match="is no text search configuration"):
        build_catalog((*DOMAINS, domain("odd_things", HEAD + body, monkeypatch)))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    __access__ = Access(read=Role.VIEWER)", "Thing: SoftDelete is for rows of a tenant that somebody may"),
        (
            "    __access__ = Access(read=Role.VIEWER, write=Role.ADMIN)\n    __append_only__ = True",
            "Thing: SoftDelete is for rows of a tenant",
        ),
        (
            "    __access__ = Access(read=Role.VIEWER, write=Role.ADMIN)\n    __audit__ = Audit.EVERY_STATEMENT",
            "Thing: of a whole statement, the audit log could not tell what it deleted",
        ),
        (
            "    __access__ = Access(read=Role.VIEWER, write=Role.ADMIN)\n    __retention_days__ = -1",
            "Thing: __retention_days__ are none, or some",
        ),
    ],
)
def test_what_is_deleted_and_kept_is_told_by_row_and_deleted_by_somebody(
    body: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = "from app.model import Access, Audit, Role, SoftDelete, TenantEntity\n"
    odd = domain("odd_things", f"{head}class Thing(TenantEntity, SoftDelete):\n{body}", monkeypatch)
    with pytest.raises(DeclarationError, match=said):
        build_catalog((*DOMAINS, odd))
