"""The people who came to the brand."""

from django.urls import URLPattern, URLResolver, path

from portal.views import adjustments, members

urlpatterns: list[URLPattern | URLResolver] = [
    path("", members.members, name="members"),
    path("adjustments/", adjustments.adjustments, name="adjustments"),
    path("adjustments/limit/", adjustments.adjustment_limit, name="adjustment-limit"),
    path("adjustments/<int:adjustment_id>/", adjustments.adjustment, name="adjustment"),
    path(
        "adjustments/<int:adjustment_id>/decide/",
        adjustments.decide_adjustment,
        name="decide-adjustment",
    ),
    path("<str:wallet_id>/", members.member, name="member"),
    path("<str:wallet_id>/reveal/", members.reveal_member, name="reveal-member"),
    path("<str:wallet_id>/adjust/", adjustments.adjust_member, name="adjust-member"),
]
