"""torch_export.py - exported models in PyTorch, and back

    python3 torch_export.py BIN SHARDS

For every decoder: chorus-train of BIN learns a few steps on SHARDS (with grids;
`BIN/tests/parallel/np_train grids FOLDER` makes small ones), chorus-export
writes its weights, and a plain PyTorch module (torch_decoders.py) takes them by
load_state_dict().  Both are fed the same random features and words: prints how
far ln p is apart.  Then the state_dict goes through save_file() and
chorus-import, with --like and with --shards, and the model must say the same,
bit for bit.  Ends with 1 when they are apart by more than 1e-5.  Needs torch,
numpy and safetensors, and BIN/tests/golden/run_decoder (make builds it by that
name).
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import torch_decoders

LIMIT = 1e-5
B, T = 6, 9
DECODERS = """
--image first
--image every
--image state
--image merge
--cell gru --image first
--cell gru --image every
--cell gru --image state
--cell gru --image merge
--layers 2
--cell gru --layers 2 --image state
--tied
--tied --embed 32 --image merge
--word-relu --layers 4 --image every
--decoder sat
--decoder sat --tied --word-relu
--decoder att2in
--decoder att2in --tied --word-relu
--decoder updown
--decoder updown --tied --word-relu
--image-norm layer
--image-norm layer --cell gru --image every
--image-norm layer --layers 2 --image state
--image-norm layer --image merge
--image-norm layer --decoder sat
--image-norm layer --decoder att2in
--image-norm layer --decoder updown
""".strip().split("\n")
BESIDE = ("feature.mean", "feature.std", "vocabulary")


def module(settings):
    """The PyTorch module of an exported file's settings."""
    for name, key in zip("V E H F L A".split(), (
            "vocabulary embed hidden feature places attention").split()):
        setattr(torch_decoders, name, settings.get(key, 0))
    more = dict(tied=settings.get("tied", False),
                relu=settings.get("word_relu", False),
                norm=settings.get("image_norm", "none") == "layer")
    kind = settings.get("decoder", "nic")
    if kind == "nic":
        return torch_decoders.Nic(settings["image"],
                                  settings.get("cell", "lstm"),
                                  settings.get("layers", 1), **more)
    return dict(sat=torch_decoders.Sat, att2in=torch_decoders.Att2in,
                updown=torch_decoders.UpDown)[kind](**more)


class Case:
    def __init__(self, program, shards, folder, options):
        self.program, self.shards, self.folder = program, shards, folder
        self.options = options
        self.model = os.path.join(folder, "run", "latest.safetensors")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, name, *arguments):
        subprocess.run([os.path.join(self.program, name), *arguments],
                       check=True, stdout=subprocess.DEVNULL)

    def ours(self, model, shape):
        """ln p [T][B][V] of the features and words in the folder."""
        out = self.path("out")
        self.run("tests/golden/run_decoder", model, self.path("features"),
                 self.path("words"), out)
        return numpy.fromfile(out, "<f4").reshape(shape)

    def imported(self, weights, *arguments):
        out = self.path("imported.safetensors")
        self.run("chorus-import", weights, "--out", out, *arguments)
        return out


def compare(case):
    case.run("chorus-train", case.shards, "--run", case.path("run"), "-q",
             "--embed", "24", "--hidden", "32", "--attention", "20",
             "--batch", "18", "--rate", "0.02", "--max-steps", "12",
             *case.options.split())
    exported = case.path("weights.safetensors")
    case.run("chorus-export", case.model, "--to", "pytorch", "--out", exported)
    with safe_open(exported, "pt") as file:
        settings = json.loads(file.metadata()["chorus.settings"])
    weights = load_file(exported)
    beside = {name: weights.pop(name) for name in BESIDE}
    network = module(settings)
    network.load_state_dict(weights)

    V, F, L = (torch_decoders.V, torch_decoders.F, torch_decoders.L)
    torch.manual_seed(1)
    looks = settings.get("decoder", "nic") != "nic"
    raw = torch.randn(B, L, F) if looks else torch.randn(B, F)
    raw = 3 + 2 * raw
    words = torch.randint(0, V, (B, T))
    words[:, 0] = 1
    raw.numpy().astype("<f4").tofile(case.path("features"))
    words.T.contiguous().numpy().astype("<i4").tofile(case.path("words"))
    with torch.no_grad():
        logit, _ = network((raw - beside["feature.mean"]) /
                           beside["feature.std"], words,
                           torch.full((B,), T))
        theirs = torch.log_softmax(logit, 2).transpose(0, 1).numpy()
    ours = case.ours(case.model, theirs.shape)
    far = float(numpy.abs(ours - theirs).max())
    spread = float(theirs.max() - theirs.min())

    tuned = case.path("tuned.safetensors")
    save_file({name: value.contiguous()
               for name, value in network.state_dict().items()}, tuned)
    like = case.ours(case.imported(tuned, "--like", case.model), theirs.shape)
    os.remove(case.path("imported.safetensors"))
    save_file({**network.state_dict(), **beside}, tuned)
    more = ["--word-relu"] if settings.get("word_relu") else []
    if not looks and settings["embed"] == settings["hidden"]:
        more += ["--image", settings["image"]]
    alone = case.ours(case.imported(tuned, "--shards", case.shards, *more),
                      theirs.shape)
    same = (like == ours).all() and (alone == ours).all()
    print(f"{case.options}: apart by {far:.1e} of {spread:.1f}; imported: "
          f"{'the same bits' if same else 'NOT the same bits'}", flush=True)
    return far <= LIMIT and same


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    good = True
    for options in DECODERS:
        with tempfile.TemporaryDirectory() as folder:
            good &= bool(compare(Case(*sys.argv[1:], folder, options)))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
