"""PHP 7 or newer with its curl extension."""

from collections.abc import Mapping
from typing import Any

from portal.snippets.literals import PHP


def php(
    *,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    key_variable: str = "",
) -> str:
    """One POST as a program. The key comes from the environment, out of `key_variable`."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    lines = [f"        {PHP.string(f'{name}: {each}')},\n" for name, each in sent.items()]
    if key_variable:
        lines.append(f'        "Authorization: Bearer " . getenv({PHP.string(key_variable)}),\n')
    return f"""\
<?php
$event = {PHP.value(body)};

$call = curl_init({PHP.string(url)});
curl_setopt_array($call, [
    CURLOPT_POST => true,
    CURLOPT_HTTPHEADER => [
{"".join(lines)}    ],
    CURLOPT_POSTFIELDS => json_encode($event, JSON_THROW_ON_ERROR),
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 10,
]);
$answer = curl_exec($call);
if ($answer === false) {{
    fwrite(STDERR, "Resonance was not reached: " . curl_error($call) . "\\n");
    exit(1);
}}
$status = curl_getinfo($call, CURLINFO_RESPONSE_CODE);
echo $status, " ", $answer, "\\n";
exit($status < 300 ? 0 : 1);
"""
