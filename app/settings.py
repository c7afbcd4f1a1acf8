"""The settings: one frozen object, read from the environment once. `.env.example` lists them all."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MiB = 1024 * 1024


class Settings(BaseSettings):
    """What an operator can set. Every name is `BULKHEAD_…` in the environment, but for DATABASE_URL."""

    model_config = SettingsConfigDict(
        env_prefix="BULKHEAD_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    owner_url: str | None = None
    data_dir: Path = Path(".bulkhead")

    jwt_secret: str | None = None
    jwt_public_key: str | None = None
    jwks_url: str | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None

    master_keys: str | None = Field(default=None, repr=False)

    pool_size: int = Field(default=10, ge=1, le=1000)
    pool_timeout_ms: int = Field(default=5_000, ge=1)
    statement_timeout_ms: int = Field(default=10_000, ge=1)
    tenant_connections: int | None = Field(default=None, ge=1)
    prepared_statements: Literal["auto", "on", "off"] = "auto"

    default_page_rows: int = Field(default=100, ge=1)
    max_page_rows: int = Field(default=1_000, ge=1)
    max_counted_rows: int = Field(default=10_000, ge=1)
    max_nodes: int = Field(default=200_000, ge=1)
    max_cost: int = Field(default=500_000, ge=1)
    max_body_bytes: int = Field(default=MiB, ge=1)
    max_document_characters: int = Field(default=100_000, ge=1)
    max_tokens: int = Field(default=10_000, ge=1)
    # The stack bounds the next two: graphql-core and the limits themselves follow brackets and fragments by recursion.
    max_nesting: int = Field(default=50, ge=1, le=100)
    max_definitions: int = Field(default=200, ge=1, le=300)
    max_aliases: int = Field(default=100, ge=0)
    max_root_fields: int = Field(default=20, ge=1)
    max_directives: int = Field(default=500, ge=0)
    max_selections: int = Field(default=5_000, ge=1, le=100_000)  # gone through one by one
    max_field_pairs: int = Field(default=10_000, ge=0)
    max_depth: int = Field(default=15, ge=1)

    audit_seal_seconds: int = Field(default=60, ge=0)
    seal_key: str | None = Field(default=None, min_length=16)

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    graphiql: bool = True
    shutdown_timeout_s: int = Field(default=10, ge=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`https://a.example,https://b.example` → a tuple."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
