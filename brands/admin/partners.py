"""Brands, with their domains and team."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone

from brands import services
from brands.admin.rights import NeverDeleted
from brands.masking import masked
from brands.models import Brand, Domain, Membership, Role, User

# Django's own classes take no type arguments at run time.
if TYPE_CHECKING:
    BrandModelAdmin = admin.ModelAdmin[Brand]
    DomainTabular = admin.TabularInline[Domain, Brand]
    MembershipTabular = admin.TabularInline[Membership, Brand]
    DomainModelForm = forms.ModelForm[Domain]
    MembershipModelForm = forms.ModelForm[Membership]
    MembershipFormSet = BaseInlineFormSet[Membership, Brand, MembershipModelForm]
else:
    BrandModelAdmin = admin.ModelAdmin
    DomainTabular = MembershipTabular = admin.TabularInline
    DomainModelForm = MembershipModelForm = forms.ModelForm
    MembershipFormSet = BaseInlineFormSet


class DomainForm(DomainModelForm):
    """An entry as the services would store it. What is stored is replaced, not edited."""

    class Meta:
        model = Domain
        fields = ["host", "subdomains", "verified_at"]
        help_texts = {"subdomains": "Every name below the host, not the host itself."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("host", "subdomains"):
            self.fields[name].disabled = self.instance.pk is not None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        entry = services.shown_entry(data.get("host", ""), subdomains=data.get("subdomains", False))
        try:
            data["host"], data["subdomains"] = services.parse_entry(entry)
        except services.InvalidDomain as refused:
            self.add_error("host", str(refused))
        else:
            if data.get("verified_at") and services.is_loopback(data["host"]):
                self.add_error("verified_at", "This host is everybody's own machine.")
        return data


class DomainInline(DomainTabular):
    model = Domain
    form = DomainForm
    extra = 0


class MembershipForm(MembershipModelForm):
    """A place in the team, by e-mail address: a list of all people would not end."""

    email = forms.EmailField(label="E-mail address")

    class Meta:
        model = Membership
        fields = ["role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["email", "role"])
        if self.instance.pk:
            self.initial["email"] = self.instance.user.email
            self.fields["email"].disabled = True

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if not self.instance.pk:
            user = User.objects.filter(email=email).first()
            if user is None:
                raise forms.ValidationError(
                    "Nobody signs in with this address. Add the user first."
                )
            self.instance.user = user
        return email


class TeamFormSet(MembershipFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data]
        staying = [data for data in filled if not data.get("DELETE")]
        if len({data["email"] for data in staying}) < len(staying):
            raise forms.ValidationError("Each person has one place in the team.")
        if Role.OWNER not in {data["role"] for data in staying}:
            raise forms.ValidationError("A brand needs an owner.")


class MembershipInline(MembershipTabular):
    model = Membership
    form = MembershipForm
    formset = TeamFormSet
    extra = 0
    min_num = 1
    verbose_name_plural = "team"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user")


@admin.register(Brand)
class BrandsAdmin(NeverDeleted, BrandModelAdmin):
    """Partners, with their domains and team."""

    list_display = [
        "name",
        "slug",
        "public_id",
        "status",
        "team_size",
        "domain_count",
        "created_at",
    ]
    list_filter = ["status", "least_trust"]
    search_fields = ["name", "slug", "public_id", "domains__host"]
    ordering = ["name"]
    readonly_fields = ["public_id", "status", "config_version", "created_at"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [DomainInline, MembershipInline]
    actions = ["suspend", "resume"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Brand]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                members=Count("memberships", distinct=True),
                hosts=Count("domains", distinct=True),
            )
        )

    def save_model(
        self,
        request: HttpRequest,
        obj: Brand,
        form: forms.BaseForm,
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        before = (
            services.as_noted(Brand.objects.get(pk=obj.pk), form.changed_data) if change else {}
        )
        super().save_model(request, obj, form, change)
        after = services.as_noted(obj, form.changed_data)
        if not change or before != after:
            action = "brand.changed" if change else "brand.created"
            note(request, obj, action, obj.name, before=before, after=after)

    def save_formset(
        self,
        request: HttpRequest,
        form: Any,
        formset: Any,
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        super().save_formset(request, form, formset, change)
        brand = formset.instance
        if formset.model is Membership:
            note_team(request, brand, formset)
        if formset.model is not Domain:
            return
        for domain in formset.new_objects:
            note(request, brand, "domain.added", shown(domain))
        for domain in formset.deleted_objects:
            note(request, brand, "domain.removed", shown(domain))
        for domain in [*formset.new_objects, *(each for each, _ in formset.changed_objects)]:
            if domain.verified_at:
                note(request, brand, "domain.verified", shown(domain), after={"way": "hand"})
            elif domain not in formset.new_objects:
                note(request, brand, "domain.unverified", shown(domain))

    @admin.display(description="Team", ordering="members")
    def team_size(self, brand: Brand) -> int:
        return int(getattr(brand, "members", 0))

    @admin.display(description="Domains", ordering="hosts")
    def domain_count(self, brand: Brand) -> int:
        return int(getattr(brand, "hosts", 0))

    @admin.action(description="Suspend: refuse their calls from now on", permissions=["change"])
    def suspend(self, request: HttpRequest, brands: QuerySet[Brand]) -> None:
        for brand in brands:
            services.suspend_brand(brand=brand, by=operator(request), now=timezone.now())
            self.log_change(request, brand, "Suspended.")
        self.message_user(request, "Suspended.", messages.SUCCESS)

    @admin.action(description="Resume: accept their calls again", permissions=["change"])
    def resume(self, request: HttpRequest, brands: QuerySet[Brand]) -> None:
        for brand in brands:
            services.resume_brand(brand=brand, by=operator(request), now=timezone.now())
            self.log_change(request, brand, "Resumed.")
        self.message_user(request, "Resumed.", messages.SUCCESS)


def operator(request: HttpRequest) -> User:
    return cast("User", request.user)


def note_team(request: HttpRequest, brand: Brand, formset: Any) -> None:
    """What has become of the team. Whoever may not invite any more has invited nobody."""
    for membership in formset.new_objects:
        note(
            request,
            brand,
            "membership.added",
            masked(membership.user.email),
            after={"role": membership.role},
        )
    former = {each.instance.pk: each.initial["role"] for each in formset.initial_forms}
    for membership, _ in formset.changed_objects:
        before, after = {"role": former[membership.pk]}, {"role": membership.role}
        services.withdraw_invitations(membership=membership, now=timezone.now())
        note(
            request,
            brand,
            "membership.changed",
            masked(membership.user.email),
            before=before,
            after=after,
        )
    for membership in formset.deleted_objects:
        services.withdraw_invitations(membership=membership, now=timezone.now(), left=True)
        before = {"role": membership.role}
        note(request, brand, "membership.removed", masked(membership.user.email), before=before)


def shown(domain: Domain) -> str:
    return services.shown_entry(domain.host, subdomains=domain.subdomains)


def note(
    request: HttpRequest,
    brand: Brand,
    action: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """In the brand's own audit log, in the transaction of the admin's form."""
    services.note(
        brand=brand,
        by=operator(request),
        action=action,
        subject=subject,
        before=before,
        after=after,
        now=timezone.now(),
    )
