"""An engine without a database: planning and rendering never need one."""

from app.catalog import Catalog
from app.db.database import Database, DatabaseOptions, RequestContext
from app.db.sqlstate import ErrorTranslator
from app.graph.execution import Compiled, Engine
from app.graph.running import Execution
from app.plan.planning import Limits
from tests.world import ACME


def offline_engine(catalog: Catalog) -> Engine:
    """An engine that cannot connect."""
    return Engine(catalog, Database("postgresql://nowhere", DatabaseOptions(), ErrorTranslator(catalog)), Limits())


def compiled(engine: Engine, query: str) -> Compiled:
    """What an operation compiles to for acme's owner."""
    return engine.prepare(query, {}, None, Execution(RequestContext(ACME.principal())))
