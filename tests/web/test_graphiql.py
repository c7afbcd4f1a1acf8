"""GraphiQL in a real browser whose network ends at loopback, in front of the real demo."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Page, Request, async_playwright, expect

from tests.processes import running

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
HEADLINE = """
query Headline {
  user(by: { email: "owner@acme.example" }) {
    email
    tenant { name }
    connections(first: 2) {
      nodes { provider status syncJobs(orderBy: [{ startedAt: DESC }], first: 5) { nodes { status } } }
    }
  }
}
"""
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="there is no Chromium here; .ci/run installs one"
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo, served by its own process."""
    folder = tmp_path_factory.mktemp("demo")
    with running("demo", cwd=folder, log=folder / "log") as url:
        yield url


async def test_engineer_runs_the_headline_query_without_internet(demo: str, tmp_path: Path) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("console", lambda message: _keep_errors(complaints, message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _keep_foreign(asked, request, demo))
        await page.goto(f"{demo}/graphql")
        await page.wait_for_selector(".graphiql-query-editor .view-line")
        await _assert_demo_token_is_in_the_headers(page)
        await _run(page, HEADLINE)
        result = page.locator("section.result-window")
        await expect(result).to_contain_text("owner@acme.example")
        await expect(result).to_contain_text("Acme")
        await expect(result).to_contain_text("COMPLETED")
        await page.screenshot(path=os.environ.get("GRAPHIQL_SCREENSHOT", str(tmp_path / "graphiql.png")))
        await page.click('button[aria-label="Show Documentation Explorer"]')
        await expect(page.locator(".graphiql-doc-explorer")).to_contain_text("Query")
        await browser.close()
    assert complaints == []
    assert asked == []


def _keep_errors(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        complaints.append(message.text)


def _keep_foreign(asked: list[str], request: Request, url: str) -> None:
    if not request.url.startswith((url, "data:", "blob:")):
        asked.append(request.url)


async def _assert_demo_token_is_in_the_headers(page: Page) -> None:
    await page.click('.graphiql-editor-tools button[data-name="headers"]')
    editor = 'section.graphiql-editor-tool[aria-label="Headers"] .graphiql-editor:not(.hidden) .view-lines'
    await expect(page.locator(editor)).to_contain_text("Bearer")


async def _run(page: Page, query: str) -> None:
    await page.click(".graphiql-query-editor .view-lines")
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(query)
    # GraphiQL takes note of the operation a moment after it is typed.
    await expect(page.locator(".graphiql-tab-active")).to_contain_text("Headline")
    await page.click("button.graphiql-execute-button")
