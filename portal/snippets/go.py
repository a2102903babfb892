"""Go 1.18 or newer with nothing installed."""

from collections.abc import Mapping
from typing import Any

from portal.snippets.literals import GO


def go(
    *,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    key_variable: str = "",
) -> str:
    """One POST as a program. The key comes from the environment, out of `key_variable`."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    lines = [
        f"\tcall.Header.Set({GO.string(name)}, {GO.string(each)})\n" for name, each in sent.items()
    ]
    if key_variable:
        key = f'"Bearer "+os.Getenv({GO.string(key_variable)})'
        lines.append(f'\tcall.Header.Set("Authorization", {key})\n')
    return f"""\
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {{
	event := {GO.value(body, 1)}
	body, err := json.Marshal(event)
	if err != nil {{
		log.Fatal(err)
	}}
	call, err := http.NewRequest("POST", {GO.string(url)}, bytes.NewReader(body))
	if err != nil {{
		log.Fatal(err)
	}}
{"".join(lines)}	answer, err := http.DefaultClient.Do(call)
	if err != nil {{
		log.Fatal("Resonance was not reached: ", err)
	}}
	said, err := io.ReadAll(answer.Body)
	if err != nil {{
		log.Fatal(err)
	}}
	fmt.Println(answer.StatusCode, string(said))
	if answer.StatusCode >= 300 {{
		os.Exit(1)
	}}
}}
"""
