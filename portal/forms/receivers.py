"""Where webhooks are sent to."""

from django import forms


class ReceiverField(forms.CharField):
    """The address of a receiver, as text: whether it may be sent to is for the service to say."""

    def __init__(self, *, help_text: str) -> None:
        super().__init__(
            label="Address",
            max_length=2_000,
            help_text=help_text,
            widget=forms.TextInput(
                attrs={
                    "type": "url",
                    "inputmode": "url",
                    "autocomplete": "off",
                    "spellcheck": "false",
                    "class": "mono",
                    "dir": "ltr",
                }
            ),
            error_messages={
                "required": "Write the address of your receiver.",
                "max_length": "An address has at most 2000 characters.",
            },
        )
