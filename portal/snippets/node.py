"""Node 18 or newer, with nothing installed."""

from collections.abc import Mapping
from typing import Any

from portal.snippets.literals import JAVASCRIPT


def node(
    *,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    key_variable: str = "",
) -> str:
    """One POST as a program. The key comes from the environment, out of `key_variable`."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    lines = [f"{JAVASCRIPT.string(name)}: {JAVASCRIPT.string(each)}" for name, each in sent.items()]
    if key_variable:
        key = f"process.env[{JAVASCRIPT.string(key_variable)}]"
        lines.append(f'"Authorization": "Bearer " + {key}')
    return f"""\
const event = {JAVASCRIPT.value(body)};

async function main() {{
  const answer = await fetch({JAVASCRIPT.string(url)}, {{
    method: "POST",
    headers: {{ {", ".join(lines)} }},
    body: JSON.stringify(event),
  }});
  console.log(answer.status, await answer.text());
  if (!answer.ok) process.exitCode = 1;
}}

main().catch((trouble) => {{
  console.error("Resonance was not reached:", trouble.message);
  process.exitCode = 1;
}});
"""
