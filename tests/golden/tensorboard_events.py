"""tensorboard_events.py - TensorBoard reads what training wrote for it

    python3 -m venv DIR && DIR/bin/pip install tensorboard
    DIR/bin/python tests/golden/tensorboard_events.py RUN

Reads RUN with the tensorboard package, and RUN/log.jsonl; every value of every
step must be the same in both, as 32-bit floats.
"""
import json
import os
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator)

STEP = {"loss/training": "loss", "rate": "rate", "norm": "norm",
        "words_per_s": "words_per_s"}
EPOCH = {"loss/validation": "val_loss", "cider_d": "cider_d",
         "bleu_4": "bleu_4"}


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def main():
    run = sys.argv[1]
    wanted = {}
    with open(os.path.join(run, "log.jsonl")) as log:
        for line in map(json.loads, log):
            names = {"step": STEP, "epoch": EPOCH}.get(line["kind"], {})
            for tag, name in names.items():
                if name in line:
                    wanted.setdefault(tag, []).append(
                        (line["step"], single(line[name])))
    board = EventAccumulator(run, size_guidance={"scalars": 0})
    board.Reload()
    bad = sorted(set(board.Tags()["scalars"]) ^ set(wanted))
    for tag in set(wanted) - set(bad):
        found = [(s.step, s.value) for s in board.Scalars(tag)]
        if found != wanted[tag]:
            bad.append(tag)
    for tag in bad:
        print("failed: not the same: " + tag)
    values = sum(map(len, wanted.values()))
    print(f"{values} values of {len(wanted)} tags")
    return 1 if bad or not values else 0


if __name__ == "__main__":
    sys.exit(main())
