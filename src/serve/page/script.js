'use strict';

const at = id => document.getElementById(id);
const types = ['image/jpeg', 'image/png', 'image/webp'];
let limits = {};
let sending = null;

/* ---------------------------------------------------------------- speech */

function speak(text) {
  if (!window.speechSynthesis) return;
  const words = new SpeechSynthesisUtterance(text);
  words.lang = document.documentElement.lang;
  words.rate = Number(at('rate').value);
  speechSynthesis.cancel();
  speechSynthesis.speak(words);
}

function say(text) {
  if (at('aloud').checked) speak(text);
}

/* What was chosen last time; a browser that keeps nothing is fine. */
function remember(input, key) {
  const value = input.type === 'checkbox' ? 'checked' : 'value';
  try {
    const kept = localStorage.getItem(key);
    if (kept !== null) input[value] = JSON.parse(kept);
  } catch { /* not allowed */ }
  input.addEventListener('change', () => {
    try {
      localStorage.setItem(key, JSON.stringify(input[value]));
    } catch { /* not allowed */ }
  });
}

/* ----------------------------------------------------------------- answer */

function status(text) {
  at('status').textContent = text;
}

function fail(text) {
  status('');
  at('error').textContent = text;
  at('error').hidden = false;
  say(text);
}

function begin() {
  if (window.speechSynthesis) speechSynthesis.cancel();
  for (const id of ['error', 'caption', 'after', 'figure']) at(id).hidden = true;
  at('error').textContent = at('caption').textContent = '';
  status('Looking at the photo…');
}

function show(answer) {
  const others = answer.captions.slice(1);
  status('');
  at('caption').textContent = answer.caption;
  at('caption').hidden = at('after').hidden = false;
  at('photo').setAttribute('aria-label', answer.caption);
  at('others').replaceChildren(...others.map(one => {
    const line = document.createElement('li');
    line.textContent = one.caption;
    return line;
  }));
  at('more').hidden = !others.length;
  say(answer.caption);
}

/* Drawn, not linked: the page may show what comes from the server alone. */
async function preview(photo) {
  try {
    const picture = await createImageBitmap(photo);
    const scale = Math.min(1, 1400 / Math.max(picture.width, picture.height));
    const canvas = at('photo');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width,
                                      canvas.height);
    canvas.setAttribute('aria-label', 'The photo you chose');
    at('figure').hidden = false;
  } catch { /* the server says what is wrong with it */ }
}

const pause = seconds => new Promise(r => setTimeout(r, 1000 * seconds));

async function ask(photo, signal) {
  for (let tries = 0; ; tries++) {
    const response = await fetch('/v1/caption?n=3&sentence=1', {
      method: 'POST', body: photo, signal,
      headers: { 'Content-Type': photo.type }
    });
    if (response.status !== 503 || tries === 10) return response;
    status('The server is busy. Trying again…');
    await pause(Number(response.headers.get('Retry-After')) || 1);
  }
}

async function send(photo) {
  if (!photo) return;
  if (sending) sending.abort();
  const mine = sending = new AbortController();
  begin();
  if (!types.includes(photo.type)) {
    fail('This is not a JPEG, PNG or WebP photo.');
    return;
  }
  if (photo.size > limits.max_bytes) {
    fail('This photo is too large: at most ' +
         Math.floor(limits.max_bytes / 1e6) + ' MB can be sent.');
    return;
  }
  await preview(photo);
  if (mine !== sending) return;
  try {
    const response = await ask(photo, mine.signal);
    const answer = await response.json();
    if (mine !== sending) return;
    if (response.ok) show(answer);
    else fail(answer.error);
  } catch (error) {
    if (mine === sending && error.name !== 'AbortError')
      fail('The server cannot be reached. Please try again.');
  }
}

/* ----------------------------------------------------------------- camera */

function closeCamera() {
  const stream = at('video').srcObject;
  if (stream) stream.getTracks().forEach(track => track.stop());
  at('video').srcObject = null;
  if (at('dialog').open) at('dialog').close();
}

async function openCamera() {
  /* A phone's own camera knows more than a page does. */
  if (!navigator.mediaDevices || matchMedia('(pointer: coarse)').matches) {
    at('shot').click();
    return;
  }
  try {
    at('video').srcObject = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: { ideal: 1280 } }
    });
    at('dialog').showModal();
    at('take').focus();
  } catch {
    begin();
    fail('There is no camera, or this page may not use it.');
  }
}

function takePhoto() {
  const video = at('video');
  const canvas = document.createElement('canvas');
  if (!video.videoWidth) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  closeCamera();
  canvas.toBlob(send, 'image/jpeg', 0.92);
}

/* ------------------------------------------------------------------ events */

for (const id of ['file', 'shot'])
  at(id).addEventListener('change', () => {
    send(at(id).files[0]);
    at(id).value = '';           /* the same photo may be chosen again */
  });
at('camera').addEventListener('click', openCamera);
at('take').addEventListener('click', takePhoto);
at('cancel').addEventListener('click', closeCamera);
at('dialog').addEventListener('close', closeCamera);
at('again').addEventListener('click', () => speak(at('caption').textContent));
at('hush').addEventListener('click', () => speechSynthesis?.cancel());
at('settings').addEventListener('submit', event => event.preventDefault());

const over = is => document.body.classList.toggle('over', is);
document.addEventListener('dragover', event => {
  event.preventDefault();
  over(true);
});
document.addEventListener('dragleave', event => {
  if (!event.relatedTarget) over(false);
});
document.addEventListener('drop', event => {
  event.preventDefault();
  over(false);
  send(event.dataTransfer.files[0]);
});
document.addEventListener('paste', event => {
  const photo = [...event.clipboardData.files].find(
    file => types.includes(file.type));
  if (photo) send(photo);
});

const tellRate = () => { at('rate-says').textContent = at('rate').value; };
remember(at('aloud'), 'aloud');
remember(at('rate'), 'rate');
at('rate').addEventListener('input', tellRate);
tellRate();
fetch('/healthz').then(r => r.json()).then(l => { limits = l; }, () => {});
