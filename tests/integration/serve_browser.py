"""serve_browser.py - somebody who sees little asks what is on a photo

    serve_browser.py CHORUS-SERVE MODEL CHROMIUM PHOTO CAPTION PHOTO CAPTION \\
        BAD [FOLDER]

By keyboard alone: a photo is chosen, its caption heard, and the settings
changed; one is taken by a (pretended) camera; others are dropped, good ones and
BAD, a damaged one.  Labels, contrast, focus, sizes and width of the page are
looked at.  Each thing that is wrong is a line on stdout, and ends with 1.
Pictures of the page go to FOLDER.
"""
import json
import signal
import subprocess
import sys
import tempfile

from browser import Browser, look

# Before the page's own script: what would be spoken, and what is forbidden.
WATCH = """
window.said = [];
window.violations = [];
SpeechSynthesis.prototype.speak = u => said.push([u.text, u.rate]);
document.addEventListener('securitypolicyviolation',
                          e => violations.push(e.violatedDirective));
"""
FOCUS = """(e => e.id || e.tagName)(document.activeElement)"""
SEEN = """(e => getComputedStyle(e.closest('.file') || e).outlineStyle)(
    document.activeElement)"""
CAPTION = """(e => e.hidden ? '' : e.textContent)(
    document.getElementById('caption'))"""
ERROR = """(e => e.hidden ? '' : e.textContent)(
    document.getElementById('error'))"""
# It is open, shows something, and waits for Enter.
CAMERA = """(v => v.srcObject && v.videoWidth && v.closest('dialog').open &&
    document.activeElement.id == 'take')(document.getElementById('video'))"""


class Visit:
    def __init__(self, browser, folder):
        self.browser = browser
        self.folder = folder
        self.bad = []

    def expect(self, what, script, want):
        found = self.browser.value(script)
        if found != want:
            self.bad.append(f"{what}: expected {want!r}, found {found!r}")

    def tab_to(self, name):
        """By Tab alone; the focus can be seen on the way."""
        for _ in range(20):
            self.browser.key("Tab")
            here = self.browser.value(FOCUS)
            if here != "BODY" and self.browser.value(SEEN) != "solid":
                self.bad.append(f"the focus on {here} cannot be seen")
            if here == name:
                return
        raise SystemExit(f"Tab does not lead to {name}")

    def heard(self, caption, rate):
        self.expect("heard", "said.at(-1)", [caption, rate])

    def choose(self, photo, caption):
        self.browser.ask("Page.setInterceptFileChooserDialog", enabled=True)
        self.tab_to("file")
        self.browser.key("Enter")
        node = self.browser.event("Page.fileChooserOpened")["backendNodeId"]
        self.browser.ask("DOM.setFileInputFiles", files=[photo],
                         backendNodeId=node)
        self.browser.until(CAPTION)
        self.expect("caption", CAPTION, caption)
        self.heard(caption, 1)

    def listen(self, caption):
        look(self.browser, "answer", self.folder, self.bad)
        self.tab_to("again")
        self.browser.key("Enter")
        self.expect("said again", "said.length", 2)
        self.tab_to("SUMMARY")
        self.browser.key("Enter")
        self.browser.until("document.getElementById('more').open")
        self.expect("other captions", "document.querySelectorAll("
                    "'#others li:not(:empty)').length", 2)
        self.tab_to("aloud")
        self.browser.key(" ")
        self.expect("aloud", "document.getElementById('aloud').checked", False)
        self.tab_to("rate")
        self.browser.key("ArrowRight")
        self.expect("speed", "document.getElementById('rate-says').innerText",
                    "1.25")
        look(self.browser, "more", self.folder, self.bad)

    def drop(self, path):
        data = {"items": [], "files": [path], "dragOperationsMask": 1}
        for step in "dragEnter", "dragOver", "drop":
            self.browser.ask("Input.dispatchDragEvent", type=step, x=600,
                             y=400, data=data)

    def drop_all(self, photo, caption, damaged):
        self.drop(photo)
        self.browser.until(f"({CAPTION}) == {json.dumps(caption)}")
        self.expect("quiet", "said.length", 2)
        self.expect("the photo is drawn",
                    "document.getElementById('photo').width > 1", True)
        self.drop(damaged)
        self.browser.until(ERROR)
        self.expect("an old caption", CAPTION, "")
        if "damaged" not in self.browser.value(ERROR):
            self.bad.append("not told: " + self.browser.value(ERROR))
        look(self.browser, "error", self.folder, self.bad)
        self.drop(__file__)
        self.browser.until(f"({ERROR}).includes('not a JPEG')")

    def take(self):
        # What was chosen before is chosen still, also on the next visit.
        self.browser.ask("Page.reload")
        self.browser.until("document.readyState == 'complete' && !said.length")
        self.tab_to("camera")
        self.browser.key("Enter")
        self.browser.until(CAMERA)
        self.expect("focus", FOCUS, "take")
        look(self.browser, "camera", self.folder, self.bad)
        self.browser.key("Escape")
        self.browser.until("!document.getElementById('dialog').open")
        # A dialog tells that it is closed a moment after it is.
        self.browser.until("document.getElementById('video')"
                           ".srcObject === null")
        self.expect("focus is back", FOCUS, "camera")
        self.browser.key("Enter")
        self.browser.until(CAMERA)
        self.browser.key("Enter")
        self.browser.until(CAPTION)
        self.expect("quiet, as before", "said.length", 0)
        self.tab_to("again")
        self.browser.key("Enter")
        self.expect("at the speed of before", "said[0][1]", 1.25)

    def names(self):
        """As a screen reader finds them."""
        for node in self.browser.ask("Accessibility.getFullAXTree")["nodes"]:
            role = node.get("role", {}).get("value")
            name = node.get("name", {}).get("value", "").strip()
            if role in ("button", "checkbox", "slider", "img", "image",
                        "dialog", "form", "region", "canvas") and not name:
                self.bad.append(f"a {role} without a name")


def main():
    program, model, chromium, one, said, two, more, damaged = sys.argv[1:9]
    folder = sys.argv[9] if len(sys.argv) > 9 else None
    server = subprocess.Popen([program, model, "--port", "0"],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    base = server.stdout.readline().strip()
    browser = None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        try:
            browser = Browser(chromium, profile,
                              "--use-fake-device-for-media-stream",
                              "--use-fake-ui-for-media-stream")
            visit = Visit(browser, folder)
            browser.ask("Page.enable")
            browser.ask("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
            browser.go(base)
            look(browser, "start", folder, visit.bad)
            visit.names()
            visit.choose(one, said)
            visit.names()
            visit.listen(said)
            visit.drop_all(two, more, damaged)
            visit.take()
            visit.expect("forbidden", "violations", [])
            visit.expect("asked of others", "performance.getEntriesByType("
                         "'resource').filter(r => !r.name.startsWith("
                         "location.origin)).length", 0)
            server.send_signal(signal.SIGTERM)
            if server.wait(60):
                visit.bad.append("a stop is no clean end")
            visit.drop(two)
            browser.until(f"({ERROR}).includes('cannot be reached')")
        finally:
            server.kill()
            if browser:
                browser.process.kill()
                browser.process.wait()
    for line in visit.bad:
        print("failed: " + line)
    return 1 if visit.bad else 0


if __name__ == "__main__":
    sys.exit(main())
