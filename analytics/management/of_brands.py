"""Commands about the brands' figures: every brand's, or those of one."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from brands.models import Brand


class OfBrands(BaseCommand):
    """Takes `--brand SLUG`."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", metavar="SLUG", help="only this brand's")

    def brands(self, slug: str | None) -> QuerySet[Brand]:
        """In the order in which they came. Raises CommandError where there is none of this slug."""
        brands = Brand.objects.order_by("pk")
        if slug is None:
            return brands
        brands = brands.filter(slug=slug)
        if not brands:
            raise CommandError(f"There is no brand {slug}.")
        return brands
