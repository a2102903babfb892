"""Start the whole of Resonance on this machine, and end it together."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.environment import add_up_arguments, up_options
from portal.supervisor.up import Up


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks: list[str] = []  # they would cost every start a second

    def add_arguments(self, parser: CommandParser) -> None:
        add_up_arguments(parser)

    def handle(self, *_args: Any, **_options: Any) -> None:
        # Read as before Django was loaded, so that both know the same port and folder.
        Up(up_options(sys.argv[2:])).run()
