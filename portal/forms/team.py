"""Who works for a brand, and as what."""

from typing import Any

from django import forms

from brands.models import Role

# What a role is for, in one sentence.
ROLES = {
    Role.OWNER: "Everything, the team included.",
    Role.MANAGER: "Everything but the team: what is paid, members, settings.",
    Role.DEVELOPER: (
        "Connects the backend: keys, domains, webhooks, tests. Decides nothing about what is paid; "
        "but whoever holds a key can report events, and read the people in them."
    ),
    Role.ANALYST: "Reads. People are masked.",
}


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label="Role",
        choices=[(role.value, f"{role.label}: {sentence}") for role, sentence in ROLES.items()],
        initial=Role.DEVELOPER.value,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role."},
    )


class InviteForm(RoleForm):
    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        help_text="The invitation is for the account of this address and no other.",
        widget=forms.TextInput(
            attrs={
                "type": "email",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Write the address of whom you invite."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
