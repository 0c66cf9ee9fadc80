"""rate_browser.py - a rater at the keyboard of a real browser

    rate_browser.py CHORUS-RATE STUDY CHROMIUM [FOLDER]

Goes through a whole study by keyboard alone, kills the server in the middle
of a task, and looks at labels, contrast, focus and width of the pages.  Each
thing that is wrong is a line on stdout, and ends with 1.  Pictures of the
pages go to FOLDER.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile

from browser import Browser, look, walk


class Server:
    def __init__(self, program, study):
        self.command = [program, "serve", study]
        self.port = "0"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command + ["--port", self.port], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.link = self.process.stdout.readline().split()[-1]
        self.port = self.link.split(":")[2].split("/")[0]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


HERE = "document.activeElement.%s"
TASK = "document.forms[0]?.task?.value"


def answer(browser, digits, bad):
    """The questions of a task, by digits, from where the focus is."""
    steps = 0
    while browser.value(HERE % "type") != "radio":
        browser.key("Tab")
        steps += 1
        if steps > 9:
            raise SystemExit("no question can be reached by Tab")
    for digit in digits:
        shown = browser.value("getComputedStyle(document.activeElement."
                              "closest('label')).outlineStyle")
        if shown != "solid":
            bad.append("the focus cannot be seen")
        browser.key(digit)
    if browser.value(HERE % "className") != "next":
        bad.append("behind the last question the focus is not on Next")


def rate(browser, server, folder, bad):
    browser.go(server.link)
    look(browser, "start", folder, bad)
    walk(browser, "start", bad)
    browser.go(server.link)
    browser.key("Tab")
    browser.key("Enter")
    count = 0
    while True:
        browser.until("document.readyState == 'complete' && (" + TASK +
                      " || document.querySelector('h1').innerText == "
                      "'Thank you')")
        task = browser.value(TASK)
        if not task:
            break
        if count == 0:
            look(browser, "task", folder, bad)
            walk(browser, "task", bad)
            browser.go(server.link)
        scales = browser.value("document.querySelectorAll('fieldset').length")
        digits = "435" if scales == 3 else "1"
        answer(browser, digits, bad)
        if count == 1:
            look(browser, "answered", folder, bad)
            browser.until("document.querySelector('.saved').innerText == "
                          "'Saved'")
            server.kill()
            server.start()
            browser.go(server.link)
            kept = browser.value("[...document.querySelectorAll(':checked')]"
                                 ".map(i => i.value).join('')")
            if browser.value(TASK) != task or kept != digits:
                bad.append(f"after a kill: {kept} of {digits} is left")
            answer(browser, digits, bad)
        browser.key("Enter")
        browser.until(TASK + " != " + json.dumps(task) +
                      " && document.readyState == 'complete'")
        count += 1
        if count > 200:
            raise SystemExit("the study does not end")
    look(browser, "end", folder, bad)
    if count == 0:
        bad.append("no task was seen")


def read(browser, program, study, folder, bad):
    """The report of the study."""
    with tempfile.TemporaryDirectory() as here:
        page = os.path.join(here, "report.html")
        subprocess.run([program, "report", study, "--html", page], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        browser.show(page)
        look(browser, "report", folder, bad)
        walk(browser, "report", bad)


def main():
    program, study, chromium = sys.argv[1:4]
    folder = sys.argv[4] if len(sys.argv) > 4 else None
    bad = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        server = Server(program, study)
        browser = None
        try:
            browser = Browser(chromium, profile)
            rate(browser, server, folder, bad)
            read(browser, program, study, folder, bad)
        finally:
            if browser:
                browser.process.kill()
                browser.process.wait()
            server.kill()
    for line in bad:
        print("failed: " + line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
