"""torch_nic.py - golden numbers of the NIC decoder, from PyTorch

    python3 torch_nic.py

writes nic_first.txt and nic_every.txt beside itself, read by
tests/unit/test_golden.c: weights, a batch, the summed loss, all gradients of
the sum, and the parameters after two steps of Adam on the mean with clipping.
Each record is a line "name count" and a line of values (9 digits: every f32
exactly).  Written with PyTorch 2.15; needs nothing else.
"""

import os

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

V, E, H, F = 13, 8, 6, 10
LENGTHS = [6, 5, 5, 3, 1]          # words to predict, falling
RATE, CLIP, STEPS = 1e-2, 0.1, 2


class Nic(nn.Module):
    def __init__(self, mode):
        super().__init__()
        self.mode = mode
        self.image = nn.Linear(F, E)
        self.embed = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E if mode == "first" else 2 * E, H,
                            batch_first=True)
        self.output = nn.Linear(H, V)

    def forward(self, feature, words, lengths):
        image = self.image(feature).unsqueeze(1)
        x = self.embed(words)
        if self.mode == "first":
            x = torch.cat([image, x], 1)
            lengths = lengths + 1
        else:
            x = torch.cat([x, image.expand(-1, x.shape[1], -1)], 2)
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        h, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0],
                                                batch_first=True)
        return self.output(h[:, 1:] if self.mode == "first" else h)


def write(file, name, values):
    if torch.is_tensor(values):
        values = values.flatten().tolist()
    file.write(f"{name} {len(values)}\n")
    file.write(" ".join(f"{v:.9g}" for v in values) + "\n")


def time_major(padded):
    steps = range(max(LENGTHS))
    return [int(padded[b, t]) for t in steps for b in range(len(LENGTHS))
            if t < LENGTHS[b]]


def golden(mode, path):
    torch.manual_seed(7)
    model = Nic(mode)
    B, T, N = len(LENGTHS), max(LENGTHS), sum(LENGTHS)
    feature = torch.randn(B, F)
    words = torch.randint(0, V, (B, T + 1))
    lengths = torch.tensor(LENGTHS)
    keep = torch.arange(T)[None, :] < lengths[:, None]
    adam = torch.optim.Adam(model.parameters(), lr=RATE)

    def loss_sum():
        logit = model(feature, words[:, :-1], lengths)
        return nn.functional.cross_entropy(logit[keep], words[:, 1:][keep],
                                           reduction="sum")

    with open(path, "w") as file:
        write(file, "sizes", [B, T, N, V, E, H, F])
        write(file, "settings", [RATE, CLIP, STEPS])
        write(file, "live", [sum(n > t for n in LENGTHS) for t in range(T)])
        write(file, "input", time_major(words[:, :-1]))
        write(file, "target", time_major(words[:, 1:]))
        write(file, "feature", feature)
        for name, p in model.named_parameters():
            write(file, name, p.detach())
        loss = loss_sum()
        loss.backward()
        write(file, "loss", [loss.item()])
        for name, p in model.named_parameters():
            write(file, "gradient:" + name, p.grad)
        for _ in range(STEPS):
            adam.zero_grad()
            (loss_sum() / N).backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            adam.step()
        for name, p in model.named_parameters():
            write(file, "after:" + name, p.detach())


if __name__ == "__main__":
    folder = os.path.dirname(os.path.abspath(__file__))
    for image_mode in ("first", "every"):
        golden(image_mode, os.path.join(folder, f"nic_{image_mode}.txt"))
