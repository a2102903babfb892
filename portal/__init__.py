"""The site: pages, sign-in, and what runs it all."""

import atexit
import gc

# Looking once more through all that a process has imported would take a third of its whole time, when it ends anyway.
atexit.register(gc.freeze)
