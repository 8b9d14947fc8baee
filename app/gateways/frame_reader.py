"""A camera's frame → the text of the code in it. The only importer of the picture and barcode libraries.

Frames come from a browser and may be anything: only small JPEGs are opened, their size is read before their pixels, and
nothing is kept.
"""

import io
from typing import Final

import zxingcpp
from PIL import Image

from app.errors import FrameUnreadable

# What a counter's camera is asked for; a frame may stand upright.
LONGEST, SHORTEST = 640, 480
# 640 by 480 at a quality nobody needs.
LARGEST: Final = 45_000
# What member codes and printed coupons are drawn as.
FORMATS: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
# The codes of ours are shorter; more is somebody else's.
MAX_TEXT = 64


def read(jpeg: bytes) -> str | None:
    """The code in a frame, None when there is none of ours. Raises FrameUnreadable(reason: size, jpeg)."""
    found = zxingcpp.read_barcodes(_grey(jpeg), formats=FORMATS)
    texts = [one.text for one in found if one.valid and 0 < len(one.text) <= MAX_TEXT and one.text.isprintable()]
    return texts[0] if texts else None


def _grey(jpeg: bytes) -> Image.Image:
    if len(jpeg) > LARGEST:
        raise FrameUnreadable(reason="size")
    try:
        picture = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
        if max(picture.size) > LONGEST or min(picture.size) > SHORTEST:
            raise FrameUnreadable(reason="size")
        return picture.convert("L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        # All that a broken or hostile file makes the library raise (tried with thousands in the tests).
        raise FrameUnreadable(reason="jpeg") from None
