"""bench_score.py - chorus score beside pycocoevalcap: equal scores, and time

    tests/bench/bench_score.py CAPTIONS_JSON [RUNS]

CAPTIONS_JSON is a file of COCO's captions (captions_val2017.json).  Each
image's first caption is scored against its others: the job of 5,000 images that
the field's tools take a quarter of a minute for.

The other column needs java and a Python that has pycocoevalcap 1.2 and numpy
(`pip install numpy pycocoevalcap`), named by PEER_PYTHON; without them it is
left out.  METEOR needs its data (`make meteor`, or CHORUS_METEOR); "no METEOR"
is the time in seconds without it.  BIN: the folder of the programs
(build/release).
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

METRICS = ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR", "ROUGE-L",
           "CIDEr-D"]

PEER = r"""
import json, sys
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.meteor.meteor import Meteor
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.cider.cider import Cider

references = json.load(open(sys.argv[1]))
said = {r["image_id"]: [r] for r in json.load(open(sys.argv[2]))}
order = [i["id"] for i in references["images"]]
written = {i: [] for i in order}
for a in references["annotations"]:
    written[a["image_id"]].append(a)
said = {i: said[i] for i in order}
ptb = PTBTokenizer()
written, said = ptb.tokenize(written), ptb.tokenize(said)
out = dict(zip(["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4"],
               Bleu(4).compute_score(written, said, verbose=0)[0]))
out["METEOR"] = Meteor().compute_score(written, said)[0]
out["ROUGE-L"] = Rouge().compute_score(written, said)[0]
out["CIDEr-D"] = Cider().compute_score(written, said)[0]
print(json.dumps({k: float(v) for k, v in out.items()}))
"""


def leave_one_out(path, folder):
    """First captions as results, the others as annotations."""
    whole = json.load(open(path))
    first, rest = {}, []
    for note in whole["annotations"]:
        if note["image_id"] in first:
            rest.append(note)
        else:
            first[note["image_id"]] = note["caption"]
    references = os.path.join(folder, "references.json")
    results = os.path.join(folder, "results.json")
    with open(references, "w") as file:
        json.dump({"images": whole["images"], "annotations": rest}, file)
    with open(results, "w") as file:
        json.dump([{"image_id": i, "caption": c} for i, c in first.items()],
                  file)
    return references, results


def run(command):
    """What it prints, seconds, and megabytes of its largest process."""
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out,
                                 stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"{command[0]}: exit {child.returncode}")
        out.seek(0)
        text = out.read()
    return text, seconds, usage.ru_maxrss / 1024


def find_peer():
    python = os.environ.get("PEER_PYTHON", sys.executable)
    found = subprocess.run([python, "-c", "import pycocoevalcap, numpy"],
                           stderr=subprocess.DEVNULL).returncode == 0
    if not found or not shutil.which("java"):
        print("without pycocoevalcap: PEER_PYTHON has it not, or java is "
              "missing", file=sys.stderr)
        return None
    return python


def best(command, runs):
    """The text, and the least seconds and megabytes of some runs."""
    results = [run(command) for _ in range(runs)]
    return (results[0][0], min(r[1] for r in results),
            min(r[2] for r in results))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    program = os.path.join(os.environ.get("BIN", "build/release"),
                           "chorus-score")
    with tempfile.TemporaryDirectory() as folder:
        references, results = leave_one_out(sys.argv[1], folder)
        command = [program, "-qq", results, "--references", references,
                   "--json"]
        text, seconds, megabytes = best(command, runs)
        ours = json.loads(text)
        bare = best(command + ["--meteor", ""], runs)[1]
        columns = [("chorus", ours, seconds, megabytes)]
        peer = find_peer()
        if peer:
            text, seconds, megabytes = run([peer, "-c", PEER, references,
                                            results])
            columns.append(("pycocoevalcap", json.loads(
                text.strip().splitlines()[-1]), seconds, megabytes))
    print(f"{ours['images']} images, tokens {ours['tokens']}")
    print(f"{'':10}" + "".join(f"{c[0]:>22}" for c in columns) +
          ("            difference" if peer else ""))
    for metric in METRICS:
        if metric not in ours:
            continue
        line = f"{metric:10}" + "".join(f"{c[1][metric]:22.16f}"
                                        for c in columns)
        if peer:
            line += f"{ours[metric] - columns[1][1][metric]:22.1e}"
        print(line)
    print(f"{'seconds':10}" + "".join(f"{c[2]:22.3f}" for c in columns))
    print(f"{'no METEOR':10}{bare:22.3f}")
    print(f"{'MB':10}" + "".join(f"{c[3]:22.0f}" for c in columns))


main()
