"""axe-core, from npm: what a program can say about a page's accessibility."""

from typing import Any

from playwright.sync_api import Page

from tests.servers import node_package

SERIOUS = {"serious", "critical"}
RUN = """
async (rules) => {
  const found = await axe.run(document, {
    resultTypes: ["violations"],
    ...(rules ? { runOnly: { type: "rule", values: rules } } : {}),
  });
  return found.violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help, at: nodes.slice(0, 5).map((node) => `${node.target} ${node.failureSummary}`),
  }));
}
"""


def source() -> str:
    """The library's script."""
    return (node_package("axe-core") / "axe.min.js").read_text()


def violations(page: Page, script: str, *, rules: list[str] | None = None) -> list[str]:
    """What is seriously wrong with the page as it stands, a line for each."""
    # Evaluated from outside, so the page's own policy stays as it is.
    if not page.evaluate("'axe' in window"):
        page.evaluate(script)
    found: list[dict[str, Any]] = page.evaluate(RUN, rules)
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {each['at']}"
        for each in found
        if each["impact"] in SERIOUS
    ]
