"""report_browser.py - the report of a run, read and followed

    report_browser.py CHORUS-REPORT PAGE LOOKS MAPS RUN SAT CHROMIUM [FOLDER]

Opens PAGE, of two runs with captions, LOOKS, of the run SAT with captions that
tell where it looked, and MAPS, chorus caption's own page of that; then serves
RUN and SAT and lets RUN's log grow.
Each thing that is wrong is a line on stdout, and ends with 1.  Pictures of the
page go to FOLDER.
"""
import http.client
import os
import signal
import subprocess
import sys
import tempfile

from browser import Browser, look, walk

CURVES = """[...document.querySelectorAll('.chart')].map(c =>
    c.querySelector('h3').innerText + ' ' +
    [...c.querySelectorAll('polyline')].filter(p => p.getBBox().width > 100)
    .length).join()"""
EPOCHS = "document.querySelector('tbody td').innerText"
DIFFER = """[...document.querySelectorAll('[aria-label="Settings that differ"]'
    + ' tbody tr')].map(r => r.innerText.replaceAll('\\t', ' ')).join()"""


def expect(bad, what, found, expected):
    if found != expected:
        bad.append(f"{what}: found {found}, expected {expected}")


def read(browser, page, folder, bad):
    browser.show(page)
    expect(bad, "curves", browser.value(CURVES),
           "Loss 4,CIDEr-D 2,BLEU-4 2,Learning rate 2,Gradient norm 2,Speed 2")
    expect(bad, "title", browser.value("document.title"), "Report")
    expect(bad, "settings", browser.value(DIFFER), "rate 0.001 0.002")
    expect(bad, "photos", browser.value(
        "[...document.images].filter(i => i.naturalWidth > 0).length"), 4)
    look(browser, "report", folder, bad)
    walk(browser, "report", bad)


# The drawing that lies over the photo, the word that is chosen, and whether the
# focus is on that word's button.
CHOSEN = """(look => {
    const seen = [...look.querySelectorAll('svg')]
        .filter(s => getComputedStyle(s).display != 'none');
    const button = look.querySelector('input:checked');
    return [seen.length, seen[0]?.ariaLabel.split(':')[0] ?? '',
            button.labels[0].innerText, button == document.activeElement];
})(document.querySelector('.look'))"""
WORDS = """[...document.querySelectorAll('.look')].every(l =>
    l.closest('figure').querySelector('strong').innerText ==
    [...l.querySelectorAll('label')].slice(1).map(w => w.innerText).join(' '))
"""
EPOCHS_SAID = """[...document.querySelectorAll('.epochs')].map(d =>
    [!!d.closest('figure').querySelector('img')?.naturalWidth,
     d.firstChild.querySelector('dt').innerText.startsWith('Epoch'),
     d.lastElementChild.querySelector('dt').innerText.endsWith('3')])"""


def choose(browser, page, folder, bad):
    """Words of a caption by keyboard: each lights up where it was looked."""
    browser.show(page)
    expect(bad, "photos by epoch", browser.value(EPOCHS_SAID),
           4 * [[True, True, True]])
    expect(bad, "photos to look at", browser.value(
        "document.querySelectorAll('.look').length"), 6)
    expect(bad, "words to choose", browser.value(WORDS), True)
    words = browser.value("[...document.querySelectorAll('.look')[0]"
                          ".querySelectorAll('label')].map(l => l.innerText)")
    for _ in range(60):
        if browser.value("document.activeElement.type") == "radio":
            break
        browser.key("Tab")
    expect(bad, "before", browser.value(CHOSEN), [0, "", words[0], True])
    for word in words[1:]:
        browser.key("ArrowRight")
        expect(bad, "a word", browser.value(CHOSEN), [1, word, word, True])
    browser.key("ArrowRight")
    expect(bad, "around", browser.value(CHOSEN), [0, "", words[0], True])
    for count in range(3):
        browser.key("ArrowRight")
    look(browser, "looks", folder, bad)
    walk(browser, "looks", bad)


def refuse(base, bad):
    """A page of strangers that gave this machine its own name reads nothing."""
    name = base.split("/")[2]
    for host, status in ("evil.example", 403), ("localhost:1", 200):
        for path in "/", "/script.js":
            ask = http.client.HTTPConnection(name, timeout=60)
            ask.request("GET", path, headers={"Host": host})
            answer = ask.getresponse()
            text = answer.read()
            expect(bad, host + path, answer.status, status)
            expect(bad, host + " reads " + path, b"setInterval" in text or
                   b"<main>" in text, status == 200)
            ask.close()
    for path in "/photo/0/0", "/photo/1/9999", "/photo/1/-1", "/photo/1/0/x", \
            "/photo/9/0", "/log.jsonl":
        ask = http.client.HTTPConnection(name, timeout=60)
        ask.request("GET", path)
        expect(bad, path, ask.getresponse().status, 404)
        ask.close()


def follow(browser, program, run, sat, bad):
    server = subprocess.Popen(
        [program, run, sat, "--live", "--port", "0"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    try:
        base = server.stdout.readline().strip()
        refuse(base, bad)
        browser.go(base)
        browser.until("[...document.images].every(i => i.complete)")
        expect(bad, "photos by epoch", browser.value(EPOCHS_SAID),
               4 * [[True, True, True]])
        expect(bad, "epochs", browser.value(EPOCHS), "2 of 3")
        browser.value("document.querySelector('details').open = true")
        browser.value("document.querySelector('summary').focus()")
        with open(os.path.join(run, "log.jsonl"), "a") as log:
            log.write('{"kind":"epoch","epoch":3,"step":15,"train_loss":4,'
                      '"val_loss":5,"best":true}\n{"kind":"st')
        browser.until(EPOCHS + " == '3 of 3'")
        expect(bad, "what was opened", browser.value(
            "document.querySelector('details').open"), True)
        expect(bad, "what has the focus", browser.value(
            "document.activeElement.tagName"), "SUMMARY")
        os.rename(os.path.join(run, "log.jsonl"), os.path.join(run, "gone"))
        browser.until("document.querySelector('.sub').innerText"
                      ".includes('log.jsonl')")
    finally:
        server.send_signal(signal.SIGTERM)
    expect(bad, "exit code", server.wait(timeout=20), 0)


def main():
    program, page, looks, maps, run, sat, chromium = sys.argv[1:8]
    folder = sys.argv[8] if len(sys.argv) > 8 else None
    bad = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(chromium, profile)
        try:
            read(browser, page, folder, bad)
            choose(browser, looks, folder, bad)
            browser.show(maps)
            look(browser, "maps", folder, bad)
            follow(browser, program, run, sat, bad)
        finally:
            browser.process.kill()
            browser.process.wait()
    for line in bad:
        print("failed: " + line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
