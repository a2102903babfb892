"""The API described for machines (OpenAPI 3.1) and for people. Read when it is asked for, never on a call's way."""
