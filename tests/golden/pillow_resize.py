"""pillow_resize.py - pictures resized and cut by Pillow, as torchvision does

    python3 pillow_resize.py

writes resized.txt beside itself, read by tests/unit/test_image.c.  Each record
is a line "width height rule size shorter" and a line of RGB bytes in
hexadecimal; the picture's byte c of pixel x, y is what pixel() says.  The rule
crop is torchvision's Resize(shorter) and CenterCrop(size).  Written with
Pillow 13.0.
"""

import os

from PIL import Image

CASES = [(97, 61, "squash", 24, 0), (97, 61, "crop", 20, 23),
         (61, 97, "crop", 20, 23), (150, 40, "crop", 24, 28),
         (21, 17, "squash", 30, 0), (13, 30, "crop", 28, 32),
         (30, 30, "squash", 30, 0), (64, 48, "crop", 32, 32)]


def pixel(x, y, c):
    """Coarse and fine structure, in whole numbers."""
    return (x * x // 7 + y * y // 5 + x * y // (3 + c) + 40 * c) % 256


def resize(image, rule, size, shorter):
    w, h = image.size
    if rule == "squash":
        return image.resize((size, size), Image.BILINEAR)
    if w < h:
        nw, nh = shorter, int(shorter * h / w)
    else:
        nw, nh = int(shorter * w / h), shorter
    left, top = round((nw - size) / 2), round((nh - size) / 2)
    return image.resize((nw, nh), Image.BILINEAR).crop(
        (left, top, left + size, top + size))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "resized.txt"), "w",
              encoding="ascii") as file:
        for w, h, rule, size, shorter in CASES:
            image = Image.new("RGB", (w, h))
            for y in range(h):
                for x in range(w):
                    image.putpixel((x, y), tuple(pixel(x, y, c)
                                                 for c in range(3)))
            data = resize(image, rule, size, shorter).tobytes()
            file.write(f"{w} {h} {rule} {size} {shorter}\n{data.hex()}\n")


if __name__ == "__main__":
    main()
