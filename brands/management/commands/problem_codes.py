"""manage.py problem_codes: the table of codes for docs/partners.md, from the code itself."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from brands.http.problems import CODES
from brands.http.remedies import REMEDIES

BEGIN, END = "<!-- codes: written by manage.py problem_codes -->\n", "<!-- /codes -->\n"


class Command(BaseCommand):
    help = "Print the table of the API's codes, or write it into a document between its two marks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("document", nargs="?", type=Path, help="such as docs/partners.md")

    def handle(self, *, document: Path | None = None, **_options: Any) -> None:
        if document is None:
            self.stdout.write(table())
        else:
            document.write_text(with_table(document.read_text()))


def table() -> str:
    lines = [f"| `{code}` | {status} | {REMEDIES[code]} |\n" for code, (status, _) in CODES.items()]
    return "".join(["| code | status | what to do |\n", "|---|---|---|\n", *lines])


def with_table(text: str) -> str:
    """The document with today's table between the marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"
