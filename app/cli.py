"""The `bulkhead` command."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from graphql import GraphQLError
from rich.console import Console

from app.errors import BulkheadError, StartRefused
from app.local import owner_url, with_database
from app.model import Role
from app.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
audit = typer.Typer(no_args_is_help=True)
app.add_typer(audit, name="audit", help="Seal the audit log, and see whether anybody rewrote it.")
keys = typer.Typer(no_args_is_help=True)
app.add_typer(keys, name="keys", help="The keys that secrets are sealed with.")
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

SCHEMA_FILE = Path("schema.graphql")
DEMO_CALLERS = ("owner", "viewer")

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65_535)]
Tenant = Annotated[str, typer.Option(help="Slug or id of the tenant.")]
OneTenant = Annotated[str | None, typer.Option("--tenant", help="Slug or id of one tenant; else all of them.")]


@app.callback()
def about() -> None:
    """A GraphQL gateway for multi-tenant Postgres, whose tenants the database itself keeps apart."""


@app.command()
def demo(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve three demo tenants, and print how to reach them."""
    from app.demo.callers import load_and_introduce
    from app.server import checked_app
    from app.web.logs import configure_logs
    from app.web.serving import made_to_last, serve_app

    settings = with_database(Settings())
    configure_logs(settings.log_level)
    _bring_up_to_date(settings)
    tokens = asyncio.run(load_and_introduce(settings, DEMO_CALLERS))
    with made_to_last():
        application = checked_app(settings, demo_token=tokens[0].token if tokens else None)
    out.print(f"\nGraphiQL and the API:  [bold]http://{host}:{port}/graphql[/]\n")
    for caller in tokens:
        out.print(f"[bold]{caller.tenant}[/]  {caller.email}\n[dim]{caller.token}[/]\n", highlight=False)
    serve_app(application, settings, host, port)


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(help="Processes to serve from.", min=1)] = 1,
) -> None:
    """Serve the gateway: from DATABASE_URL, or from an embedded Postgres without it."""
    from app.server import check_start, checked_app
    from app.web.logs import configure_logs
    from app.web.serving import made_to_last, serve_app, serve_workers

    settings = Settings()
    configure_logs(settings.log_level)
    if settings.database_url is None:
        settings = with_database(settings)
        _bring_up_to_date(settings)
    if workers == 1:
        with made_to_last():
            application = checked_app(settings)
        serve_app(application, settings, host, port)
    else:
        check_start(settings)  # said here, a refusal is a line for people; a worker can only log it
        serve_workers(settings, host, port, workers)


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision, as its owner."""
    from app.db.migrations import migrate as run_migrations
    from app.db.revision import head_revision

    run_migrations(owner_url(_with_owner()))
    out.print(f"The database is at revision {head_revision()}.")


@app.command()
def revision(message: Annotated[str, typer.Argument(help="What changes, in a few words.")]) -> None:
    """Write the migration that brings the database to what is declared."""
    from app.db.revisions import write_revision

    path = asyncio.run(write_revision(owner_url(with_database(Settings())), message))
    out.print(f"Wrote {path}: read it, then run `bulkhead migrate`." if path else "Nothing has changed.")


@app.command()
def token(
    tenant: Tenant,
    user: Annotated[str | None, typer.Option(help="Address of a user of the tenant.")] = None,
    role: Annotated[Role | None, typer.Option(help="A role; without --user, nobody's in particular.")] = None,
) -> None:
    """Print a token for development, good for eight hours."""
    from app.demo.callers import introduce

    if user is None and role is None:
        _fail("Say who asks: --user owner@acme.example, or --role VIEWER.")
    typer.echo(asyncio.run(introduce(with_database(Settings()), tenant, user, role)))


@app.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="Only say whether schema.graphql is up to date.")] = False,
) -> None:
    """Write schema.graphql from the declarations."""
    from app.catalog import build_catalog
    from app.domains import DOMAINS
    from app.graph.schema import build_schema, print_sdl

    sdl = print_sdl(build_schema(build_catalog(DOMAINS)))
    if not check:
        SCHEMA_FILE.write_text(sdl)
        out.print(f"Wrote {SCHEMA_FILE}.")
    elif not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text() != sdl:
        _fail(f"{SCHEMA_FILE} is not what the declarations say: run `bulkhead schema`.")


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A GraphQL document.", exists=True, dir_okay=False)],
    tenant: Tenant,
    role: Annotated[Role, typer.Option(help="The caller's role.")] = Role.OWNER,
    variables: Annotated[str, typer.Option(help="Variables, as JSON.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which operation of the document.")] = None,
) -> None:
    """Print an operation's plan, its SQL, and Postgres's EXPLAIN of it. Nothing is executed."""
    from app.explain import explain_document

    settings = with_database(Settings())
    asyncio.run(explain_document(out, settings, file.read_text(), variables, operation, tenant, role))


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Check the isolation rules against the live database; exit 1 when there is a hole."""
    from app.isolation.examination import examine_database, print_report

    report = asyncio.run(examine_database(with_database(Settings())))
    if json:
        out.print_json(data=report.as_json())
    else:
        print_report(out, report)
    if not report.clean:
        raise typer.Exit(1)


@keys.command()
def new(name: Annotated[str | None, typer.Option(help="Its name; the day's date without it.")] = None) -> None:
    """Print a new master key, to be put first in BULKHEAD_MASTER_KEYS."""
    from app.vault.masters import new_master_key

    typer.echo(new_master_key(name))


@keys.command()
def rotate() -> None:
    """Give every tenant a new data key, and seal its secrets anew; exit 1 when some cannot be opened."""
    from app.vault.command import rotate_all

    if not asyncio.run(rotate_all(out, _with_owner())):
        raise typer.Exit(1)


@app.command()
def purge() -> None:
    """Delete for good what was deleted longer ago than its entity keeps it."""
    from app.purge import print_purged, purge_database

    print_purged(out, asyncio.run(purge_database(_with_owner())))


@audit.command()
def seal(tenant: OneTenant = None) -> None:
    """Seal what the audit log holds and no seal covers yet, tenant by tenant."""
    from app.audit.command import seal_logs

    asyncio.run(seal_logs(out, _with_owner(), tenant))


@audit.command()
def verify(
    tenant: OneTenant = None,
    head: Annotated[str | None, typer.Option(help="Head of the tenant's log that was noted elsewhere.")] = None,
) -> None:
    """Name what was altered, is missing or was inserted in each audit log since it was sealed; then exit 1."""
    from app.audit.command import verify_logs

    if head is not None and tenant is None:
        _fail("Say whose head it is: --tenant acme.")
    if not asyncio.run(verify_logs(out, _with_owner(), tenant, head)):
        raise typer.Exit(1)


@audit.command()
def sign(tenant: OneTenant = None) -> None:
    """Sign the seals that BULKHEAD_SEAL_KEY has not signed: for seals from before there was a key, or this one."""
    from app.audit.command import sign_logs

    if not asyncio.run(sign_logs(out, _with_owner(), tenant)):
        raise typer.Exit(1)


def _with_owner() -> Settings:
    """The settings, with a login that may become the owner: the one that is set, else the embedded Postgres's."""
    settings = Settings()
    return settings if settings.owner_url else with_database(settings)


def _bring_up_to_date(settings: Settings) -> None:
    """Migrates a database that is behind; one that is not costs no import of Alembic."""
    from app.db.revision import is_at_head

    if not asyncio.run(is_at_head(owner_url(settings))):
        from app.db.migrations import migrate as run_migrations

        run_migrations(owner_url(settings))


def main() -> None:
    """Runs the command; an error of ours is a line, not a traceback."""
    try:
        app()
    except (BulkheadError, GraphQLError, StartRefused) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    err.print(f"[red]{message}[/]", highlight=False)
    sys.exit(1)
