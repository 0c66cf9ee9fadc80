"""tiny_networks.py - small networks in the formats that encoders come in

    python3 tiny_networks.py

writes ../fixture/tiny.onnx and tiny.tflite, read by tests/unit/test_encoder.c
and test_onnx.c; needs onnx, tflite and flatbuffers.  Both compute what
tiny.xml does: the grid, means over 4 x 4 of a picture of 8 x 8, and its mean,
the features; only the outputs differ.  tiny.onnx has one output, the class: a
matrix product of the features, doubled by the layer that takes them in.
tiny.tflite has channels last.
"""

import os

import flatbuffers
import numpy
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "fixture")


def write_onnx():
    info = helper.make_tensor_value_info
    nodes = [
        helper.make_node("AveragePool", ["image"], ["cells"], "gate_in",
                         kernel_shape=[4, 4], strides=[4, 4]),
        # A gate, as in EfficientNet: its pool is not the one looked for.
        helper.make_node("GlobalAveragePool", ["cells"], ["squeezed"]),
        helper.make_node("Conv", ["squeezed", "none", "ones"], ["gate"]),
        helper.make_node("Mul", ["cells", "gate"], ["gated"]),
        helper.make_node("Conv", ["gated", "unit"], ["map"]),
        helper.make_node("ReduceMean", ["map", "places"], ["mean"],
                         keepdims=1),
        helper.make_node("Flatten", ["mean"], ["vector"]),
        helper.make_node("Gemm", ["vector", "twice"], ["class"]),
    ]
    unit = numpy.eye(3, dtype=numpy.float32).reshape(3, 3, 1, 1)
    constants = [
        numpy_helper.from_array(unit, "unit"),
        numpy_helper.from_array(0 * unit, "none"),
        numpy_helper.from_array(numpy.ones(3, numpy.float32), "ones"),
        numpy_helper.from_array(numpy.array([-2, -1], numpy.int64), "places"),
        numpy_helper.from_array(2 * unit.reshape(3, 3), "twice"),
    ]
    graph = helper.make_graph(
        nodes, "tiny", [info("image", TensorProto.FLOAT, [1, 3, 8, 8])],
        [info("class", TensorProto.FLOAT, [1, 3])], constants)
    model = helper.make_model(graph, producer_name="chorus",
                              opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(OUT, "tiny.onnx"))


def tensor(b, name, shape):
    text = b.CreateString(name)
    tflite.TensorStartShapeVector(b, len(shape))
    for side in reversed(shape):
        b.PrependInt32(side)
    sides = b.EndVector()
    tflite.TensorStart(b)
    tflite.TensorAddShape(b, sides)
    tflite.TensorAddType(b, tflite.TensorType.FLOAT32)
    tflite.TensorAddBuffer(b, 0)
    tflite.TensorAddName(b, text)
    return tflite.TensorEnd(b)


def numbers(b, start, values):
    start(b, len(values))
    for value in reversed(values):
        b.PrependInt32(value)
    return b.EndVector()


def pool(b, side, came, goes):
    tflite.Pool2DOptionsStart(b)
    tflite.Pool2DOptionsAddPadding(b, tflite.Padding.VALID)
    tflite.Pool2DOptionsAddStrideW(b, side)
    tflite.Pool2DOptionsAddStrideH(b, side)
    tflite.Pool2DOptionsAddFilterWidth(b, side)
    tflite.Pool2DOptionsAddFilterHeight(b, side)
    options = tflite.Pool2DOptionsEnd(b)
    inputs = numbers(b, tflite.OperatorStartInputsVector, [came])
    outputs = numbers(b, tflite.OperatorStartOutputsVector, [goes])
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, 0)
    tflite.OperatorAddInputs(b, inputs)
    tflite.OperatorAddOutputs(b, outputs)
    tflite.OperatorAddBuiltinOptionsType(
        b, tflite.BuiltinOptions.Pool2DOptions)
    tflite.OperatorAddBuiltinOptions(b, options)
    return tflite.OperatorEnd(b)


def offsets(b, start, values):
    start(b, len(values))
    for value in reversed(values):
        b.PrependUOffsetTRelative(value)
    return b.EndVector()


def write_tflite():
    b = flatbuffers.Builder(1024)
    tensors = [tensor(b, "image", [1, 8, 8, 3]),
               tensor(b, "grid", [1, 2, 2, 3]),
               tensor(b, "features", [1, 1, 1, 3])]
    operators = [pool(b, 4, 0, 1), pool(b, 2, 1, 2)]
    tensors = offsets(b, tflite.SubGraphStartTensorsVector, tensors)
    operators = offsets(b, tflite.SubGraphStartOperatorsVector, operators)
    inputs = numbers(b, tflite.SubGraphStartInputsVector, [0])
    outputs = numbers(b, tflite.SubGraphStartOutputsVector, [2, 1])
    name = b.CreateString("tiny")
    tflite.SubGraphStart(b)
    tflite.SubGraphAddTensors(b, tensors)
    tflite.SubGraphAddInputs(b, inputs)
    tflite.SubGraphAddOutputs(b, outputs)
    tflite.SubGraphAddOperators(b, operators)
    tflite.SubGraphAddName(b, name)
    graphs = offsets(b, tflite.ModelStartSubgraphsVector,
                     [tflite.SubGraphEnd(b)])
    tflite.OperatorCodeStart(b)
    code = tflite.BuiltinOperator.AVERAGE_POOL_2D
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, code)
    tflite.OperatorCodeAddBuiltinCode(b, code)
    tflite.OperatorCodeAddVersion(b, 1)
    codes = offsets(b, tflite.ModelStartOperatorCodesVector,
                    [tflite.OperatorCodeEnd(b)])
    tflite.BufferStart(b)
    buffers = offsets(b, tflite.ModelStartBuffersVector,
                      [tflite.BufferEnd(b)])
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, codes)
    tflite.ModelAddSubgraphs(b, graphs)
    tflite.ModelAddBuffers(b, buffers)
    b.Finish(tflite.ModelEnd(b), b"TFL3")
    with open(os.path.join(OUT, "tiny.tflite"), "wb") as file:
        file.write(b.Output())


if __name__ == "__main__":
    write_onnx()
    write_tflite()
