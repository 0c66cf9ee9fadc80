"""torch_optimiser.py - golden numbers of optimisers and schedules

    python3 torch_optimiser.py

writes optimiser.txt and schedule.txt beside itself, read by
tests/unit/test_update.c and test_schedule.c.  optimiser.txt: gradients of ten
steps, and for every optimiser and setting the parameters after them; a weight
of 5 x 7 and a bias of 5, which weight decay spares.  schedule.txt: learning
rates.  Each record is a line "name count" and a line of values (9 digits for
f32, 17 for f64).  Written with PyTorch 2.15; needs nothing else.
"""

import os
import warnings

import torch
from torch.optim import lr_scheduler

STEPS = 10
OPTIMISERS = {       # name: class, settings, clip by value
    "sgd": (torch.optim.SGD, dict(lr=0.05), 0),
    "sgd_momentum": (torch.optim.SGD, dict(lr=0.05, momentum=0.9), 0),
    "sgd_nesterov": (torch.optim.SGD, dict(lr=0.05, momentum=0.9,
                                           nesterov=True), 0),
    "sgd_decay": (torch.optim.SGD, dict(lr=0.05, momentum=0.9,
                                        weight_decay=0.1), 0),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.01), 0),
    "rmsprop_momentum": (torch.optim.RMSprop, dict(lr=0.01, momentum=0.9,
                                                   weight_decay=0.1), 0),
    "adagrad": (torch.optim.Adagrad, dict(lr=0.01), 0),
    "adagrad_decay": (torch.optim.Adagrad, dict(lr=0.01,
                                                weight_decay=0.1), 0),
    "adam": (torch.optim.Adam, dict(lr=0.01), 0),
    "adam_decay": (torch.optim.Adam, dict(lr=0.01, weight_decay=0.1), 0),
    "adam_value": (torch.optim.Adam, dict(lr=0.01), 0.3),
    "adamw": (torch.optim.AdamW, dict(lr=0.01), 0),
    "radam": (torch.optim.RAdam, dict(lr=0.01), 0),
    "radam_fast": (torch.optim.RAdam, dict(lr=0.01, betas=(0.9, 0.9)), 0),
    "radam_decay": (torch.optim.RAdam, dict(lr=0.01, betas=(0.9, 0.9),
                                            weight_decay=0.1), 0),
}
LOSSES = [5, 4, 4.2, 3.99995, 3.9, 3.9, 3.95, 3.91, 3.8, 3.9, 3.9, 3.9, 3.9,
          3.9, 3.7]


def write(file, name, values, digits=9):
    if torch.is_tensor(values):
        values = values.flatten().tolist()
    file.write(f"{name} {len(values)}\n")
    file.write(" ".join(f"{v:.{digits}g}" for v in values) + "\n")


def optimisers(path):
    torch.manual_seed(3)
    start = [torch.randn(5, 7), torch.randn(5)]
    grads = [[torch.randn_like(p) for p in start] for _ in range(STEPS)]
    with open(path, "w") as file:
        write(file, "weight", start[0])
        write(file, "bias", start[1])
        for t, (weight, bias) in enumerate(grads):
            write(file, f"gradient:weight:{t}", weight)
            write(file, f"gradient:bias:{t}", bias)
        for name, (kind, settings, most) in OPTIMISERS.items():
            params = [torch.nn.Parameter(p.clone()) for p in start]
            groups = [dict(params=[params[0]]),
                      dict(params=[params[1]], weight_decay=0)]
            optimiser = kind(groups, **settings)
            for step in grads:
                for p, g in zip(params, step):
                    p.grad = g.clone()
                if most:
                    torch.nn.utils.clip_grad_value_(params, most)
                optimiser.step()
            write(file, f"after:{name}:weight", params[0].detach())
            write(file, f"after:{name}:bias", params[1].detach())


def rates(make, count, losses=None):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    schedule = make(optimiser)
    out = []
    for t in range(count):
        out.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step(*([losses[t]] if losses else []))
    return out


def schedules(path):
    with open(path, "w") as file:
        write(file, "step", rates(
            lambda o: lr_scheduler.StepLR(o, 3, 0.5), 12), 17)
        write(file, "exponential", rates(
            lambda o: lr_scheduler.ExponentialLR(o, 0.9), 12), 17)
        write(file, "cosine", rates(
            lambda o: lr_scheduler.CosineAnnealingLR(o, 12, 0.05), 13), 17)
        write(file, "warmup", rates(
            lambda o: lr_scheduler.LinearLR(o, 1 / 5, 1, 4), 8), 17)
        write(file, "losses", LOSSES, 17)
        write(file, "plateau", rates(
            lambda o: lr_scheduler.ReduceLROnPlateau(
                o, factor=0.5, patience=1, min_lr=0.06), len(LOSSES),
            LOSSES), 17)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    folder = os.path.dirname(os.path.abspath(__file__))
    optimisers(os.path.join(folder, "optimiser.txt"))
    schedules(os.path.join(folder, "schedule.txt"))
