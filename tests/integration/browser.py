"""browser.py - a real browser, driven by keys, and a look at its pages

Labels, contrast, sizes and width are held to WCAG 2.1 AA: each thing that is
wrong is a line.
"""
import base64
import json
import os
import select
import subprocess
import time

LOOK = r"""
(() => {
  const bad = [];
  const parts = c => (c.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = c => c.slice(0, 3).map(v => v / 255).map(v =>
    v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + .05) / (y + .05);
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest('.unseen, script') ||
        e.closest('button:disabled') || !e.checkVisibility()) continue;
    texts++;
    const style = getComputedStyle(e);
    const r = ratio(parts(e.closest('svg') ? style.fill : style.color),
                    ground(e));
    if (r < 4.5) bad.push(`contrast ${r.toFixed(2)}: ${e.textContent}`);
  }
  for (const e of document.querySelectorAll('.scale label, .file label, ' +
      'summary, button:enabled')) {
    if (!e.checkVisibility()) continue;
    const r = ratio(parts(getComputedStyle(e).borderTopColor),
                    ground(e.parentElement));
    if (r < 3) bad.push(`border ${r.toFixed(2)}: ${e.textContent}`);
    const box = e.getBoundingClientRect();
    if (box.width < 44 || box.height < 44)
      bad.push(`small: ${e.textContent} ${box.width} ${box.height}`);
  }
  for (const e of document.querySelectorAll('polyline, circle, .legend span')) {
    const style = getComputedStyle(e), back = ground(e);
    const paint = parts(e.matches('polyline') ? style.stroke
                        : e.matches('circle') ? style.fill : style.color);
    const seen = paint.slice(0, 3).map((v, i) => v * style.opacity +
                                       back[i] * (1 - style.opacity));
    const r = ratio(seen, back);
    if (r < 3) bad.push(`a line of contrast ${r.toFixed(2)}`);
  }
  for (const e of document.querySelectorAll('label, a, input:not([type=hidden],'
      + '[type=radio], [type=checkbox])')) {
    const box = e.getBoundingClientRect();
    if (e.matches('label') && !e.control?.matches('input')) continue;
    if (e.checkVisibility() && !e.closest('.unseen') && !e.matches('.unseen') &&
        getComputedStyle(e).opacity > 0 && (box.width < 24 || box.height < 24))
      bad.push(`small: ${e.outerHTML.slice(0, 60)} ${box.width} ${box.height}`);
  }
  for (const e of document.querySelectorAll('input[type=radio]'))
    if (!e.labels.length || !e.labels[0].textContent.trim() ||
        !e.closest('fieldset').querySelector('legend').textContent.trim())
      bad.push('a radio button without label or legend');
  for (const e of document.querySelectorAll('input, button, select, canvas, ' +
      'video, dialog')) {
    const by = e.getAttribute('aria-labelledby');
    if (e.type == 'hidden') continue;
    const name = e.getAttribute('aria-label') || e.textContent ||
      [...e.labels || []].map(l => l.textContent).join(' ') ||
      by && document.getElementById(by)?.textContent || '';
    if (!name.trim()) bad.push(`without a name: ${e.outerHTML.slice(0, 80)}`);
  }
  for (const e of document.querySelectorAll('img'))
    if (!e.alt || !e.complete || !e.naturalWidth)
      bad.push('a photo without text, or that does not show');
  for (const e of document.querySelectorAll('svg[role=img], [role=region], ' +
      'section[aria-label], nav'))
    if (!(e.getAttribute('aria-label') || '').trim())
      bad.push(`without a name: ${e.outerHTML.slice(0, 80)}`);
  for (const e of document.querySelectorAll('th, legend, summary, h1, h2, h3, ' +
      'h4, a[href]'))
    if (e.checkVisibility() && !e.textContent.trim())
      bad.push(`empty: ${e.outerHTML.slice(0, 80)}`);
  if (document.querySelectorAll('h1').length != 1) bad.push('not one h1');
  let level = 0;
  for (const e of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    if (!e.checkVisibility()) continue;
    if (+e.tagName[1] > level + 1)
      bad.push(`${e.tagName} below H${level}: ${e.textContent}`);
    level = +e.tagName[1];
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size != ids.length) bad.push('an id is there twice');
  if (!document.title.trim()) bad.push('no title');
  if (/user-scalable|maximum-scale/.test(
      document.querySelector('meta[name=viewport]')?.content ?? 'maximum-scale'))
    bad.push('no viewport, or one that cannot be zoomed');
  if (!document.querySelector('main') || !document.documentElement.lang)
    bad.push('no main, or no language');
  if (document.documentElement.scrollWidth > innerWidth)
    bad.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  if (!texts) bad.push('no text');
  return bad;
})()
"""


# What has the focus, and whether that can be seen, there or at its label.
FOCUS = """
(() => {
  const e = document.activeElement;
  if (!e || e == document.body) return null;
  const seen = [e, e.closest('label, .file'), e.nextElementSibling].some(n =>
    n && getComputedStyle(n).outlineStyle != 'none');
  const all = [...document.querySelectorAll('*')];
  return [all.indexOf(e), e.outerHTML.slice(0, 80), seen];
})()
"""


class Browser:
    """DevTools through pipes: one page, commands one after another."""

    def __init__(self, program, profile, *options):
        there, self.to = os.pipe()
        self.back, here = os.pipe()

        def move():
            # The browser reads from descriptor 3 and writes to 4.
            os.dup2(there, 100)
            os.dup2(here, 101)
            os.dup2(100, 3)
            os.dup2(101, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu",
             "--remote-debugging-pipe", "--user-data-dir=" + profile,
             "--window-size=1280,800", *options, "about:blank"],
            preexec_fn=move, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.text = b""
        self.number = 0
        self.session = None
        self.events = []
        target = self.ask("Target.createTarget", url="about:blank")
        self.session = self.ask("Target.attachToTarget", flatten=True,
                                targetId=target["targetId"])["sessionId"]

    def ask(self, method, **arguments):
        self.number += 1
        message = {"id": self.number, "method": method, "params": arguments}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.text:
                if not select.select([self.back], [], [], 120)[0]:
                    raise SystemExit("the browser does not answer " + method)
                more = os.read(self.back, 1 << 20)
                if not more:
                    raise SystemExit("the browser has ended")
                self.text += more
            one, self.text = self.text.split(b"\0", 1)
            answer = json.loads(one)
            if answer.get("id") == self.number:
                return answer.get("result", {})
            if "method" in answer:
                self.events.append(answer)

    def value(self, script):
        answer = self.ask("Runtime.evaluate", expression=script,
                          returnByValue=True)
        return answer.get("result", {}).get("value")

    def until(self, script):
        """Wait until the script is true: at most two minutes."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            value = self.value(script)
            if value:
                return value
            time.sleep(0.02)
        raise SystemExit("never came true: " + script + "; the page: " +
                         str(self.value("document.body.innerText")))

    def event(self, method):
        """What an event of that name brings, which came or will come."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            self.value("0")
            for one in self.events:
                if one["method"] == method:
                    self.events.remove(one)
                    return one["params"]
            time.sleep(0.02)
        raise SystemExit("never came: " + method)

    def go(self, url):
        self.ask("Page.navigate", url=url)
        self.until("document.readyState == 'complete' && "
                   "location.href.startsWith('http')")

    def show(self, page):
        """A file, as people open it."""
        self.ask("Page.navigate", url="file://" + os.path.abspath(page))
        self.until("document.readyState == 'complete' && "
                   "location.href.endsWith(" +
                   json.dumps(os.path.basename(page)) + ")")

    def key(self, key):
        code = {"Enter": 13, "Tab": 9, "Escape": 27,
                "ArrowRight": 39}.get(key, ord(key[0]))
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        down = "keyDown" if text else "rawKeyDown"
        self.ask("Input.dispatchKeyEvent", type=down, key=key, text=text,
                 windowsVirtualKeyCode=code)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key,
                 windowsVirtualKeyCode=code)

    def picture(self, folder, name):
        if folder:
            data = self.ask("Page.captureScreenshot", format="png")["data"]
            with open(os.path.join(folder, name + ".png"), "wb") as file:
                file.write(base64.b64decode(data))


def look(browser, name, folder, bad):
    for scheme in "light", "dark":
        browser.ask("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}])
        for width, height in (1280, 800), (375, 812):
            browser.ask("Emulation.setDeviceMetricsOverride", width=width,
                        height=height, deviceScaleFactor=1, mobile=False)
            browser.until("[...document.images].every(i => i.complete)")
            bad += [f"{name}, {scheme}, {width}: {line}"
                    for line in browser.value(LOOK)]
            browser.picture(folder, f"{name}-{scheme}-{width}")
    browser.ask("Emulation.setDeviceMetricsOverride", width=1280, height=800,
                deviceScaleFactor=1, mobile=False)


def walk(browser, name, bad):
    """Through the page by Tab: at each stop the focus can be seen."""
    seen = set()
    for _ in range(200):
        browser.key("Tab")
        here = browser.value(FOCUS)
        if not here or here[0] in seen:
            break
        seen.add(here[0])
        if not here[2]:
            bad.append(f"{name}: the focus cannot be seen on {here[1]}")
    if not seen:
        bad.append(f"{name}: Tab leads nowhere")
    return len(seen)
