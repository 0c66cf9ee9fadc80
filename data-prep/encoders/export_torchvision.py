#!/usr/bin/env python3
"""Make encoders of torchvision's networks, for those who have PyTorch.

    export_torchvision.py --out DIR [--weights pretrained|random] NAME...

writes DIR/NAME.onnx and DIR/NAME.json for each, and prints the JSON's path.
The network ends where the classifier begins: its outputs are the pooled vector
"features" and the last map before pooling, "grid".  `--list` prints the names.
Needs torch, torchvision, onnx and onnxscript; pretrained weights are fetched
by torchvision itself.
"""
import argparse
import json
import os
import sys

# Name: (input size, shorter side, node of the grid, node of the vector).  The
# picture's shorter side is resized, then the centre is cut out, as
# torchvision's own transforms for the weights used here do.
NETWORKS = {
    "resnet18": (224, 256, "layer4", "flatten"),
    "resnet34": (224, 256, "layer4", "flatten"),
    "resnet50": (224, 232, "layer4", "flatten"),
    "resnet101": (224, 232, "layer4", "flatten"),
    "resnet152": (224, 232, "layer4", "flatten"),
    # 25088 flattened values become the 4096 that the last layer takes in.
    "vgg16": (224, 256, "features", "classifier.4"),
    "vgg19": (224, 256, "features", "classifier.4"),
    "googlenet": (224, 256, "inception5b", "flatten"),
    "inception_v3": (299, 342, "Mixed_7c", "flatten"),
    "mobilenet_v2": (224, 232, "features", "flatten"),
    "mobilenet_v3_large": (224, 232, "features", "flatten"),
    "efficientnet_b0": (224, 256, "features", "flatten"),
    "efficientnet_b3": (300, 320, "features", "flatten"),
    "efficientnet_v2_s": (384, 384, "features", "flatten"),
    "densenet121": (224, 256, "relu", "flatten"),
    "densenet201": (224, 256, "relu", "flatten"),
    "convnext_tiny": (224, 236, "features", "classifier.1"),
    "convnext_base": (224, 232, "features", "classifier.1"),
    "swin_t": (224, 232, "permute", "flatten"),
    # Transformers: the grid is the list of places, the vector the class.
    "vit_b_16": (224, 256, None, None),
    "vit_b_32": (224, 256, None, None),
    "vit_l_16": (224, 242, None, None),
}
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def transformer(network):
    """ViT without its head: vector of the class, and the places."""
    import torch

    class Tower(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, image):
            x = self.network._process_input(image)
            first = self.network.class_token.expand(x.shape[0], -1, -1)
            x = self.network.encoder(torch.cat([first, x], 1))
            return x[:, 0], x[:, 1:]

    return Tower()


def build(name, weights):
    """The network with outputs features and grid, ready to run."""
    import torch
    import torchvision
    from torchvision.models.feature_extraction import create_feature_extractor

    grid, vector = NETWORKS[name][2:]
    options = {}
    if name in ("googlenet", "inception_v3") and weights == "random":
        options = {"aux_logits": False, "init_weights": True}
    network = torchvision.models.get_model(
        name, weights="DEFAULT" if weights == "pretrained" else None,
        **options).eval()
    if grid is None:
        return transformer(network).eval()
    nodes = {vector: "features", grid: "grid"}
    extractor = create_feature_extractor(network, nodes)

    class Outputs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.extractor = extractor

        def forward(self, image):
            found = self.extractor(image)
            return found["features"], found["grid"]

    return Outputs().eval()


def write(path, data):
    beside = path + ".tmp"
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def export(name, network, folder):
    """The network as one ONNX file, and its description beside it."""
    import torch

    size, shorter = NETWORKS[name][:2]
    onnx = os.path.join(folder, name + ".onnx")
    beside = onnx + ".tmp"
    torch.onnx.export(network, (torch.zeros(1, 3, size, size),), beside,
                      input_names=["image"], output_names=["features", "grid"],
                      dynamo=True, external_data=False, verbose=False)
    os.replace(beside, onnx)
    spec = {"format": "chorus-encoder", "version": 1, "name": name,
            "network": name + ".onnx",
            "input": {"size": size, "resize": "crop", "shorter": shorter,
                      "channels": "rgb", "mean": MEAN, "std": STD},
            "pooled": "features", "grid": "grid"}
    path = os.path.join(folder, name + ".json")
    write(path, (json.dumps(spec, indent=2) + "\n").encode())
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="*", metavar="NAME",
                        help="of a network of torchvision")
    parser.add_argument("--out", metavar="DIR", default="build/encoders",
                        help="folder for networks and descriptions")
    parser.add_argument("--weights", choices=["pretrained", "random"],
                        default="pretrained")
    parser.add_argument("--list", action="store_true",
                        help="print the names, and end")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(NETWORKS))
        return
    unknown = [name for name in arguments.name if name not in NETWORKS]
    if unknown or not arguments.name:
        sys.exit("export_torchvision.py: expected names of networks, found "
                 f"{' '.join(unknown) or 'none'}; see --list")
    os.makedirs(arguments.out, exist_ok=True)
    for name in arguments.name:
        print(export(name, build(name, arguments.weights), arguments.out))


if __name__ == "__main__":
    main()
