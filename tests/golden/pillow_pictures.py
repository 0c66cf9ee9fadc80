"""pillow_pictures.py - pictures of every kind, and what Pillow sees in them

    python3 pillow_pictures.py

writes ../fixture/pictures/* and pictures.txt beside itself, read by
tests/unit/test_picture.c.  Each record is a line "name width height" and a
line of RGB bytes in hexadecimal, as Pillow gives them after exif_transpose()
and convert("RGB").  Pillow neither writes interlaced or 16-bit colour PNG nor
YCCK: those are written here, and by TurboJPEG.  Written with Pillow 13.0.
"""

import ctypes
import ctypes.util
import io
import os
import struct
import zlib

from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "fixture", "pictures")
WIDTH, HEIGHT = 14, 10
records = []


def picture():
    """Smooth, so that JPEG keeps it; no two sides alike."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            image.putpixel((x, y), (18 * x, 25 * y, 250 - 9 * (x + y)))
    return image


def keep(name, data, expected=None):
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(data)
    if expected is None:
        expected = ImageOps.exif_transpose(
            Image.open(io.BytesIO(data))).convert("RGB")
    records.append(f"{name} {expected.width} {expected.height}\n"
                   f"{expected.tobytes().hex()}\n")


def save(name, image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    keep(name, file.getvalue())


def ycck(image):
    """TurboJPEG stores CMYK pixels as YCCK; Adobe's way is inverted."""
    turbo = ctypes.CDLL(ctypes.util.find_library("turbojpeg"))
    turbo.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(turbo.tjInitCompress())
    pixels = bytes(255 - v for v in image.convert("CMYK").tobytes())
    data, size = ctypes.c_void_p(), ctypes.c_ulong()
    cmyk, s420, accurate = 11, 2, 4096
    if turbo.tjCompress2(handle, pixels, image.width, 0, image.height, cmyk,
                         ctypes.byref(data), ctypes.byref(size), s420, 95,
                         accurate):
        raise SystemExit("pillow_pictures.py: TurboJPEG failed")
    return ctypes.string_at(data, size.value)


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))


def png(image, bits, is_interlaced):
    """Colour of 8 or 16 bits; in seven passes when interlaced."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
              (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for left, top, across, down in passes if is_interlaced else [(0, 0, 1, 1)]:
        for y in range(top, image.height, down):
            row = [image.getpixel((x, y))
                   for x in range(left, image.width, across)]
            if not row:
                continue
            raw += b"\0"
            for pixel in row:
                for value in pixel:
                    # The lower byte says nothing: it is left out.
                    raw += bytes([value, 255 - value][:bits // 8])
    head = struct.pack(">IIBBBBB", image.width, image.height, bits, 2, 0, 0,
                       int(is_interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
            chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def main():
    os.makedirs(OUT, exist_ok=True)
    image = picture()
    exact = {"quality": 95, "subsampling": 0}
    save("grey.jpg", image.convert("L"), "JPEG", quality=95)
    save("colour.jpg", image, "JPEG", **exact)
    save("half.jpg", image, "JPEG", quality=95, subsampling=2)
    save("progressive.jpg", image, "JPEG", quality=95, progressive=True)
    save("cmyk.jpg", image.convert("CMYK"), "JPEG", quality=95)
    keep("ycck.jpg", ycck(image))
    for way in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = way
        save(f"way{way}.jpg", image, "JPEG", exif=exif, **exact)
    exif[0x0112] = 6
    save("way6.png", image, "PNG", exif=exif)
    save("way6.webp", image, "WEBP", exif=exif, lossless=True)
    big = b"Exif\0\0" + struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3,
                                    1, 8, 0, 0)
    save("way8-big-endian.jpg", image, "JPEG", exif=big, **exact)

    alpha = image.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(image.size))
    save("colour.png", image, "PNG")
    save("grey.png", image.convert("L"), "PNG")
    save("alpha.png", alpha, "PNG")
    save("grey-alpha.png", alpha.convert("LA"), "PNG")
    save("palette.png", image.quantize(11), "PNG")
    save("palette-alpha.png", image.quantize(11), "PNG", transparency=3)
    save("bits1.png", image.convert("1"), "PNG")
    save("bits2.png", image.quantize(4), "PNG", bits=2)
    keep("interlaced.png", png(image, 8, True), image)
    keep("bits16.png", png(image, 16, False), image)
    save("colour.webp", image, "WEBP", quality=90)
    save("lossless.webp", image, "WEBP", lossless=True)
    save("alpha.webp", alpha, "WEBP", lossless=True, exact=True)
    with open(os.path.join(HERE, "pictures.txt"), "w",
              encoding="ascii") as file:
        file.writelines(records)

    # What no decoder takes: of no record.
    moving = io.BytesIO()
    image.save(moving, "WEBP", save_all=True,
               append_images=[image.transpose(Image.ROTATE_180)])
    with open(os.path.join(OUT, "moving.webp"), "wb") as file:
        file.write(moving.getvalue())


if __name__ == "__main__":
    main()
