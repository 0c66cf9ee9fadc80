"""scale.py - the time of a training step on 1 to 1,024 ranks, predicted

    scale.py TABLE [FILE.svg]

TABLE is what scale.sh measured.  Prints what the model says of the same runs
beside it, and what it says of more ranks; FILE.svg is a drawing of that.

The model (times in seconds, M parameters of 4 bytes, P ranks, n on each host):

    compute   c0 + c1 w      w words of a rank; from two runs of one rank.  With
                             more ranks than cores they share them.
    update    u / P          every rank updates its own slice; u of one rank
    sum       12 M (P-1) / P / B     on one host: a slice of all other ranks'
                             gradients is read, added and written.  B: bytes per
                             second of the update, which moves 28 a parameter.
    network   4 M (n (P-n) + P - 1) / P / beta + alpha s(P)
                             every rank sends its sums to their slices' owners,
                             n of them over one link; the new parameters come
                             back in a ring.  s: 2 (P-1) messages one after the
                             other in a ring, 2 log2 P in a tree.

alpha and beta: latency and bandwidth of "alpha-beta" models (Hockney 1994); the
volumes are those of reduce-scatter and all-gather (Thakur et al. 2005).
"""
import math
import sys

CORES_A_HOST = 32          # of the hosts that the prediction is for
NETWORKS = [               # name, alpha in s, beta in bytes/s
    ("1 Gbit/s Ethernet", 60e-6, 0.117e9),
    ("10 Gbit/s Ethernet", 30e-6, 1.17e9),
    ("100 Gbit/s InfiniBand", 2e-6, 11e9),
]


def median(values):
    return sorted(values)[len(values) // 2]


class Measured:
    """TABLE: medians over its rounds."""

    def __init__(self, path):
        self.link, self.network, runs = None, {}, {}
        for line in open(path):
            kind, *rest = line.rstrip("\n").split("\t")
            if kind == "processor":
                self.processor = rest[0]
            elif kind == "cores":
                self.cores = int(rest[0])
            elif kind == "link":
                self.link = rest[0]
            elif kind == "parameters":
                self.parameters = int(rest[0])
            elif kind == "network":
                hosts, _, _, latency_ms, mb_per_s = rest
                # A sum over two ranks is two messages.
                self.network[int(hosts)] = (float(latency_ms) / 2e3,
                                            float(mb_per_s) * 1e6)
            else:
                run = (kind, *map(int, rest[:3]))
                runs.setdefault(run, []).append([float(x) for x in rest[3:]])
        self.runs = {run: [median(column) for column in zip(*rounds)]
                     for run, rounds in runs.items()}
        self.spread = {run: [sum(row[1:]) for row in rounds]
                       for run, rounds in runs.items()}


class Model:
    def __init__(self, m):
        small, whole = (next(v for r, v in m.runs.items() if r[0] == kind and
                             r[2] == 1) for kind in ("base", "strong"))
        self.c1 = (whole[1] - small[1]) / (whole[0] - small[0])
        self.c0 = max(0, whole[1] - self.c1 * whole[0])
        self.update = whole[3]
        self.parameters = m.parameters
        self.memory = 28 * m.parameters / whole[3]

    def step(self, words, ranks, hosts, cores, alpha, beta, way):
        """WORDS of all ranks together; CORES of each host, or of all hosts."""
        here = ranks / hosts
        crowd = max(1, ranks / cores)
        compute = (self.c0 + self.c1 * words / ranks) * crowd
        update = self.update / ranks * crowd
        if hosts == 1:
            move = 12 * self.parameters * (ranks - 1) / ranks / self.memory
        else:
            volume = 4 * self.parameters * (here * (ranks - here) + ranks - 1)
            messages = 2 * (ranks - 1 if way == "ring" else math.log2(ranks))
            move = volume / ranks / beta + alpha * messages
        return compute + update + move


def say_measured(m, model):
    print(f"{m.processor}, {m.cores} cores; two hosts joined by {m.link}")
    print(f"{m.parameters} parameters; a word computes "
          f"{model.c1 * 1e6:.1f} us, a step {model.c0 * 1e3:.1f} ms besides")
    for hosts, (alpha, beta) in sorted(m.network.items()):
        print(f"{hosts} host{'s' if hosts > 1 else ''}: alpha "
              f"{alpha * 1e6:.0f} us, beta {beta / 1e6:.0f} MB/s")
    print("scaling\thosts\tranks\tcaptions\tms\tfrom-to\tpredicted\tdifference")
    for run, values in m.runs.items():
        kind, hosts, ranks, captions = run
        if kind == "base":
            continue
        alpha, beta = m.network.get(hosts, (0, 1))
        seen = sum(values[1:]) * 1e3
        said = model.step(values[0], ranks, hosts, m.cores, alpha, beta,
                          "tree") * 1e3
        low, high = min(m.spread[run]) * 1e3, max(m.spread[run]) * 1e3
        print(f"{kind}\t{hosts}\t{ranks}\t{captions}\t{seen:.0f}\t"
              f"{low:.0f}-{high:.0f}\t{said:.0f}\t"
              f"{100 * (said / seen - 1):+.0f} %")


def predict(model, words):
    """Words/s for 1 to 1,024 ranks with WORDS each: network, way: [(P, w/s)]"""
    lines = {}
    for name, alpha, beta in NETWORKS:
        for way in "tree", "ring":
            lines[name, way] = [
                (ranks, words * ranks / model.step(
                    words * ranks, ranks, math.ceil(ranks / CORES_A_HOST),
                    CORES_A_HOST * math.ceil(ranks / CORES_A_HOST), alpha,
                    beta, way))
                for ranks in (2 ** i for i in range(11))]
    return lines


def say_predicted(lines, words):
    print(f"\nwords/s with {words:.0f} words a rank and step, "
          f"{CORES_A_HOST} ranks a host (predicted)")
    print("ranks\t" + "\t".join(f"{n}, {way}" for n, way in lines))
    for i, (ranks, _) in enumerate(next(iter(lines.values()))):
        print(f"{ranks}\t" + "\t".join(f"{line[i][1]:.0f}"
                                       for line in lines.values()))


STYLE = """
text { font: 13px sans-serif; fill: #222 }
.axis, .tick { stroke: #888; fill: none } .tick { stroke-opacity: .25 }
.ideal { stroke: #888; stroke-dasharray: 2 4; fill: none }
.line { fill: none; stroke-width: 2 } .ring { stroke-dasharray: 7 4 }
.n0 { stroke: #b3261e } .n1 { stroke: #1a5fb4 } .n2 { stroke: #1b7f4b }
.dot { fill: #222 } .hollow { fill: #fff; stroke: #222; stroke-width: 1.5 }
.back { fill: #fff }
@media (prefers-color-scheme: dark) {
text { fill: #ddd } .back { fill: #161616 } .dot { fill: #eee }
.hollow { fill: #161616; stroke: #eee }
.n0 { stroke: #ff8a80 } .n1 { stroke: #82b1ff } .n2 { stroke: #69d29a } }
"""


class Plot:
    """Both axes logarithmic."""

    def __init__(self, left, top, width, height, x, y):
        self.box, self.x, self.y, self.parts = (left, top, width, height), x, y, []

    def at(self, x, y):
        left, top, width, height = self.box
        part = [math.log(v / low) / math.log(high / low)
                for v, (low, high) in ((x, self.x), (y, self.y))]
        return left + part[0] * width, top + (1 - part[1]) * height

    def line(self, points, style):
        self.parts.append(f'<polyline class="{style}" points="' + " ".join(
            "%.1f,%.1f" % self.at(*p) for p in points) + '"/>')

    def dot(self, x, y, style):
        self.parts.append('<circle class="%s" cx="%.1f" cy="%.1f" r="4"/>' %
                          (style, *self.at(x, y)))

    def text(self, x, y, text, anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" '
                          f'text-anchor="{anchor}">{text}</text>')

    def axes(self, title, across, up, xs, ys):
        left, top, width, height = self.box
        for x in xs:
            self.line([(x, self.y[0]), (x, self.y[1])], "tick")
            self.text(self.at(x, self.y[0])[0], top + height + 18, f"{x:,}",
                      "middle")
        for y in ys:
            self.line([(self.x[0], y), (self.x[1], y)], "tick")
            self.text(left - 6, self.at(self.x[0], y)[1] + 4, f"{y:,}", "end")
        self.line([(self.x[0], self.y[1]), (self.x[0], self.y[0]),
                   (self.x[1], self.y[0])], "axis")
        self.text(left, top - 28, title)
        self.text(left + width / 2, top + height + 38, across, "middle")
        self.text(left, top - 10, up)


def draw_measured(m, model):
    """Words/s of strong scaling, seen and predicted, on one host and two."""
    runs = {r: v for r, v in m.runs.items() if r[0] == "strong"}
    rates = [v[0] / sum(v[1:]) for v in runs.values()]
    low, high = min(rates) / 2, max(rates) * 2
    plot = Plot(80, 70, 300, 330, (1, 4), (low, high))
    base = next(v for r, v in runs.items() if r[2] == 1)
    ticks = [t for e in range(7) for t in (10 ** e, 2 * 10 ** e, 5 * 10 ** e)
             if low <= t <= high]
    plot.axes(f"The same batch on more ranks, {m.cores} cores", "ranks",
              "target words a second", [1, 2, 4], ticks)
    one = base[0] / sum(base[1:])
    plot.line([(p, min(p * one, high)) for p in (1, 2)], "ideal")
    for hosts, style in ((1, "line n2"), (2, "line n0")):
        if hosts > 1 and hosts not in m.network:
            continue
        alpha, beta = m.network.get(hosts, (0, 1))
        plot.line([(p, base[0] / model.step(base[0], p, hosts, m.cores, alpha,
                                            beta, "tree"))
                   for p in ((1, 1.5, 2) if hosts == 1 else (2, 3, 4))], style)
    for (_, hosts, ranks, _), values in runs.items():
        plot.dot(ranks, values[0] / sum(values[1:]),
                 "dot" if hosts == 1 else "hollow")
    plot.text(92, 350, "lines: predicted; dots: measured on one host,")
    plot.text(92, 368, f"rings: on two, joined by {m.link}")
    return plot.parts


def draw_predicted(lines, words):
    top = max(rate for line in lines.values() for _, rate in line)
    low = min(rate for line in lines.values() for _, rate in line)
    plot = Plot(480, 70, 400, 330, (1, 1024), (low / 1.5, top * 1.5))
    ticks = [10 ** e for e in range(9) if low / 1.5 <= 10 ** e <= top * 1.5]
    plot.axes(f"{words:.0f} words a rank, {CORES_A_HOST} ranks a host: predicted",
              "ranks", "target words a second",
              [4 ** i for i in range(6)], ticks)
    first = next(iter(lines.values()))[0][1]
    plot.line([(1, first), (1024, 1024 * first)], "ideal")
    for i, (name, _, _) in enumerate(NETWORKS):
        plot.line(lines[name, "tree"], f"line n{i}")
        plot.line(lines[name, "ring"], f"line ring n{i}")
        y = 90 + 20 * i
        plot.parts.append(f'<path class="line n{i}" d="M495 {y}h24"/>')
        plot.text(526, y + 4, name)
    plot.text(526, 154, "dashed: messages in a ring; dotted: ideal")
    return plot.parts


def main():
    m = Measured(sys.argv[1])
    model = Model(m)
    words = next(v[0] for r, v in m.runs.items() if r[0] == "base")
    lines = predict(model, words)
    say_measured(m, model)
    say_predicted(lines, words)
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w") as out:
            out.write('<svg xmlns="http://www.w3.org/2000/svg" '
                      'viewBox="0 0 920 460" role="img"><title>Training on '
                      f'more ranks</title><style>{STYLE}</style>'
                      '<rect class="back" width="920" height="460"/>'
                      + "\n".join(draw_measured(m, model) +
                                  draw_predicted(lines, words)) + "</svg>\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main()
