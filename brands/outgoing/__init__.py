"""Requests to addresses that a partner chose: what may be asked, and how."""

from brands.outgoing.client import Failure, Reply, get, post
from brands.outgoing.resolver import CannotResolve, Resolve, resolve
from brands.outgoing.target import RefusedTarget, Target, parse_target, reachable
from brands.outgoing.turns import NoTurn, turn

__all__ = [
    "CannotResolve",
    "Failure",
    "NoTurn",
    "RefusedTarget",
    "Reply",
    "Resolve",
    "Target",
    "get",
    "parse_target",
    "post",
    "reachable",
    "resolve",
    "turn",
]
