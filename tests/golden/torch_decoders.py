"""torch_decoders.py - golden numbers of all decoders, from PyTorch

    python3 torch_decoders.py

writes a file for each decoder of tests/unit/decoders.h beside itself, read by
tests/unit/test_golden.c and torch_model.h: weights, a batch, the logits, the
summed loss and all gradients of the sum; nic_first and nic_every also the
parameters after two steps of Adam on the mean with clipping.  Each record is a
line "name count" and a line of values (9 digits: every f32 exactly).  Written
with PyTorch 2.15 (the logits: 1.13); needs nothing else.
"""

import os

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

V, E, H, F = 13, 8, 6, 10
L, A = 4, 6                        # as in decoders.h
LENGTHS = [6, 5, 5, 3, 1]          # words to predict, falling
RATE, CLIP, STEPS = 1e-2, 0.1, 2
ALPHA = 0.5                        # of the penalty of those that look


class Embedding(nn.Embedding):
    """Word vectors as they are fed: cut at 0, or not."""

    def __init__(self, relu):
        super().__init__(V, E)
        self.relu = relu

    def forward(self, words):
        x = super().forward(words)
        return torch.relu(x) if self.relu else x


class Output(nn.Module):
    """From what leaves the cells to logits; tied: no weight of its own."""

    def __init__(self, width, tied):
        super().__init__()
        self.tied = tied
        if tied:
            self.bias = nn.Parameter(torch.randn(V))
        else:
            self.weight = nn.Parameter(torch.randn(V, width) / width ** 0.5)
            self.bias = nn.Parameter(torch.randn(V))

    def forward(self, x, embed):
        weight = embed.weight if self.tied else self.weight
        return nn.functional.linear(x, weight, self.bias)


def add_norm(model, name, width):
    """A LayerNorm of what the layer of that name gives, random as in a net
    that has learnt."""
    layer = nn.LayerNorm(width)
    nn.init.uniform_(layer.weight, 0.5, 1.5)
    nn.init.uniform_(layer.bias, -0.5, 0.5)
    setattr(model, name + "_norm", layer)


def projected(model, name, x):
    """A linear layer and, where the model has it, its LayerNorm."""
    x = getattr(model, name)(x)
    return getattr(model, name + "_norm", nn.Identity())(x)


class Nic(nn.Module):
    def __init__(self, image, cell="lstm", layers=1, tied=False, relu=False,
                 norm=False):
        super().__init__()
        self.mode, self.cell, self.layers = image, cell, layers
        widths = dict(image=H if image == "merge" else E)
        if image == "state":
            widths = dict(init_h=layers * H)
            if cell == "lstm":
                widths["init_c"] = layers * H
        for name, width in widths.items():
            setattr(self, name, nn.Linear(F, width))
            if norm:
                add_norm(self, name, width)
        self.embed = Embedding(relu)
        kind = nn.GRU if cell == "gru" else nn.LSTM
        rnn = kind(2 * E if image == "every" else E, H, layers,
                   batch_first=True)
        setattr(self, cell, rnn)
        if tied and E != H:
            self.project = nn.Linear(H, E)
        self.output = Output(H, tied)

    def first_state(self, feature):
        if self.mode != "state":
            return None
        h, *c = [projected(self, name, feature).view(-1, self.layers, H)
                 .transpose(0, 1).contiguous()
                 for name in ["init_h"] + (
                     ["init_c"] if self.cell == "lstm" else [])]
        return (h, c[0]) if c else h

    def forward(self, feature, words, lengths):
        x = self.embed(words)
        if self.mode == "first":
            x = torch.cat([projected(self, "image", feature).unsqueeze(1), x],
                          1)
            lengths = lengths + 1
        elif self.mode == "every":
            image = projected(self, "image", feature).unsqueeze(1)
            x = torch.cat([x, image.expand(-1, x.shape[1], -1)], 2)
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        h, _ = pad_packed_sequence(
            getattr(self, self.cell)(packed, self.first_state(feature))[0],
            batch_first=True)
        if self.mode == "first":
            h = h[:, 1:]
        elif self.mode == "merge":
            h = h + projected(self, "image", feature).unsqueeze(1)
        if hasattr(self, "project"):
            h = self.project(h)
        return self.output(h, self.embed), 0


class Attention(nn.Module):
    """Additive attention of h over places [B][L][width]."""

    def __init__(self, width):
        super().__init__()
        self.key = nn.Linear(width, A)
        self.query = nn.Linear(H, A)
        self.score = nn.Linear(A, 1, bias=False)

    def forward(self, place, h):
        score = self.score(torch.tanh(self.key(place) +
                                      self.query(h).unsqueeze(1)))
        weight = torch.softmax(score.squeeze(2), 1)
        return (weight.unsqueeze(2) * place).sum(1), weight


class Looking(nn.Module):
    """Step by step; rows that have ended go on, and are not counted."""

    def forward(self, feature, words, lengths):
        place = self.places(feature)
        state, logits, looked = self.begin(place), [], 0
        for t in range(words.shape[1]):
            x = self.embed(words[:, t])
            top, weight, state = self.step(place, x, state)
            if hasattr(self, "project"):
                top = self.project(top)
            logits.append(self.output(top, self.embed))
            looked = looked + weight * (lengths > t).unsqueeze(1)
        return torch.stack(logits, 1), ALPHA * ((1 - looked) ** 2).sum()

    def set_output(self, width, tied):
        if tied and width != E:
            self.project = nn.Linear(width, E)
        self.output = Output(width, tied)


class Sat(Looking):
    def __init__(self, tied=False, relu=False, norm=False):
        super().__init__()
        self.init_h = nn.Linear(F, H)
        self.init_c = nn.Linear(F, H)
        if norm:
            add_norm(self, "init_h", H)
            add_norm(self, "init_c", H)
        self.attention = Attention(F)
        self.beta = nn.Linear(H, 1)
        self.embed = Embedding(relu)
        self.lstm = nn.LSTMCell(E + F, H)
        self.deep_h = nn.Linear(H, E)
        self.deep_z = nn.Linear(F, E)
        self.set_output(E, tied)

    def places(self, feature):
        return feature

    def begin(self, place):
        mean = place.mean(1)
        return projected(self, "init_h", mean), projected(self, "init_c", mean)

    def step(self, place, x, state):
        context, weight = self.attention(place, state[0])
        seen = torch.sigmoid(self.beta(state[0])) * context
        state = self.lstm(torch.cat([x, seen], 1), state)
        return (torch.tanh(x + self.deep_h(state[0]) + self.deep_z(seen)),
                weight, state)


class Cell(nn.Module):
    """The parameters of an LSTM with a maxout."""

    def __init__(self):
        super().__init__()
        for name, *shape in [("weight_ih", 5 * H, E), ("weight_hh", 5 * H, H),
                             ("bias_ih", 5 * H), ("bias_hh", 5 * H)]:
            setattr(self, name, nn.Parameter(torch.randn(shape) / H ** 0.5))


class Att2in(Looking):
    def __init__(self, tied=False, relu=False, norm=False):
        super().__init__()
        self.grid = nn.Linear(F, H)
        if norm:
            add_norm(self, "grid", H)
        self.attention = Attention(H)
        self.embed = Embedding(relu)
        self.cell = Cell()
        self.context = nn.Linear(H, 2 * H)
        self.set_output(H, tied)

    def places(self, feature):
        return torch.relu(projected(self, "grid", feature))

    def begin(self, place):
        zero = torch.zeros(place.shape[0], H)
        return zero, zero

    def step(self, place, x, state):
        h, c = state
        context, weight = self.attention(place, h)
        linear, cell = nn.functional.linear, self.cell
        gate = (linear(x, cell.weight_ih, cell.bias_ih) +
                linear(h, cell.weight_hh, cell.bias_hh))
        i, f, o = torch.sigmoid(gate[:, :3 * H]).chunk(3, 1)
        g = gate[:, 3 * H:] + self.context(context)
        c = f * c + i * torch.max(g[:, :H], g[:, H:])
        h = o * torch.tanh(c)
        return h, weight, (h, c)


class UpDown(Looking):
    def __init__(self, tied=False, relu=False, norm=False):
        super().__init__()
        self.grid = nn.Linear(F, H)
        if norm:
            add_norm(self, "grid", H)
        self.attention = Attention(H)
        self.embed = Embedding(relu)
        self.attention_lstm = nn.LSTMCell(2 * H + E, H)
        self.language_lstm = nn.LSTMCell(2 * H, H)
        self.set_output(H, tied)

    def places(self, feature):
        return torch.relu(projected(self, "grid", feature))

    def begin(self, place):
        zero = torch.zeros(place.shape[0], H)
        return (zero, zero), (zero, zero)

    def step(self, place, x, state):
        look, speak = state
        look = self.attention_lstm(torch.cat([speak[0], place.mean(1), x], 1),
                                   look)
        context, weight = self.attention(place, look[0])
        speak = self.language_lstm(torch.cat([context, look[0]], 1), speak)
        return speak[0], weight, (look, speak)


def write(file, name, values):
    if torch.is_tensor(values):
        values = values.flatten().tolist()
    file.write(f"{name} {len(values)}\n")
    file.write(" ".join(f"{v:.9g}" for v in values) + "\n")


def time_major(padded):
    steps = range(max(LENGTHS))
    return torch.stack([padded[b, t] for t in steps
                        for b in range(len(LENGTHS)) if t < LENGTHS[b]])


def golden(name, model, has_steps=False, smoothing=0):
    B, T, N = len(LENGTHS), max(LENGTHS), sum(LENGTHS)
    looks = isinstance(model, Looking)
    feature = torch.randn(B, L, F) if looks else torch.randn(B, F)
    words = torch.randint(0, V, (B, T + 1))
    lengths = torch.tensor(LENGTHS)
    keep = torch.arange(T)[None, :] < lengths[:, None]
    adam = torch.optim.Adam(model.parameters(), lr=RATE)

    def loss_sum():
        logit, more = model(feature, words[:, :-1], lengths)
        return more + nn.functional.cross_entropy(
            logit[keep], words[:, 1:][keep], reduction="sum",
            label_smoothing=smoothing)

    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, name + ".txt"), "w") as file:
        write(file, "sizes", [B, T, N, V, E, H, F])
        write(file, "penalty", [ALPHA if looks else 0, smoothing])
        write(file, "live", [sum(n > t for n in LENGTHS) for t in range(T)])
        write(file, "input", time_major(words[:, :-1]))
        write(file, "target", time_major(words[:, 1:]))
        write(file, "feature", feature)
        for key, p in model.named_parameters():
            write(file, key, p.detach())
        with torch.no_grad():
            write(file, "logits",
                  time_major(model(feature, words[:, :-1], lengths)[0]))
        loss = loss_sum()
        loss.backward()
        write(file, "loss", [loss.item()])
        for key, p in model.named_parameters():
            write(file, "gradient:" + key, p.grad)
        if not has_steps:
            return
        write(file, "settings", [RATE, CLIP, STEPS])
        for _ in range(STEPS):
            adam.zero_grad()
            (loss_sum() / N).backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            adam.step()
        for key, p in model.named_parameters():
            write(file, "after:" + key, p.detach())


def main():
    torch.manual_seed(7)
    golden("nic_first", Nic("first"), True)
    golden("nic_every", Nic("every"), True)
    golden("nic_state", Nic("state", layers=2))
    golden("nic_merge_tied", Nic("merge", tied=True), smoothing=0.1)
    golden("nic_first_deep", Nic("first", layers=3))
    golden("gru_first", Nic("first", "gru"))
    golden("gru_every_deep", Nic("every", "gru", layers=2))
    golden("gru_state", Nic("state", "gru", layers=2, tied=True))
    golden("sat", Sat())
    golden("sat_tied", Sat(tied=True))
    golden("att2in", Att2in())
    golden("updown", UpDown())
    golden("updown_tied", UpDown(tied=True))
    golden("att2in_relu", Att2in(relu=True))
    golden("nic_first_relu", Nic("first", tied=True, relu=True))
    golden("nic_first_norm", Nic("first", norm=True))
    golden("gru_every_norm", Nic("every", "gru", layers=4, norm=True))
    golden("nic_state_norm", Nic("state", layers=2, norm=True))
    golden("nic_merge_norm", Nic("merge", norm=True))
    golden("sat_norm", Sat(norm=True))
    golden("updown_norm", UpDown(norm=True))


if __name__ == "__main__":
    main()
