"""What the operator can mend, said in one sentence instead of a traceback."""


class Trouble(Exception):
    """Something outside the code is wrong; the message says what, and what to do."""
