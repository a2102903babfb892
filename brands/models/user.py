"""People who sign in, and what they may do for a brand."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    @transaction.atomic
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An account that somebody makes for another person, and so answers for the address."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        self.vouch_for(user)
        return user

    @transaction.atomic
    def vouch_for(self, user: "User") -> None:
        """Take the person's address for verified: signing in asks for no code."""
        addresses = user.emailaddress_set  # type: ignore[attr-defined] # of django-allauth
        addresses.exclude(email=user.email).delete()
        addresses.update_or_create(email=user.email, defaults={"verified": True, "primary": True})

    def unfinished(self) -> "models.QuerySet[User]":
        """Who signed up and never proved the address: never in, in no team, of no rights."""
        return self.filter(
            emailaddress__verified=False,
            last_login=None,
            memberships=None,
            is_staff=False,
            is_superuser=False,
        ).exclude(emailaddress__verified=True)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person with a password: a brand's team, a member, the operator."""

    email = models.EmailField(
        "e-mail address",
        max_length=254,
        unique=True,
        error_messages={"unique": "Somebody signs in with this e-mail address already."},
    )
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField("operator", default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_is_in_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return f"User {self.pk}"


class Role(models.TextChoices):
    """What a member of a brand's team may do; each may do what the ones after it may."""

    OWNER = "OWNER", "Owner"
    MANAGER = "MANAGER", "Manager"
    DEVELOPER = "DEVELOPER", "Developer"
    ANALYST = "ANALYST", "Analyst"


class Membership(models.Model):
    """One person's place in one brand's team."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    brand = models.ForeignKey("brands.Brand", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "brand"], name="membership_is_one_per_brand"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Membership {self.pk}"
