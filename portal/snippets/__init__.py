"""The call in other people's languages, filled in, to be pasted and run."""

from collections.abc import Callable
from dataclasses import dataclass

from portal.snippets.browser import browser
from portal.snippets.curl import curl
from portal.snippets.go import go
from portal.snippets.node import node
from portal.snippets.php import php
from portal.snippets.python import python
from portal.snippets.ruby import ruby

__all__ = ["KEY_VARIABLE", "LANGUAGES", "Language", "curl"]

# Where a program finds the secret key: it is never written into a page.
KEY_VARIABLE = "RESONANCE_KEY"


@dataclass(frozen=True, slots=True)
class Language:
    """`how` says how to run what `write` gives; `keyed`: whether it may have a secret key."""

    key: str
    name: str
    how: str
    write: Callable[..., str]
    keyed: bool = True


LANGUAGES = {
    language.key: language
    for language in (
        Language("curl", "curl", "Paste it into a terminal.", curl),
        Language("python", "Python", "Save it as event.py, then: python3 event.py", python),
        Language(
            "node", "Node", "Node 18 or newer. Save it as event.js, then: node event.js", node
        ),
        Language("php", "PHP", "Save it as event.php, then: php event.php", php),
        Language("ruby", "Ruby", "Save it as event.rb, then: ruby event.rb", ruby),
        Language("go", "Go", "Save it as event.go, then: go run event.go", go),
        Language(
            "browser",
            "Browser",
            "Put it into a page on one of your domains; its console shows the answer.",
            browser,
            keyed=False,
        ),
    )
}
