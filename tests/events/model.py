"""An independent model of what events earn: history in a list, questions to it, no counters, no windows.

It knows nothing of the code it is compared with, but the shapes of what goes in. Events are answered one by
one, in their order; that is what a batch must amount to as well.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from brands.models import Trust
from events.models import Cooldown
from events.services import Submission, Terms

HOUR = timedelta(hours=1)
TRUST = [Trust.OPEN, Trust.KEY, Trust.SIGNED]
Person = tuple[bool, str]


@dataclass
class ModelBrand:
    id: int
    zone: ZoneInfo
    open_person_daily: int
    open_brand_daily: int
    open_new_wallets_hourly: int


@dataclass
class ModelType:
    terms: Terms
    active: bool = True
    least_trust: Trust = Trust.OPEN


@dataclass(frozen=True)
class Answer:
    """What the caller is told. `person` is None where no wallet was made."""

    status: str
    reason: str
    amount: int
    balance: int | None
    next_eligible_at: datetime | None
    created: bool
    request_id: str
    person: Person | None
    replayed: bool = False


@dataclass(frozen=True)
class Refused:
    """Nothing is recorded: UnknownEvent, TrustTooLow, KeyReused."""

    why: str


@dataclass(frozen=True)
class Paid:
    person: Person
    brand: int
    name: str
    amount: int
    judged_at: datetime
    received_at: datetime
    proved: bool
    business_key: str | None


@dataclass
class Model:
    brands: dict[int, ModelBrand] = field(default_factory=dict)
    types: dict[tuple[int, str], ModelType] = field(default_factory=dict)
    balances: dict[Person, int] = field(default_factory=dict)
    paid: list[Paid] = field(default_factory=list)
    # Wallets that anonymous clients made: client, world, hour.
    made: list[tuple[str, bool, datetime]] = field(default_factory=list)
    keys: dict[tuple[Any, ...], tuple[Any, Answer]] = field(default_factory=dict)
    recorded: int = 0

    def report(self, brand: int, submission: Submission) -> Answer | Refused:
        kind = self.types.get((brand, submission.name))
        if kind is None:
            return Refused("UnknownEvent")
        if TRUST.index(submission.trust) < TRUST.index(kind.least_trust):
            return Refused("TrustTooLow")
        sent = submission
        same = (sent.name, sent.address, sent.metadata, sent.occurred_at)
        slot = (brand, submission.idempotency_key, submission.test, proved(submission))
        if submission.idempotency_key and slot in self.keys:
            first, answer = self.keys[slot]
            return replace(answer, replayed=True) if first == same else Refused("KeyReused")
        answer = self.judge(self.brands[brand], kind, submission)
        self.recorded += 1
        if submission.idempotency_key:
            self.keys[slot] = (same, answer)
        return answer

    def judge(self, brand: ModelBrand, kind: ModelType, submission: Submission) -> Answer:
        wanted: Person = (submission.test, submission.address)
        created = self.open_wallet(brand, wanted, submission)
        person = wanted if wanted in self.balances else None
        status, reason, again = Case(self, brand, kind.terms, submission, person).verdict(
            active=kind.active
        )
        amount = kind.terms.amount if status == "rewarded" else 0
        if person and amount:
            self.balances[person] += amount
            self.paid.append(
                Paid(
                    person=person,
                    brand=brand.id,
                    name=submission.name,
                    amount=amount,
                    judged_at=judged(submission),
                    received_at=submission.received_at,
                    proved=proved(submission),
                    business_key=business_key(kind.terms, submission),
                )
            )
        return Answer(
            status=status,
            reason=reason,
            amount=amount,
            balance=self.balances[person] if person else None,
            next_eligible_at=again if again and again > submission.received_at else None,
            created=created,
            request_id=submission.request_id,
            person=person,
        )

    def open_wallet(self, brand: ModelBrand, person: Person, submission: Submission) -> bool:
        """Make the wallet where there is none and the client may. True if it was made."""
        if person in self.balances:
            return False
        if not proved(submission):
            making = (submission.client, submission.test, hour_of(submission.received_at))
            if self.made.count(making) >= brand.open_new_wallets_hourly:
                return False
            self.made.append(making)
        self.balances[person] = 0
        return True


@dataclass(frozen=True)
class Case:
    """One event of one person before the history as it stands."""

    model: Model
    brand: ModelBrand
    terms: Terms
    submission: Submission
    person: Person | None

    def verdict(self, *, active: bool) -> tuple[str, str, datetime | None]:
        """Status, reason, and from when the person can earn this again."""
        if not active:
            return "no_reward", "event_type_off", None
        if self.terms.business_key and business_key(self.terms, self.submission) is None:
            return "no_reward", "business_key_missing", None
        if self.key_is_taken():
            return "duplicate", "", None
        last = max((each.judged_at for each in self.mine()), default=None)
        if last is not None and self.blocks(last):
            return "cooldown", "", self.free_after(last)
        if self.person is None:
            return "capped", "open_new_wallets", hour_of(self.submission.received_at) + HOUR
        exceeded = self.exceeded(1)
        if exceeded:
            return "capped", exceeded[0][0], exceeded[0][1]
        return "rewarded", "", self.after_reward(last)

    def mine(self) -> list[Paid]:
        """What this person has earned by this rule."""
        return [
            each
            for each in self.model.paid
            if (each.person, each.brand, each.name)
            == (self.person, self.brand.id, self.submission.name)
        ]

    def key_is_taken(self) -> bool:
        value = business_key(self.terms, self.submission)
        return value is not None and any(
            each.business_key == value and (each.proved or each.person == self.person)
            for each in self.model.paid
            if (each.brand, each.name, each.person[0])
            == (self.brand.id, self.submission.name, self.submission.test)
        )

    def blocks(self, last: datetime) -> bool:
        now = judged(self.submission)
        match self.terms.cooldown:
            case Cooldown.NONE:
                return False
            case Cooldown.EVER:
                return True
            case Cooldown.ROLLING:
                return last + timedelta(seconds=self.terms.cooldown_seconds or 0) > now
        return self.window(last) >= self.window(now)

    def free_after(self, last: datetime) -> datetime | None:
        """The end of the cooldown that began at `last`, for somebody who asks on arrival."""
        match self.terms.cooldown:
            case Cooldown.NONE | Cooldown.EVER:
                return None
            case Cooldown.ROLLING:
                return last + timedelta(seconds=self.terms.cooldown_seconds or 0)
        current = self.window(max(judged(self.submission), self.submission.received_at))
        return first_moment(current[1], self.brand.zone) if self.window(last) >= current else None

    def after_reward(self, last: datetime | None) -> datetime | None:
        now = judged(self.submission)
        free = self.free_after(max(now, last or now))
        if self.terms.cooldown not in {Cooldown.NONE, Cooldown.ROLLING} and free is None:
            return None
        moments = [free, *(until for reason, until in self.exceeded(2) if reason != BRAND)]
        return max((each for each in moments if each), default=None)

    def exceeded(self, times: int) -> list[tuple[str, datetime]]:
        """Limits that so many rewards more would break, in the order in which they are named."""
        asked = times * self.terms.amount
        day = self.day(judged(self.submission))
        today = self.day(self.submission.received_at)
        found = []
        cap = self.terms.person_daily_cap
        used = sum(each.amount for each in self.mine() if self.day(each.judged_at) == day)
        if cap is not None and used + asked > cap:
            found.append(("rule_daily_cap", self.next_midnight(day)))
        if not proved(self.submission):
            opened = [
                each
                for each in self.model.paid
                if each.brand == self.brand.id
                and not each.proved
                and each.person[0] == self.submission.test
                and self.day(each.received_at) == today
            ]
            of_person = sum(each.amount for each in opened if each.person == self.person)
            if of_person + asked > self.brand.open_person_daily:
                found.append(("open_person_daily", self.next_midnight(today)))
            if sum(each.amount for each in opened) + asked > self.brand.open_brand_daily:
                found.append((BRAND, self.next_midnight(today)))
        return found

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.brand.zone).date()

    def next_midnight(self, day: date) -> datetime:
        return first_moment(day + timedelta(days=1), self.brand.zone)

    def window(self, moment: datetime) -> tuple[date, date]:
        """The first day of the calendar window of this moment, and that of the next one."""
        day = self.day(moment)
        match self.terms.cooldown:
            case Cooldown.DAY:
                return day, day + timedelta(days=1)
            case Cooldown.WEEK:
                monday = date.fromisocalendar(*day.isocalendar()[:2], 1)
                return monday, monday + timedelta(weeks=1)
        month = day.year * 12 + day.month
        return date(day.year, day.month, 1), date(month // 12, month % 12 + 1, 1)


BRAND = "open_brand_daily"


def proved(submission: Submission) -> bool:
    return submission.trust != Trust.OPEN


def judged(submission: Submission) -> datetime:
    if proved(submission) and submission.judge_at_occurred and submission.occurred_at:
        return submission.occurred_at
    return submission.received_at


def business_key(terms: Terms, submission: Submission) -> str | None:
    if not terms.business_key:
        return None
    value = submission.metadata.get(terms.business_key.removeprefix("metadata."))
    return f"{value}" if type(value) in {int, str} and f"{value}".strip() else None


def hour_of(moment: datetime) -> datetime:
    return moment - timedelta(seconds=moment.timestamp() % 3600)


def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """The first second whose local date is this day or a later one, by bisection."""
    before = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    low, high = 0, 60 * 60 * 60
    while high - low > 1:
        middle = (low + high) // 2
        local = (before + timedelta(seconds=middle)).astimezone(zone).date()
        low, high = (middle, high) if local < day else (low, middle)
    return before + timedelta(seconds=high)
