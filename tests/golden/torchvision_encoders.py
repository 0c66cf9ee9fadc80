"""torchvision_encoders.py - our encoder's numbers beside the framework's

    python3 torchvision_encoders.py RUN_ENCODER PHOTO... [--networks NAME,...]

For each network, with random weights: exported as data-prep/encoders does it,
then run on the same inputs by torchvision and by RUN_ENCODER (run_encoder.c,
built by make build/release/tests/golden/run_encoder).  Prints how far pooled
vector and grid are apart, over the largest value, and how far each is from
torchvision in f64: deep networks of random weights blow up the rounding of f32.
The photos also give the batch normalisations their statistics, and those of 4
photos blow it up about twice as much as those of 40: fewer than 30 different
ones are refused.
Ends with 1 when the two are apart by more than 1e-4.  Needs torch, torchvision,
onnx, onnxscript and Pillow.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy
import torch
import torchvision
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "data-prep", "encoders"))
import export_torchvision  # noqa: E402

NETWORKS = "resnet50,resnet101,vgg16,inception_v3,efficientnet_b0"
LIMIT = 1e-4
PHOTOS = 30


def inputs(name, photos):
    size, shorter = export_torchvision.NETWORKS[name][:2]
    transform = torchvision.transforms.Compose([
        torchvision.transforms.Resize(shorter),
        torchvision.transforms.CenterCrop(size),
        torchvision.transforms.PILToTensor()])
    mean = torch.tensor(export_torchvision.MEAN).reshape(3, 1, 1)
    std = torch.tensor(export_torchvision.STD).reshape(3, 1, 1)
    return torch.stack([(transform(Image.open(photo).convert("RGB")) - mean) /
                        std for photo in photos])


def settle(network, images):
    """Normalisations with the means of real photos: values stay moderate."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.train()
    with torch.no_grad():
        network(images)
    network.eval()


def ours(program, spec, images):
    with tempfile.TemporaryDirectory() as folder:
        came, goes = (os.path.join(folder, name) for name in ("in", "out"))
        images.numpy().astype("<f4").tofile(came)
        subprocess.run([program, spec, came, goes], check=True)
        return numpy.fromfile(goes, "<f4")


def apart(found, expected):
    return float(numpy.abs(found - expected).max() / numpy.abs(expected).max())


def run(network, images):
    with torch.no_grad():
        pooled, grid = network(images)
    if grid.dim() == 4:
        grid = grid.flatten(2).transpose(1, 2)
    return pooled.flatten(1).numpy(), grid.numpy()


def judge(what, found, theirs, exact):
    """One line about one output; whether it is close enough."""
    found = found.reshape(theirs.shape)
    far, own, framework = (apart(found, theirs), apart(found, exact),
                           apart(theirs, exact))
    print(f"  {what} {' x '.join(map(str, theirs.shape[1:]))}: apart by "
          f"{far:.1e}; from f64 ours {own:.1e}, torchvision {framework:.1e}",
          flush=True)
    return far <= LIMIT


def compare(name, program, photos, folder):
    torch.manual_seed(1)
    network = export_torchvision.build(name, "random")
    images = inputs(name, photos)
    settle(network, images)
    spec = export_torchvision.export(name, network, folder)
    pooled, grid = run(network, images)
    found = ours(program, spec, images).reshape(len(photos), -1)
    exact = run(network.double(), images.double())
    print(name)
    count = pooled.shape[1]
    good = judge("features", found[:, :count], pooled, exact[0])
    return judge("grid", found[:, count:], grid, exact[1]) and good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", metavar="RUN_ENCODER")
    parser.add_argument("photo", nargs="+", metavar="PHOTO")
    parser.add_argument("--networks", default=NETWORKS)
    arguments = parser.parse_args()
    different = {open(photo, "rb").read() for photo in arguments.photo}
    if len(different) < PHOTOS:
        parser.error(f"expected at least {PHOTOS} different photos, found "
                     f"{len(different)}: statistics of few say little")
    good = True
    for name in arguments.networks.split(","):
        with tempfile.TemporaryDirectory() as folder:
            good &= compare(name, arguments.program, arguments.photo, folder)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
