"""torch_bf16.py - golden numbers of all decoders in bf16, from PyTorch

    python3 torch_bf16.py

writes NAME_bf16.txt beside each NAME.txt of torch_decoders.py, read by
tests/unit/test_golden.c: the summed loss and all gradients of it, with the same
weights and words, when both operands of every product with weights are rounded
to bfloat16 (torch's own rounding) and the sums are f32, forward and backward;
what is the same at all steps of a caption is multiplied once, and the gradients
of its steps are added up before they are rounded.

A sum in another order has other last digits, and where an operand lies between
two bfloat16 it may be rounded to the other one.  So that this does not decide,
the features are multiplied by "scale", the first of 1, 1 + 1/1024, ... with which
no operand that matters lies so: those of at least 1/40 of the largest of their
tensor are at least MARGIN of it away.  Written with PyTorch 2.15.
"""

import os

import torch
from torch import nn

import torch_decoders
from torch_decoders import E, H, L, Looking, projected

FOLDER = os.path.dirname(os.path.abspath(__file__))
MARGIN, MATTERS, TRIES = 2.5e-7, 0.025, 4000


class Near:
    """Was an operand that was computed near the middle of two bfloat16?"""
    found = False

    @classmethod
    def see(cls, x):
        bits = x.contiguous().view(torch.int32)
        step = 2.0 ** (((bits >> 23) & 0xff) - 127 - 23).double()
        away = ((bits & 0xffff) - 0x8000).abs() * step
        largest = x.abs().max().item()
        cls.found |= bool(((away < MARGIN * largest) &
                           (x.abs() > MATTERS * largest)).any())


def rounded(x):
    return x.bfloat16().float()


class Product(torch.autograd.Function):
    """x W^T of rounded operands."""

    @staticmethod
    def forward(context, x, weight):
        if x.requires_grad:
            Near.see(x)
        context.save_for_backward(rounded(x), rounded(weight))
        return rounded(x) @ rounded(weight).T

    @staticmethod
    def backward(context, grad):
        x, weight = context.saved_tensors
        Near.see(grad)
        grad = rounded(grad)
        return (grad @ weight,
                grad.flatten(0, -2).T @ x.flatten(0, -2))


def linear(x, weight, bias=None):
    if bias is None:          # the score of places: no product of a layer
        return x @ weight.T
    return Product.apply(x, weight) + bias


def lstm(gate, c):
    i, f, g, o = gate.chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


class Rnn(nn.Module):
    """Layers of cells over padded rows, as nn.LSTM and nn.GRU."""

    def __init__(self, width, hidden, layers=1, batch_first=True):
        super().__init__()
        self.layers = layers
        n = self.gates * hidden
        for k in range(layers):
            for name, *shape in [("weight_ih", n, hidden if k else width),
                                 ("weight_hh", n, hidden), ("bias_ih", n),
                                 ("bias_hh", n)]:
                setattr(self, f"{name}_l{k}",
                        nn.Parameter(torch.empty(shape)))

    def forward(self, x, state, same):
        for k in range(self.layers):
            own = [getattr(self, f"{name}_l{k}") for name in (
                "weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            first = [s[k] for s in state]
            x = self.run(x, first, None if k else same, *own)
        return x

    def run(self, x, state, same, w_ih, w_hh, b_ih, b_hh):
        enters = Product.apply(x, w_ih[:, :x.shape[2]]) + b_ih
        if same is not None:
            enters = enters + Product.apply(same, w_ih[:, E:]).unsqueeze(1)
        h, *c = state
        out = []
        for t in range(x.shape[1]):
            h, *c = self.step(enters[:, t], linear(h, w_hh, b_hh), h, *c)
            out.append(h)
        return torch.stack(out, 1)


class Lstm(Rnn):
    gates = 4

    def step(self, enters, recurs, h, c):
        return lstm(enters + recurs, c)


class Gru(Rnn):
    gates = 3

    def step(self, enters, recurs, h):
        r, z, n = enters.chunk(3, 1)
        hr, hz, hn = recurs.chunk(3, 1)
        z = torch.sigmoid(z + hz)
        return ((1 - z) * torch.tanh(n + torch.sigmoid(r + hr) * hn) +
                z * h,)


class Nic(torch_decoders.Nic):
    def forward(self, feature, words, lengths):
        x, same = self.embed(words), None
        if self.mode == "first":
            x = torch.cat([projected(self, "image", feature).unsqueeze(1), x],
                          1)
        elif self.mode == "every":
            same = projected(self, "image", feature)
        state = self.first_state(feature)
        if state is None:
            state = torch.zeros(2, self.layers, len(feature), H)
            state = tuple(state) if self.cell == "lstm" else state[0]
        if self.cell == "gru":
            state = (state,)
        h = getattr(self, self.cell)(x, state, same)
        if self.mode == "first":
            h = h[:, 1:]
        elif self.mode == "merge":
            h = h + projected(self, "image", feature).unsqueeze(1)
        if hasattr(self, "project"):
            h = self.project(h)
        return self.output(h, self.embed), 0


class Attention(torch_decoders.Attention):
    """Keys are projected once."""

    def begin(self, place):
        self.known = self.key(place)

    def forward(self, place, h):
        score = self.score(torch.tanh(self.known + self.query(h).unsqueeze(1)))
        weight = torch.softmax(score.squeeze(2), 1)
        return (weight.unsqueeze(2) * place).sum(1), weight


class LstmCell(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        for name, *shape in [("weight_ih", 4 * hidden, width),
                             ("weight_hh", 4 * hidden, hidden),
                             ("bias_ih", 4 * hidden), ("bias_hh", 4 * hidden)]:
            setattr(self, name, nn.Parameter(torch.empty(shape)))

    def forward(self, x, state, more=0, columns=slice(None)):
        gate = (Product.apply(x, self.weight_ih[:, columns]) + self.bias_ih +
                linear(state[0], self.weight_hh, self.bias_hh) + more)
        return lstm(gate, state[1])


class Sat(torch_decoders.Sat):
    """Places are projected before they are averaged."""

    def begin(self, place):
        self.attention.begin(place)
        self.for_gate = Product.apply(place, self.lstm.weight_ih[:, E:])
        self.for_deep = Product.apply(place, self.deep_z.weight)
        return super().begin(place)

    def step(self, place, x, state):
        _, weight = self.attention(place, state[0])
        weighed = torch.sigmoid(self.beta(state[0])).unsqueeze(2) * \
            weight.unsqueeze(2)
        state = self.lstm(x, state, (weighed * self.for_gate).sum(1),
                          slice(0, E))
        deep = (weighed * self.for_deep).sum(1) + self.deep_z.bias
        return torch.tanh(x + self.deep_h(state[0]) + deep), weight, state


class Att2in(torch_decoders.Att2in):
    def begin(self, place):
        self.attention.begin(place)
        return super().begin(place)


class UpDown(torch_decoders.UpDown):
    """The mean is multiplied once."""

    def begin(self, place):
        self.attention.begin(place)
        self.for_gate = Product.apply(
            place.mean(1), self.attention_lstm.weight_ih[:, H:2 * H])
        return super().begin(place)

    def step(self, place, x, state):
        look, speak = state
        columns = list(range(H)) + list(range(2 * H, 2 * H + E))
        look = self.attention_lstm(torch.cat([speak[0], x], 1), look,
                                   self.for_gate, columns)
        context, weight = self.attention(place, look[0])
        speak = self.language_lstm(torch.cat([context, look[0]], 1), speak)
        return speak[0], weight, (look, speak)


def read(name):
    with open(os.path.join(FOLDER, name + ".txt")) as file:
        lines = file.read().split("\n")
    return {head.split()[0]: [float(v) for v in values.split()]
            for head, values in zip(lines[::2], lines[1::2])}


def padded(live, values):
    words = torch.zeros(int(live[0]), len(live), dtype=torch.long)
    at = 0
    for t, rows in enumerate(int(n) for n in live):
        words[:rows, t] = torch.tensor(values[at:at + rows])
        at += rows
    return words


def load(model, record):
    with torch.no_grad():
        for key, p in model.named_parameters():
            p.copy_(torch.tensor(record[key]).view(p.shape))


def run(model, record, scale):
    """The loss; gradients are in the parameters."""
    live = record["live"]
    lengths = torch.tensor([sum(n > b for n in live)
                            for b in range(int(live[0]))])
    feature = torch.tensor(record["feature"]) * scale
    shape = (len(lengths), L, -1) if isinstance(model, Looking) else (
        len(lengths), -1)
    logit, more = model(feature.view(shape), padded(live, record["input"]),
                        lengths)
    keep = torch.arange(len(live))[None, :] < lengths[:, None]
    loss = more + nn.functional.cross_entropy(
        logit[keep], padded(live, record["target"])[keep], reduction="sum",
        label_smoothing=record["penalty"][1])
    model.zero_grad()
    loss.backward()
    return loss.item()


def golden(name, model, **_):
    record = read(name)
    load(model, record)
    for i in range(TRIES):
        Near.found = False
        scale = 1 + i / 1024
        loss = run(model, record, scale)
        if not Near.found:
            break
    else:
        raise SystemExit(f"{name}: an operand is near a tie at every scale")
    print(f"{name}: scale {scale}, loss {loss:.6f}", flush=True)
    with open(os.path.join(FOLDER, name + "_bf16.txt"), "w") as file:
        torch_decoders.write(file, "scale", [scale])
        torch_decoders.write(file, "loss", [loss])
        for key, p in model.named_parameters():
            torch_decoders.write(file, "gradient:" + key, p.grad)


def main():
    torch_decoders.golden = lambda name, model, *_, **__: golden(name, model)
    torch_decoders.Attention = Attention
    for kind in Nic, Sat, Att2in, UpDown:
        setattr(torch_decoders, kind.__name__, kind)
    nn.functional.linear = linear
    nn.LSTM, nn.GRU, nn.LSTMCell = Lstm, Gru, LstmCell
    torch_decoders.main()


if __name__ == "__main__":
    main()
