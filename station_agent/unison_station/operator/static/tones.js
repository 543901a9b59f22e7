"use strict";
// A tone for what the agent has on disk, and another for what it refused.

let audio = null;

const TONE = { good: [1760, 0.09], bad: [220, 0.3] }; // hertz, seconds
const MOST_TONES = 12;
const IN_TIME_MS = 300; // a tone that comes later tells nobody what it is of

// A browser may be silent until somebody touched it: its tones would wait, and all come at the first touch.
function wakeSound() {
  if (!audio) {
    audio = new AudioContext();
    audio.addEventListener("statechange", renderSound);
  }
  if (audio.state !== "running") audio.resume().catch(() => {}); // refused: the page goes on saying that it is off
  renderSound();
}

function renderSound() {
  el.soundOff.hidden = audio.state === "running";
}

function beep(name, count) {
  wakeSound();
  const asked = performance.now();
  if (audio.state === "running") sound(name, count);
  else audio.resume().then(() => performance.now() - asked < IN_TIME_MS && sound(name, count), () => {});
}

function sound(name, count) {
  const [hertz, seconds] = TONE[name];
  for (let number = 0; number < Math.min(count, MOST_TONES); number += 1) {
    const begin = audio.currentTime + number * seconds * 1.6;
    const [voice, volume] = [audio.createOscillator(), audio.createGain()];
    voice.frequency.value = hertz;
    voice.type = name === "good" ? "sine" : "square";
    volume.gain.setValueAtTime(0.25, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + seconds);
    voice.connect(volume).connect(audio.destination);
    voice.start(begin);
    voice.stop(begin + seconds);
  }
}
