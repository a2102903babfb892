"""A logo is drawn anew: what was in the file beside the picture is gone, and no file is too clever."""

import struct
import zlib
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from PIL import Image, PngImagePlugin

from brands import services
from brands.models import AuditEntry, Logo
from brands.services import logos
from tests.brands.conftest import NOON

RED, CLEAR = (200, 30, 30, 255), (0, 0, 0, 0)


def picture(
    kind: str = "PNG", size: tuple[int, int] = (64, 64), mode: str = "RGBA", **more
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, RED if mode == "RGBA" else None).save(out, kind, **more)
    return out.getvalue()


def opened(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    image.load()
    return image


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "I;16"), ("PNG", "LA"),
     ("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"), ("WEBP", "RGBA"), ("WEBP", "RGB")],
)  # fmt: skip
@pytest.mark.parametrize("size", [(1, 1), (64, 64), (900, 30), (30, 900)], ids=str)
def test_every_picture_becomes_a_square_png(kind, mode, size):
    drawn = opened(services.draw_logo(picture(kind, size, mode)))
    assert (drawn.format, drawn.size, drawn.mode) == ("PNG", (256, 256), "RGBA")


def test_transparency_stays_and_a_wide_picture_is_shown_whole():
    drawn = opened(services.draw_logo(picture(size=(200, 100))))
    assert drawn.getpixel((128, 128)) == RED
    assert drawn.getpixel((2, 128)) == RED
    assert drawn.getpixel((128, 2)) == CLEAR


def test_what_was_in_the_file_beside_the_picture_is_gone():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Ann, 1 Secret Street")
    notes.add_text("XML:com.adobe.xmp", "<script>alert(1)</script>")
    exif = Image.Exif()
    exif[0x010E] = "Secret description"
    file = picture(pnginfo=notes, exif=exif, icc_profile=b"profile of a secret printer")
    drawn = services.draw_logo(file + b"<script>alert(2)</script>")
    for hidden in (b"Secret", b"secret", b"script"):
        assert hidden not in drawn
    assert opened(drawn).info == {}


def test_a_photograph_that_lies_on_its_side_is_put_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = opened(services.draw_logo(picture("JPEG", (100, 50), "RGB", exif=exif)))
    assert upright.getpixel((2, 128)) == CLEAR
    assert upright.getpixel((128, 2))[3] == 255


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(side: int) -> bytes:
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 10_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + b"\0" * 100, "no PNG"),
        (picture("GIF", mode="P"), "no PNG"),
        (picture("BMP", mode="RGB"), "no PNG"),
        (picture("TIFF", mode="RGB"), "no PNG"),
        (picture()[:60], "no PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 500, "no PNG"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"<!-- a --><SVG onload=alert(1)>", "SVG"),
        (b"x" * (1024 * 1024 + 1), "1 MB"),
        (bomb(6_000), "too many pixels"),
        (bomb(12_000), "no PNG|too many"),
        (bomb(60_000), "no PNG|too many"),
        (bomb(4_000), "no PNG"),
    ],
    ids=range(14),
)
def test_what_is_no_picture_is_refused_with_a_sentence(file, says):
    with pytest.raises(services.InvalidLogo, match=says):
        services.draw_logo(file)


def test_a_logo_is_set_replaced_and_removed(acme, olga):
    services.set_logo(brand=acme, file=picture(), by=olga, now=NOON)
    first = acme.logo
    assert (Logo.objects.get().digest, len(first)) == (first, 64)
    services.set_logo(brand=acme, file=picture(), by=olga, now=NOON)
    services.set_logo(brand=acme, file=picture(size=(10, 90)), by=olga, now=NOON)
    assert Logo.objects.get().digest == acme.logo != first
    services.remove_logo(brand=acme, by=olga, now=NOON)
    services.remove_logo(brand=acme, by=olga, now=NOON)
    assert (acme.logo, Logo.objects.exists()) == ("", False)
    noted = AuditEntry.objects.filter(brand=acme, action__startswith="logo.").order_by("pk")
    assert [each.action for each in noted] == ["logo.changed", "logo.changed", "logo.removed"]


def test_the_database_keeps_no_large_picture(acme):
    with pytest.raises(IntegrityError, match="logo_is_small"), transaction.atomic():
        Logo.objects.create(brand=acme, digest="a" * 64, png=b"x" * 300_001, created_at=NOON)


def test_a_process_draws_one_picture_at_a_time():
    with logos.DRAWING, pytest.raises(logos.InvalidLogo, match="being drawn just now"):
        services.draw_logo(picture())
    with pytest.raises(logos.InvalidLogo):
        services.draw_logo(b"broken")
    assert services.draw_logo(picture())
