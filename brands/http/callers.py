"""Who is calling: the brand, and how well the caller has proved to be it."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from brands import services as brands
from brands.http import hosts, limits, signatures
from brands.http.claims import Claims, Named
from brands.http.directory import directory
from brands.http.problems import Problem
from brands.models import Scope, Trust
from brands.queries import BrandFacts

NOTHING = Named()


@dataclass(frozen=True, slots=True)
class Wants:
    """What a call asks of its caller. `current`: it only reads, so it checks the version by itself."""

    scope: Scope | None = None
    open_too: bool = True
    least_trust: bool = False
    domain: bool = True
    current: bool = False


REPORTING = Wants(scope=Scope.EVENTS_WRITE, least_trust=True)
REPORTING_PROVED = Wants(scope=Scope.EVENTS_WRITE, least_trust=True, open_too=False)
READING_EVENTS = Wants(scope=Scope.EVENTS_READ, open_too=False, current=True)
READING_WALLETS = Wants(scope=Scope.WALLETS_READ, open_too=False, current=True)
LOOKING = Wants(domain=False, current=True)


@dataclass(frozen=True, slots=True)
class Proof:
    """A credential that held."""

    brand: BrandFacts
    trust: Trust
    scopes: frozenset[str]
    key_id: int | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling. `address` is the network that the limits count; `webhook_id` a signed call's key."""

    brand: BrandFacts
    trust: Trust
    scopes: frozenset[str]
    key_id: int | None
    address: str
    webhook_id: str | None

    @property
    def proved(self) -> bool:
        return self.trust is not Trust.OPEN


def identify(
    claims: Claims, raw: bytes, wants: Wants, *, now: datetime, named: Named = NOTHING
) -> Caller:
    """The caller. A refusal never rests on configuration that has changed since it was read.

    A credential that fails is refused; the call is never taken for an open one. Raises Problem.
    """
    search = Search(claims, raw, wants, now)
    try:
        return search.caller(named)
    except Problem as problem:
        if problem.code == "rate_limited":
            raise
        limits.limiter().fail(claims.address)
        if not search.rested_on_old_facts():
            raise search.about(problem) from None
    again = Search(claims, raw, wants, now)
    try:
        return again.caller(named)
    except Problem as problem:
        raise again.about(problem) from None


def play(
    *,
    brand_id: int,
    trust: Trust,
    claims: Claims,
    wants: Wants,
    now: datetime,
    named: Named = NOTHING,
) -> Caller:
    """The caller that one of the brand's own team plays: the credential is taken for granted, with every
    scope, and all else is checked as of any caller. Raises Problem.
    """
    brand = directory.current(directory.refresh(brand_id))
    if brand is None:
        raise unknown()
    proof = None if trust is Trust.OPEN else Proof(brand, trust, frozenset(Scope.values))
    return Search(claims, b"", wants, now).admitted(brand, proof, named)


@dataclass
class Search:
    """One attempt to say who is calling, and the brands that it looked at."""

    claims: Claims
    raw: bytes
    wants: Wants
    now: datetime
    looked_at: list[BrandFacts] = field(default_factory=list)

    def caller(self, named: Named) -> Caller:
        proof = self.proof()
        names = [*self.claims.names, *([] if named.brand_id is None else [named.brand_id])]
        brand = proof.brand if proof else self.named_brand(names)
        if any(not same(name, brand.public_id) for name in names):
            raise unknown()
        return self.admitted(brand, proof, named)

    def admitted(self, brand: BrandFacts, proof: Proof | None, named: Named) -> Caller:
        """The caller, where the brand takes its calls."""
        if not brand.active:
            raise unknown()
        if proof is None and self.wants.domain:
            check_domain(brand, self.claims, named.domain)
        check_rights(brand, proof, self.wants)
        return Caller(
            brand=brand,
            trust=proof.trust if proof else Trust.OPEN,
            scopes=proof.scopes if proof else frozenset(),
            key_id=proof.key_id if proof else None,
            address=self.claims.address,
            webhook_id=self.claims.webhook.get("webhook-id"),
        )

    def proof(self) -> Proof | None:
        """The credential, where one was sent. Raises brand_unknown where it fails."""
        by_key = self.proof_by_key() if self.claims.authorization is not None else None
        if not self.claims.webhook:
            return by_key
        brand = by_key.brand if by_key else self.signing_brand()
        secrets = [
            each.secret for each in (brand.secrets if brand else ()) if self.lives(each.expires_at)
        ]
        if not signatures.holds(self.raw, self.claims.webhook, secrets) or brand is None:
            raise unknown()
        scopes = by_key.scopes if by_key else frozenset[str]()
        key_id = by_key.key_id if by_key else None
        return Proof(brand, Trust.SIGNED, scopes | {Scope.EVENTS_WRITE}, key_id)

    def proof_by_key(self) -> Proof:
        scheme, _, secret = (self.claims.authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise unknown()
        digest = brands.key_digest(secret.strip())
        brand = self.found(directory.by_digest(digest, self.guard))
        for key in brand.keys if brand else ():
            if hmac.compare_digest(key.digest, digest) and self.lives(key.expires_at) and brand:
                return Proof(brand, Trust.KEY, key.scopes, key.id)
        raise unknown()

    def lives(self, expires_at: datetime | None) -> bool:
        return expires_at is None or expires_at > self.now

    def signing_brand(self) -> BrandFacts | None:
        """Header, query or domain say whose secret to try: the body is not parsed yet."""
        try:
            return self.named_brand(list(self.claims.names))
        except Problem as problem:
            if problem.code != "brand_unknown":
                raise
            return None

    def named_brand(self, names: list[str]) -> BrandFacts:
        """The brand that a call means that proves nothing. Raises brand_required, brand_unknown."""
        if names:
            brand = directory.by_public_id(names[0], self.guard)
        elif (by_host := self.by_host()) is not None:
            brand = by_host
        elif self.claims.origin is None and settings.RESONANCE_DEFAULT_BRAND:
            brand = directory.by_public_id(settings.RESONANCE_DEFAULT_BRAND, self.guard)
        else:
            raise required()
        if (brand := self.found(brand)) is None:
            raise unknown()
        return brand

    def by_host(self) -> BrandFacts | None:
        """The brand that has verified the domain in Origin, or where there is none, in Referer."""
        if self.claims.origin is not None:
            host = hosts.of_origin(self.claims.origin)
        elif self.claims.referer is not None:
            host = hosts.of_referer(self.claims.referer)
        else:
            return None
        return directory.by_host(host, self.guard) if host else None

    def found(self, brand: BrandFacts | None) -> BrandFacts | None:
        if self.wants.current:
            brand = directory.current(brand)
        if brand:
            self.looked_at.append(brand)
        return brand

    def guard(self) -> None:
        limits.limiter().look_at_failures(self.claims.address)

    def about(self, problem: Problem) -> Problem:
        """The refusal, with the brand that was meant where it is one only."""
        if len({brand.id for brand in self.looked_at}) == 1:
            problem.brand = self.looked_at[0]
        return problem

    def rested_on_old_facts(self) -> bool:
        if self.wants.current:
            return False
        now_there = [directory.current(brand) for brand in self.looked_at]
        return any(new is not old for new, old in zip(now_there, self.looked_at, strict=True))


def check_rights(brand: BrandFacts, proof: Proof | None, wants: Wants) -> None:
    """Raises trust_too_low, scope_missing."""
    trust = proof.trust if proof else Trust.OPEN
    least = brand.least_trust if wants.least_trust else Trust.OPEN
    if proof is None and not wants.open_too:
        least = Trust.KEY
    if trust.rank < least.rank:
        raise trust_too_low(least)
    if proof and wants.scope and wants.scope not in proof.scopes:
        raise Problem("scope_missing", f"Use a key with the scope {wants.scope.value}.")


def check_domain(brand: BrandFacts, claims: Claims, domain: str | None) -> None:
    """A filter on what open calls say of themselves. Raises domain_mismatch, domain_required."""
    said = [
        *([] if claims.origin is None else [("Origin", hosts.of_origin(claims.origin))]),
        *([] if claims.referer is None else [("Referer", hosts.of_referer(claims.referer))]),
        *([] if domain is None else [("domain", hosts.of_domain(domain))]),
    ]
    for where, host in said:
        if host is None or not hosts.belongs(host, brand.domains):
            raise Problem(
                "domain_mismatch",
                f"{where} does not name one of the brand's domains: add the domain in the brand's "
                "settings, or call from your backend with a secret key.",
            )
    if brand.domain_required and not said:
        raise Problem("domain_required", "Send the domain that the event comes from as domain.")


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())


def unknown() -> Problem:
    """One answer for all of it, so that nobody learns which brands exist."""
    return Problem(
        "brand_unknown",
        "Check the brand id and the key or signature: all that a call sends must hold, for one and the same active brand.",
    )


def required() -> Problem:
    return Problem(
        "brand_required",
        "Say which brand: send a secret key, or the brand id in X-Resonance-Brand or as brand_id "
        "(a signed call: in the header or as ?brand_id=).",
    )


def trust_too_low(least: Trust) -> Problem:
    return Problem("trust_too_low", TRUST_WANTED[least])


TRUST_WANTED = {
    Trust.OPEN: "Name the brand.",
    Trust.KEY: "Send a secret key: Authorization: Bearer rsk_….",
    Trust.SIGNED: "Sign the call: send webhook-id, webhook-timestamp and webhook-signature.",
}
