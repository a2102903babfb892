"""A brand's picture: drawn anew from what was uploaded, so that nothing else in the file survives."""

import hashlib
import threading
from datetime import datetime
from io import BytesIO

from django.db import transaction
from PIL import Image, ImageOps

from brands.models import Brand, Logo, User
from brands.services.audit import note

LARGEST_FILE = 1024 * 1024
MOST_PIXELS = 25_000_000
SIDE = 256
# A picture of so many pixels takes some 300 MB while it is drawn, so a process draws one at a time.
DRAWING = threading.Lock()
FORMATS = ["PNG", "JPEG", "WEBP"]


class InvalidLogo(Exception):
    """Not a picture that can be shown; the message says why."""


def draw_logo(data: bytes) -> bytes:
    """A square PNG of 256 pixels, its transparency kept, without anything else of the file.

    A picture that is not square is shown whole, with transparent edges. Raises InvalidLogo.
    """
    if len(data) > LARGEST_FILE:
        raise InvalidLogo("A logo has at most 1 MB. Save it smaller, 512 pixels wide is plenty.")
    if b"<svg" in data[:2_000].lower():
        raise InvalidLogo("SVG can carry scripts, so it is not accepted. Export it as PNG.")
    if not DRAWING.acquire(blocking=False):
        raise InvalidLogo("Another picture is being drawn just now. Try again in a moment.")
    try:
        return drawn(data)
    finally:
        DRAWING.release()


def drawn(data: bytes) -> bytes:
    try:
        whole = read(data)
    except InvalidLogo:
        raise
    except Exception as trouble:  # decoders of broken files fail in ways of their own
        raise InvalidLogo("This is no PNG, JPEG or WebP picture that can be read.") from trouble
    fitted = ImageOps.contain(whole, (SIDE, SIDE), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    square.paste(fitted, ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2))
    out = BytesIO()
    square.save(out, "PNG", optimize=True)
    return out.getvalue()


def read(data: bytes) -> Image.Image:
    """The picture alone, upright. Raises InvalidLogo, and whatever the decoder raises."""
    with Image.open(BytesIO(data), formats=FORMATS) as uploaded:
        # Before a pixel of it is unpacked.
        if uploaded.width * uploaded.height > MOST_PIXELS:
            raise InvalidLogo("This picture has too many pixels. 512 by 512 is plenty.")
        uploaded.draft("RGB", (2 * SIDE, 2 * SIDE))
        return ImageOps.exif_transpose(uploaded).convert("RGBA")


@transaction.atomic
def set_logo(*, brand: Brand, file: bytes, by: User | None, now: datetime) -> None:
    """Show this picture wherever the brand is named. The same one again changes nothing.

    Raises InvalidLogo.
    """
    png = draw_logo(file)
    digest = hashlib.sha256(png).hexdigest()
    fresh = Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    if fresh.logo != digest:
        Logo.objects.update_or_create(
            brand=fresh, defaults={"digest": digest, "png": png, "created_at": now}
        )
        fresh.logo = digest
        fresh.save(update_fields=["logo"])
        note(brand=fresh, by=by, action="logo.changed", now=now)
    brand.refresh_from_db(fields=["logo", "config_version"])


@transaction.atomic
def remove_logo(*, brand: Brand, by: User | None, now: datetime) -> None:
    """Show no picture any more. Twice is the same as once."""
    if Brand.objects.filter(pk=brand.pk).exclude(logo="").update(logo=""):
        Logo.objects.filter(brand=brand).delete()
        note(brand=brand, by=by, action="logo.removed", now=now)
    brand.refresh_from_db(fields=["logo", "config_version"])
