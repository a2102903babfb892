"""A page of the brand. Everybody reads a page, so there is never a key in it."""

from collections.abc import Mapping
from typing import Any

from portal.snippets.literals import JAVASCRIPT


def browser(
    *,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    key_variable: str = "",
) -> str:
    """One POST as a script of a page on one of the brand's domains."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    lines = [f"{JAVASCRIPT.string(name)}: {JAVASCRIPT.string(each)}" for name, each in sent.items()]
    return f"""\
<script type="module">
const event = {JAVASCRIPT.value(body)};

const answer = await fetch({JAVASCRIPT.string(url)}, {{
  method: "POST",
  headers: {{ {", ".join(lines)} }},
  body: JSON.stringify(event),
}});
console.log(answer.status, await answer.text());
if (!answer.ok) throw new Error("Resonance answered " + answer.status);
</script>
"""
