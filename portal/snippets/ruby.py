"""Ruby with nothing installed."""

from collections.abc import Mapping
from typing import Any

from portal.snippets.literals import RUBY


def ruby(
    *,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    key_variable: str = "",
) -> str:
    """One POST as a program. The key comes from the environment, out of `key_variable`."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    lines = [f"  {RUBY.string(name)} => {RUBY.string(each)},\n" for name, each in sent.items()]
    if key_variable:
        lines.append(f'  "Authorization" => "Bearer " + ENV.fetch({RUBY.string(key_variable)}),\n')
    return f"""\
require "json"
require "net/http"

event = {RUBY.value(body)}
headers = {{
{"".join(lines)}}}

answer = Net::HTTP.post(URI({RUBY.string(url)}), JSON.generate(event), headers)
puts "#{{answer.code}} #{{answer.body}}"
exit answer.is_a?(Net::HTTPSuccess)
"""
