"""scale.py - the time of a training step on 1 to 1,024 ranks, predicted

    scale.py TABLE [FILE.svg]

TABLE is what scale.sh measured.  Prints what the model says of the same runs
beside it, and what it says of more ranks; FILE.svg is a drawing of that.

The model (times in seconds, M parameters of 4 bytes, P ranks, n on each host):

    compute   c0 + c1 w      w words of a rank; from two runs of one rank.  With
                             more ranks than cores they share them.
    update    u / P          every rank updates its own slice; u of one rank
    sum       12 M ((n-1) / n + (P/n - 1) / P) / B      the gradients of a
                             host's ranks are read, added and written, each rank
                             a part; then those of hosts, of the own slice.  B:
                             bytes per second of the update, which moves 28 a
                             parameter; a host has at most MEMORY for its ranks.
    network   4 M ((P - n) + P - 1) / P / beta + alpha s
                             a host sends the slices of its gradient to their
                             owners; the new parameters come back from rank to
                             rank.
    messages  s = 2 (P-1) one after the other in a ring, 2 log2 P in a tree, and
                             SMALL sums of few bytes, log2 P each.

alpha and beta: latency and bandwidth (Hockney 1994); the volumes are those of
reduce-scatter and all-gather (Thakur et al. 2005), which a ring and a tree share.
What other ranks compute later than this one is not in it, nor what others send
on the same network.
"""
import math
import sys

CORES_A_HOST = 32          # of the hosts that the prediction is for
MEMORY = 150e9             # bytes per second of such a host's memory
SMALL = 3                  # losses, errors, squares
NETWORKS = [               # name, alpha in s, beta in bytes/s
    ("1 Gbit/s Ethernet", 50e-6, 0.117e9),
    ("10 Gbit/s Ethernet", 20e-6, 1.17e9),
    ("100 Gbit/s InfiniBand", 2e-6, 11e9),
]


def median(values):
    return sorted(values)[len(values) // 2]


class Measured:
    """TABLE: medians over its rounds."""

    def __init__(self, path):
        self.told, runs, networks = {}, {}, []
        for line in open(path):
            kind, *rest = line.rstrip("\n").split("\t")
            if kind == "network":
                networks.append([float(x) for x in rest[2:]])
            elif len(rest) == 1:
                self.told[kind] = rest[0]
            else:
                run = (kind, *map(int, rest[:3]))
                runs.setdefault(run, []).append([float(x) for x in rest[3:]])
        self.cores = int(self.told["cores"])
        self.parameters = int(self.told["parameters"])
        # Between two ranks a sum is one message each way.
        self.alpha = median([n[0] for n in networks]) / 1e3 if networks else 0
        self.beta = median([n[1] for n in networks]) * 1e6 if networks else 1
        self.runs = {run: [median(column) for column in zip(*rounds)]
                     for run, rounds in runs.items()}
        self.spread = {run: (min(r[1] for r in rounds),
                             max(r[1] for r in rounds))
                       for run, rounds in runs.items()}


class Model:
    def __init__(self, m):
        small, whole = (next(v for r, v in m.runs.items() if r[0] == kind and
                             r[2] == 1) for kind in ("small", "strong"))
        self.c1 = (whole[2] - small[2]) / (whole[0] - small[0])
        self.c0 = max(0, whole[2] - self.c1 * whole[0])
        self.update = whole[3]
        self.parameters = m.parameters
        self.memory = 28 * m.parameters / whole[3]

    def step(self, words, ranks, hosts, cores, alpha, beta, way):
        """WORDS of all ranks together; CORES of all hosts together."""
        here = ranks / hosts
        crowd = max(1, ranks / cores)
        others = (here - 1) / here + (hosts - 1) / ranks
        add = 12 * self.parameters * others * max(
            crowd / self.memory, here / MEMORY)
        time = ((self.c0 + self.c1 * words / ranks + self.update / ranks) *
                crowd + add)
        if hosts > 1:
            volume = 4 * self.parameters * (ranks - here + ranks - 1)
            depth = math.log2(ranks)
            turns = 2 * (ranks - 1) if way == "ring" else 2 * depth
            time += volume / ranks / beta + alpha * (turns + SMALL * depth)
        return time


def runs_of(m, model):
    """Each measured run: kind, hosts, ranks, captions, ms: seen, lowest,
    highest, said."""
    for run, values in m.runs.items():
        kind, hosts, ranks, captions = run
        if kind != "small":
            low, high = m.spread[run]
            said = model.step(values[0], ranks, hosts, m.cores, m.alpha,
                              m.beta, "ring")
            yield (*run, *(1e3 * s for s in (values[1], low, high, said)))


def say_measured(m, model):
    print(f"{m.told['processor']}, {m.cores} cores, load {m.told['load']} at "
          f"first; two hosts joined by {m.told['link']}")
    print(f"{m.parameters} parameters; a word computes "
          f"{model.c1 * 1e6:.1f} us, a step {model.c0 * 1e3:.1f} ms besides; "
          f"an update {model.update * 1e3:.1f} ms")
    print(f"between hosts: alpha {m.alpha * 1e6:.0f} us, beta "
          f"{m.beta / 1e6:.0f} MB/s")
    print("scaling\thosts\tranks\tcaptions\tms\tfrom-to\tpredicted\tdifference")
    for kind, hosts, ranks, captions, seen, low, high, said in runs_of(m, model):
        print(f"{kind}\t{hosts}\t{ranks}\t{captions}\t{seen:.0f}\t"
              f"{low:.0f}-{high:.0f}\t{said:.0f}\t"
              f"{100 * (said / seen - 1):+.0f} %")


def predict(model, words_of):
    """Seconds of a step on 1 to 1,024 ranks, WORDS_OF(ranks) words in all, by
    network and way: [(ranks, seconds)]"""
    lines = {}
    for name, alpha, beta in NETWORKS:
        for way in "tree", "ring":
            lines[name, way] = [
                (ranks, model.step(words_of(ranks), ranks,
                                   math.ceil(ranks / CORES_A_HOST),
                                   CORES_A_HOST * math.ceil(ranks /
                                                            CORES_A_HOST),
                                   alpha, beta, way))
                for ranks in (2 ** i for i in range(11))]
    return lines


def say_predicted(lines, what):
    print(f"\nms of a step, {what}, {CORES_A_HOST} ranks a host (predicted)")
    print("ranks\t" + "\t".join(f"{n}, {way}" for n, way in lines))
    for i, (ranks, _) in enumerate(next(iter(lines.values()))):
        print(f"{ranks}\t" + "\t".join(f"{1e3 * line[i][1]:.0f}"
                                       for line in lines.values()))


STYLE = """
text { font: 13px sans-serif; fill: #222 } .small { font-size: 12px }
.title { font-weight: bold }
.axis, .tick { stroke: #777; fill: none } .tick { stroke-opacity: .25 }
.ideal { stroke: #777; stroke-dasharray: 2 4; fill: none; stroke-width: 1.5 }
.line { fill: none; stroke-width: 2 } .ring { stroke-dasharray: 7 4 }
.n0 { stroke: #b3261e } .n1 { stroke: #1a5fb4 } .n2 { stroke: #1b7f4b }
.range { stroke: #222; stroke-width: 2 } .seen { fill: #222 }
.said { fill: #fff; stroke: #b3261e; stroke-width: 2 } .back { fill: #fff }
@media (prefers-color-scheme: dark) {
text { fill: #ddd } .back { fill: #161616 } .seen { fill: #eee }
.range { stroke: #eee } .said { fill: #161616; stroke: #ff8a80 }
.n0 { stroke: #ff8a80 } .n1 { stroke: #82b1ff } .n2 { stroke: #69d29a } }
"""
WIDTH, HEIGHT = 980, 500


def text(x, y, words, anchor="start", style=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'class="{style}">{words}</text>')


def line(points, style):
    return (f'<polyline class="{style}" points="' +
            " ".join("%.1f,%.1f" % p for p in points) + '"/>')


def nice_top(value):
    """A round number above it, and the step of about five ticks."""
    step = 10 ** math.floor(math.log10(value / 2))
    step = next(step * f for f in (1, 2, 5, 10) if value / (step * f) <= 6)
    return step * math.ceil(value / step), step


def draw_measured(m, model):
    """A row for each run: what was seen, and what the model says."""
    left, top, width, row = 150, 80, 270, 38
    rows = list(runs_of(m, model))
    most, tick = nice_top(max(max(r[6], r[7]) for r in rows))
    bottom = top + row * len(rows)
    parts = [text(16, 30, f"A step on {m.cores} cores: measured and predicted",
                  style="title"),
             text(16, 50, f"{m.told['processor']}, load "
                  f"{float(m.told['load']):.0f} when it began; hosts joined "
                  f"by {m.told['link']}", style="small")]

    def at(ms):
        return left + width * ms / most
    for i in range(round(most / tick) + 1):
        parts.append(line([(at(i * tick), top - 8), (at(i * tick), bottom)],
                          "tick"))
        parts.append(text(at(i * tick), bottom + 18, f"{i * tick:g}",
                          "middle"))
    parts.append(line([(left, bottom), (left + width, bottom)], "axis"))
    parts.append(text(left + width / 2, bottom + 38, "ms", "middle"))
    for i, (kind, hosts, ranks, captions, seen, low, high, said) in \
            enumerate(rows):
        y = top + row * i + row / 2 - 4
        parts.append(text(left - 10, y - 2,
                          f"{ranks} rank{'s' if ranks > 1 else ''}" +
                          (", two hosts" if hosts > 1 else ""), "end"))
        parts.append(text(left - 10, y + 13, f"{captions} captions", "end",
                          "small"))
        parts.append(line([(at(low), y), (at(high), y)], "range"))
        parts.append(f'<circle class="said" cx="{at(said):.1f}" '
                     f'cy="{y:.1f}" r="6"/>')
        parts.append(f'<circle class="seen" cx="{at(seen):.1f}" '
                     f'cy="{y:.1f}" r="4"/>')
    y = bottom + 62
    parts.append(f'<circle class="seen" cx="30" cy="{y - 4}" r="4"/>')
    parts.append(line([(22, y - 4), (38, y - 4)], "range"))
    parts.append(text(46, y, "measured: median, lowest to highest"))
    parts.append(f'<circle class="said" cx="298" cy="{y - 4}" r="6"/>')
    parts.append(text(312, y, "predicted"))
    return parts


def draw_predicted(lines, what):
    """Step time against ranks, both logarithmic."""
    left, top, width, height = 560, 80, 390, 304
    seconds = [s for points in lines.values() for _, s in points]
    low, high = min(seconds) * 1e3 / 1.3, max(seconds) * 1e3 * 1.3
    ticks = [f * 10 ** e for e in range(-1, 7) for f in (1, 2, 5)
             if low <= f * 10 ** e <= high]

    def at(ranks, ms):
        return (left + width * math.log2(ranks) / 10,
                top + height * math.log(high / ms) / math.log(high / low))
    parts = [text(left - 44, 30, f"Up to 1,024 ranks: {what}, predicted",
                  style="title"),
             text(left - 44, 50, f"{CORES_A_HOST} ranks on each host; "
                  "ms a step", style="small")]
    for ms in ticks:
        parts.append(line([at(1, ms), at(1024, ms)], "tick"))
        parts.append(text(left - 8, at(1, ms)[1] + 4, f"{ms:,g}", "end"))
    for i in range(0, 11, 2):
        parts.append(line([at(2 ** i, low), at(2 ** i, high)], "tick"))
        parts.append(text(at(2 ** i, low)[0], top + height + 18,
                          f"{2 ** i:,}", "middle"))
    parts.append(line([at(1, high), at(1, low), at(1024, low)], "axis"))
    parts.append(text(left + width / 2, top + height + 38, "ranks", "middle"))
    first = next(iter(lines.values()))[0][1] * 1e3
    parts.append(line([at(1, first), at(1024, first)], "ideal"))
    for i, (name, _, _) in enumerate(NETWORKS):
        for way, style in (("tree", ""), ("ring", " ring")):
            parts.append(line([at(p, s * 1e3) for p, s in lines[name, way]],
                              f"line n{i}{style}"))
        y = top + 16 + 20 * i
        parts.append(line([(left + 14, y), (left + 38, y)], f"line n{i}"))
        parts.append(text(left + 46, y + 4, name))
    parts.append(text(left + 14, top + 80, "dashed: messages in a ring, not a "
                      "tree", style="small"))
    parts.append(text(left + 14, top + 98, "dotted: one rank alone",
                      style="small"))
    return parts


def main():
    m = Measured(sys.argv[1])
    model = Model(m)
    run, values = next((r, v) for r, v in m.runs.items()
                       if r[0] == "strong" and r[2] == 1)
    words, captions = values[0], run[3]
    say_measured(m, model)
    weak = predict(model, lambda ranks: words * ranks)
    what = f"{captions} captions a rank"
    say_predicted(weak, what)
    say_predicted(predict(model, lambda ranks: 16 * words),
                  f"{16 * captions} captions")
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w") as out:
            out.write('<svg xmlns="http://www.w3.org/2000/svg" '
                      f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img"><title>The '
                      'time of a training step on more ranks, measured and '
                      f'predicted</title><style>{STYLE}</style><rect '
                      f'class="back" width="{WIDTH}" height="{HEIGHT}"/>\n'
                      + "\n".join(draw_measured(m, model) +
                                  draw_predicted(weak, what)) + "\n</svg>\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main()
