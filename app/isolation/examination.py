"""`bulkhead doctor`: examines the database that the settings name, and prints what was found.

In: settings.  Out: a report; a line for each check, and what to do about every hole.
"""

from rich.console import Console

from app.catalog import build_catalog
from app.domains import DOMAINS
from app.isolation.doctor import Report, Result, examine_at
from app.settings import Settings


async def examine_database(settings: Settings) -> Report:
    """Examines the database as the login that serves requests. Raises Unavailable when it cannot be reached."""
    assert settings.database_url is not None
    return await examine_at(settings.database_url, build_catalog(DOMAINS))


def print_report(out: Console, report: Report) -> None:
    """Prints a line for each check; below one that failed, what is wrong where, and the fix."""
    for result in report.results:
        _print_result(out, result)
    holes = len(report.findings)
    out.print(
        "\n[green]Every isolation rule holds.[/]" if report.clean else f"\n[red]{holes} hole{'s' * (holes > 1)}.[/]"
    )


def _print_result(out: Console, result: Result) -> None:
    mark = "[green]ok  [/]" if result.clean else "[red]HOLE[/]"
    rule = f"rule {result.check.rule}" if result.check.rule else "      "
    out.print(f"{mark}  [dim]{rule}[/]  {result.check.title}", highlight=False)
    for finding in result.findings:
        out.print(f"              [bold]{finding.object}[/]: {finding.problem}", highlight=False)
    if not result.clean:
        out.print(f"              [dim]why:[/] {result.check.why}", highlight=False)
        out.print(f"              [dim]fix:[/] {result.check.fix}", highlight=False)
