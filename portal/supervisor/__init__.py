"""`manage.py up`: every process of one installation, started, watched and ended together."""
