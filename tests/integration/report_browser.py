"""report_browser.py - the report of a run, read and followed

    report_browser.py CHORUS-REPORT PAGE RUN CHROMIUM [FOLDER]

Opens PAGE, of two runs with captions, then serves RUN and lets its log grow.
Each thing that is wrong is a line on stdout, and ends with 1.  Pictures of the
page go to FOLDER.
"""
import os
import signal
import subprocess
import sys
import tempfile

from browser import Browser, look

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
    browser.ask("Page.navigate", url="file://" + os.path.abspath(page))
    browser.until("document.readyState == 'complete' && "
                  "location.protocol == 'file:'")
    expect(bad, "curves", browser.value(CURVES),
           "Loss 4,CIDEr-D 2,BLEU-4 2,Learning rate 2,Gradient norm 2,Speed 2")
    expect(bad, "title", browser.value("document.title"), "Report")
    expect(bad, "settings", browser.value(DIFFER), "rate 0.001 0.002")
    expect(bad, "photos", browser.value(
        "[...document.images].filter(i => i.naturalWidth > 0).length"), 4)
    look(browser, "report", folder, bad)


def follow(browser, program, run, bad):
    server = subprocess.Popen(
        [program, run, "--live", "--port", "0"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    try:
        browser.go(server.stdout.readline().strip())
        expect(bad, "epochs", browser.value(EPOCHS), "2 of 3")
        browser.value("document.querySelector('details').open = true")
        with open(os.path.join(run, "log.jsonl"), "a") as log:
            log.write('{"kind":"epoch","epoch":3,"step":15,"train_loss":4,'
                      '"val_loss":5,"best":true}\n{"kind":"st')
        browser.until(EPOCHS + " == '3 of 3'")
        expect(bad, "what was opened", browser.value(
            "document.querySelector('details').open"), True)
        os.rename(os.path.join(run, "log.jsonl"), os.path.join(run, "gone"))
        browser.until("document.querySelector('.sub').innerText"
                      ".includes('log.jsonl')")
    finally:
        server.send_signal(signal.SIGTERM)
    expect(bad, "exit code", server.wait(timeout=20), 0)


def main():
    program, page, run, chromium = sys.argv[1:5]
    folder = sys.argv[5] if len(sys.argv) > 5 else None
    bad = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(chromium, profile)
        try:
            read(browser, page, folder, bad)
            follow(browser, program, run, bad)
        finally:
            browser.process.kill()
            browser.process.wait()
    for line in bad:
        print("failed: " + line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
