"""torch_decoders.py - golden numbers of all decoders, from PyTorch

    python3 torch_decoders.py

writes a file for each decoder of tests/unit/decoders.h beside itself, read by
tests/unit/test_golden.c: weights, a batch, the summed loss and all gradients
of the sum; nic_first and nic_every also the parameters after two steps of Adam
on the mean with clipping.  Each record is a line "name count" and a line of
values (9 digits: every f32 exactly).  Written with PyTorch 2.15; needs nothing
else.
"""

import os

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

V, E, H, F = 13, 8, 6, 10
LENGTHS = [6, 5, 5, 3, 1]          # words to predict, falling
RATE, CLIP, STEPS = 1e-2, 0.1, 2


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


class Nic(nn.Module):
    def __init__(self, image, cell="lstm", layers=1, tied=False):
        super().__init__()
        self.mode, self.cell, self.layers = image, cell, layers
        if image == "state":
            self.init_h = nn.Linear(F, layers * H)
            if cell == "lstm":
                self.init_c = nn.Linear(F, layers * H)
        else:
            self.image = nn.Linear(F, H if image == "merge" else E)
        self.embed = nn.Embedding(V, E)
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
        h, *c = [layer(feature).view(-1, self.layers, H).transpose(0, 1)
                 .contiguous()
                 for layer in [self.init_h] + (
                     [self.init_c] if self.cell == "lstm" else [])]
        return (h, c[0]) if c else h

    def forward(self, feature, words, lengths):
        x = self.embed(words)
        if self.mode == "first":
            x = torch.cat([self.image(feature).unsqueeze(1), x], 1)
            lengths = lengths + 1
        elif self.mode == "every":
            image = self.image(feature).unsqueeze(1)
            x = torch.cat([x, image.expand(-1, x.shape[1], -1)], 2)
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        h, _ = pad_packed_sequence(
            getattr(self, self.cell)(packed, self.first_state(feature))[0],
            batch_first=True)
        if self.mode == "first":
            h = h[:, 1:]
        elif self.mode == "merge":
            h = h + self.image(feature).unsqueeze(1)
        if hasattr(self, "project"):
            h = self.project(h)
        return self.output(h, self.embed), 0


def write(file, name, values):
    if torch.is_tensor(values):
        values = values.flatten().tolist()
    file.write(f"{name} {len(values)}\n")
    file.write(" ".join(f"{v:.9g}" for v in values) + "\n")


def time_major(padded):
    steps = range(max(LENGTHS))
    return [int(padded[b, t]) for t in steps for b in range(len(LENGTHS))
            if t < LENGTHS[b]]


def golden(name, model, has_steps=False):
    B, T, N = len(LENGTHS), max(LENGTHS), sum(LENGTHS)
    feature = torch.randn(B, F)
    words = torch.randint(0, V, (B, T + 1))
    lengths = torch.tensor(LENGTHS)
    keep = torch.arange(T)[None, :] < lengths[:, None]
    adam = torch.optim.Adam(model.parameters(), lr=RATE)

    def loss_sum():
        logit, more = model(feature, words[:, :-1], lengths)
        return more + nn.functional.cross_entropy(
            logit[keep], words[:, 1:][keep], reduction="sum")

    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, name + ".txt"), "w") as file:
        write(file, "sizes", [B, T, N, V, E, H, F])
        write(file, "live", [sum(n > t for n in LENGTHS) for t in range(T)])
        write(file, "input", time_major(words[:, :-1]))
        write(file, "target", time_major(words[:, 1:]))
        write(file, "feature", feature)
        for key, p in model.named_parameters():
            write(file, key, p.detach())
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
    golden("nic_merge_tied", Nic("merge", tied=True))
    golden("nic_first_deep", Nic("first", layers=3))
    golden("gru_first", Nic("first", "gru"))
    golden("gru_every_deep", Nic("every", "gru", layers=2))
    golden("gru_state", Nic("state", "gru", layers=2, tied=True))


if __name__ == "__main__":
    main()
