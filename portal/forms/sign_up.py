"""An account that a person makes for themselves."""

from typing import Any

from allauth.account.forms import SignupForm
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from brands import services as brands
from brands.models import User


class AddressField(forms.EmailField):
    """What is an account's address for the services is one here: nothing is folded before it is checked."""

    def clean(self, value: Any) -> str:
        try:
            return brands.sound_email(str(super().clean(value)))
        except brands.InvalidEmail as refused:
            raise ValidationError(f"{refused}") from None


class SignUpForm(SignupForm):  # type: ignore[misc]
    """E-mail address and password. Whether the address has an account already is told to it alone."""

    email = AddressField(label="E-mail address", max_length=254)
    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return self.save(request), None
            except IntegrityError:
                # Somebody signed up with it while this form was on its way.
                self.account_already_exists = True
        # Hashing takes a while that could be measured.
        User().set_password(self.cleaned_data["password1"])
        pretended = Login(
            user=None,
            email=self.cleaned_data["email"],
            signup=True,
            redirect_url=get_next_redirect_url(request),
        )
        return None, perform_login(request, pretended)
