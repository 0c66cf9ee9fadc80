"""flask_serve.py - captions over HTTP by Flask, ONNX Runtime and PyTorch

    gunicorn -w CORES --chdir tests/bench 'flask_serve:create(MODEL, NETWORK)'

What somebody would write in Python for the same model: the same ONNX network
(of the usual recipe: squashed, mean and deviation NETWORK.json tells), on ONNX
Runtime; a NIC decoder with a GRU and the image as its first word, on PyTorch;
beam search with three beginnings, ranked by ln p / words^0.7.  A process for
each core, each with one thread, as its operators do not gain from more.
"""
import io
import json
import os

import flask
import numpy as np
import onnxruntime
import torch
from PIL import Image

BEAM, POWER, START, END = 3, 0.7, 1, 2
ENDINGS = ("a,an,the,of,with,and,or,but,at,by,for,from,into,near,onto,to,is,"
           "are").split(",")


def read_model(path):
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        head = json.loads(file.read(size))
        body = file.read()
    meta, tensors = head.pop("__metadata__"), {}
    for name, t in head.items():
        begin, end = t["data_offsets"]
        kind = np.float32 if t["dtype"] == "F32" else np.uint8
        tensors[name] = np.frombuffer(body[begin:end], kind).reshape(t["shape"])
    settings = json.loads(meta["chorus.settings"])
    if (settings["decoder"], settings["cell"], settings["image"],
            settings["layers"]) != ("nic", "gru", "first", 1):
        raise SystemExit("expected a NIC-GRU of one layer, image first")
    words = bytes(tensors.pop("vocabulary")).decode().split("\n")
    return settings, {k: torch.tensor(v) for k, v in tensors.items()}, words


class Captioner:
    def __init__(self, model, network):
        self.settings, self.w, self.words = read_model(model)
        with open(network) as file:
            spec = json.load(file)
        rule = spec["input"]
        self.size = rule["size"]
        self.mean = np.array(rule["mean"], np.float32)
        self.std = np.array(rule["std"], np.float32)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.network = onnxruntime.InferenceSession(
            os.path.join(os.path.dirname(network), spec["network"]), options)
        self.pooled = spec["pooled"]
        self.cell = torch.nn.GRUCell(self.settings["embed"],
                                     self.settings["hidden"])
        self.cell.load_state_dict({
            name: self.w["gru." + name + "_l0"]
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")})
        never = torch.zeros(len(self.w["output.bias"]))
        never[[0, START]] = -torch.inf
        never[self.words.index("<unk>")] = -torch.inf
        self.never = never
        self.no_end = torch.tensor([i for i, w in enumerate(self.words)
                                    if w in ENDINGS])

    def features(self, photo):
        image = Image.open(io.BytesIO(photo))
        image.draft("RGB", (self.size, self.size))
        image = image.convert("RGB").resize((self.size, self.size),
                                            Image.Resampling.BILINEAR)
        x = (np.asarray(image, np.float32) - self.mean) / self.std
        x = np.ascontiguousarray(x.transpose(2, 0, 1)[None])
        found, = self.network.run([self.pooled],
                                  {self.network.get_inputs()[0].name: x})
        return (torch.tensor(found) - self.w["feature.mean"]) / \
            self.w["feature.std"]

    def search(self, feature):
        w, linear = self.w, torch.nn.functional.linear
        h = self.cell(linear(feature, w["image.weight"], w["image.bias"]))
        alive, scores = [[]], torch.zeros(1)
        word, whole = torch.tensor([START]), []
        for _ in range(self.settings["max_words"]):
            h = self.cell(w["embed.weight"][word], h)
            logp = torch.log_softmax(
                linear(h, w["output.weight"], w["output.bias"]), 1)
            total = scores[:, None] + logp + self.never
            ends = torch.isin(word, self.no_end)
            total[ends, END] = -torch.inf
            best, at = total.flatten().topk(BEAM)
            kept = []
            for p, i in zip(best.tolist(), at.tolist()):
                row, next_word = divmod(i, total.shape[1])
                if next_word == END:
                    whole.append((p / (len(alive[row]) + 1) ** POWER, p,
                                  alive[row]))
                else:
                    kept.append((p, row, next_word))
            if len(whole) >= BEAM or not kept:
                break
            alive = [alive[row] + [x] for _, row, x in kept]
            scores = torch.tensor([p for p, _, _ in kept])
            h = h[[row for _, row, _ in kept]]
            word = torch.tensor([x for _, _, x in kept])
        score, p, ids = max(whole)
        return {"caption": " ".join(self.words[i] for i in ids), "logp": p,
                "score": score}


def create(model, network):
    torch.set_num_threads(1)
    app, captioner = flask.Flask(__name__), Captioner(model, network)

    @app.post("/v1/caption")
    def caption():
        with torch.inference_mode():
            return captioner.search(captioner.features(flask.request.data))

    return app
