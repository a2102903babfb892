"""A short, private folder for a server's Unix socket, the same one at every start."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from portal.trouble import Trouble

LONGEST = 107  # what the kernel takes as a socket's path, in bytes


def socket_folder(folder: Path, *, longest_name: str) -> Path:
    """Where the socket of the server in `folder` lives. The data folder itself may be too deep."""
    digest = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]
    for base in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - private, see make_private
        path = Path(base) / f"resonance-{os.getuid()}-{digest}"
        if len(os.fsencode(path / longest_name)) <= LONGEST:
            return path
    raise Trouble("No folder for sockets has a path that is short enough: set TMPDIR to one.")


def make_private(path: Path) -> None:
    """Make the folder with mode 0700, and refuse one that somebody else has put there."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Trouble(f"{path} is not a private folder of yours: remove it and start again.")
