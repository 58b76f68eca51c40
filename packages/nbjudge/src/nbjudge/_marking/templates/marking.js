"use strict";
// Each change is sent at once, in turn for each answer, with the version of it that was seen.
const {token, question} = document.body.dataset, most = Number(document.body.dataset.most);
const said = document.getElementById("said"), count = document.getElementById("count");
const undoButton = document.getElementById("undo"), used = document.getElementById("used");
const USED_KEYS = "asdfg", MOST_USED = 12, TWO_DIGITS = 1200, PAUSE = 800, AGAIN = 1500;
const undone = [];
let current = null, pressed = null, ended = false, digits = {at: 0, text: ""};

function say(text, bad = false) {
  said.textContent = "";
  said.className = bad ? "bad" : "";
  requestAnimationFrame(() => { said.textContent = text; });
}

async function ask(place, body) {
  const reply = await fetch(place, {
    method: "POST",
    headers: {"Content-Type": "application/json", "Authorization": `token ${token}`},
    body: JSON.stringify(body),
  });
  return {status: reply.status, ...await reply.json()};
}

const inPoints = points => points === null ? "no points" : points === 1 ? "1 point" : `${points} points`;

const sheets = [...document.querySelectorAll("article")].map((page, place) => {
  const it = {
    page,
    place,
    key: page.dataset.key,
    version: page.dataset.version,
    state: page.dataset.state,
    points: page.dataset.points === "" ? null : Number(page.dataset.points),
    name: page.querySelector("h2").textContent,
    comment: page.querySelector("textarea"),
    conflict: page.querySelector(".conflict"),
    queue: Promise.resolve(),
    unsaved: 0,
    refused: {},  // what is mine where somebody else was faster
  };
  it.text = it.comment ? it.comment.value : "";  // as it was sent
  it.kept = {points: it.points, comment: it.text};  // as it is in the gradebook
  return it;
});

function draw(it) {
  const chip = it.page.querySelector(".state");
  chip.textContent = it.state;
  chip.className = `state ${it.state.endsWith("anew") ? "anew" : it.state}`;
  for (const button of it.page.querySelectorAll(".pt"))
    button.setAttribute("aria-pressed", String(it.points === Number(button.dataset.points)));
  it.field.value = it.points === null ? "" : it.points;
  const waits = sheets.filter(one => !["marked", "blank"].includes(one.state)).length;
  count.textContent = waits ? `${waits} of ${sheets.length} without a mark` : `None of the ${sheets.length} waits for a mark`;
}

function take(it, told) {
  it.version = told.version;
  it.state = told.state;
  it.points = told.points;
  it.kept = {points: told.points, comment: told.comment};
  draw(it);
  listUsed();
}

// One change of one answer: {points: 2}, {comment: "..."}, or both.
function save(it, change, what) {
  it.unsaved += 1;
  it.page.querySelector(".kept").textContent = "saving";
  it.queue = it.queue.then(() => send(it, change, what));
  return it.queue;
}

async function send(it, change, what) {
  let told;
  for (;;) {
    try {
      told = await ask("mark", {question: Number(question), answer: it.key, seen: it.version, ...change});
    } catch {
      told = {status: 0, error: "The command nbjudge mark has ended. Start it again, and open the new address."};
    }
    if (told.status !== 423) break;
    say(`${it.name}: not saved yet. ${told.error} Trying again.`, true);
    await new Promise(done => setTimeout(done, AGAIN));
  }
  it.unsaved -= 1;
  if (told.status === 200) {
    undone.push(told.undo);
    undoButton.disabled = false;
    it.refused = {};
    take(it, told);
    it.page.querySelector(".kept").textContent = "saved";
    say(`${it.name}: ${what}, saved.`);
    return;
  }
  it.page.querySelector(".kept").textContent = "not saved";
  say(`${it.name}: ${told.error}`, true);
  it.points = it.kept.points;
  it.text = it.kept.comment;
  it.refused = {...it.refused, ...change};
  if (told.status === 409) disagree(it, told.now);
  draw(it);
}

// Somebody else was faster, in another window or in Formgrader, or the answer is a newer one.
function disagree(it, now) {
  const box = it.conflict, {points, comment} = it.refused;
  const mine = [points === undefined ? [] : inPoints(points), comment === undefined ? [] : "your comment"].flat().join(" and ");
  box.replaceChildren();
  const say_here = document.createElement("p");
  const choice = (words, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.addEventListener("click", () => { box.hidden = true; it.page.focus(); act(); });
    box.append(button, " ");
  };
  if (now.text_changed) {
    say_here.textContent = "The learner's answer was graded anew after you opened this page. Read the new one first."
      + (comment === undefined ? "" : " Copy your comment before, if you want to keep it.");
    box.append(say_here);
    choice("Load this page again", () => location.reload());
  } else {
    const words = now.comment ? `, with the comment: ${now.comment}` : "";
    say_here.textContent = `Changed elsewhere since you saw it: now ${inPoints(now.points)}${words}. Yours, ${mine}, is not saved.`;
    box.append(say_here);
    choice("Keep what is there now", () => {
      it.refused = {};
      write(it, now.comment);
      take(it, now);
      it.page.querySelector(".kept").textContent = "";
      say(`${it.name}: left as it is.`);
    });
    choice("Save mine", () => {
      it.version = now.version;
      if (comment !== undefined) it.text = comment;
      save(it, it.refused, mine);
    });
  }
  box.hidden = false;
}

function write(it, comment) {
  if (it.comment) it.comment.value = it.text = comment;
}

function give(it, points) {
  if (!(points >= 0 && points <= most)) {
    say(`${it.name}: points are a number from 0 to ${most}.`, true);
    draw(it);
    return;
  }
  it.points = points;
  save(it, {points}, `${points} of ${most} points`);
}

function keepComment(it) {
  clearTimeout(it.typing);
  if (it.comment && it.comment.value.trim() !== it.text.trim()) {
    it.text = it.comment.value;
    save(it, {comment: it.comment.value}, "comment");
  }
}

// Comments that were used for this question, most used first.
function commentsUsed() {
  const times = new Map();
  for (const it of sheets) {
    const text = it.kept.comment.trim();
    if (text) times.set(text, (times.get(text) || 0) + 1);
  }
  return [...times].sort((a, b) => b[1] - a[1]).slice(0, MOST_USED).map(([text]) => text);
}

function listUsed() {
  const texts = commentsUsed();
  used.hidden = !texts.length || !current || !current.comment;
  if (current && used.parentElement !== current.page) current.page.append(used);
  const list = used.querySelector("ul"), before = [...list.querySelectorAll("button")].map(b => b.dataset.text);
  if (before.join("\0") === texts.join("\0")) return;
  list.replaceChildren(...texts.map((text, place) => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.dataset.text = text;
    if (place < USED_KEYS.length) {
      const key = document.createElement("kbd");
      key.textContent = USED_KEYS[place];
      button.append(key, " ");
    }
    button.append(text);
    button.addEventListener("click", () => putIn(current, text));
    item.append(button);
    return item;
  }));
}

function putIn(it, text) {
  if (!it || !it.comment || !text) return;
  const there = it.comment.value.trim();
  if (there.split("\n").includes(text) || there === text) return say(`${it.name}: this comment is there already.`);
  it.comment.value = there ? `${there}\n${text}` : text;
  keepComment(it);
}

function choose(it) {
  if (current === it) return;
  if (current) current.page.classList.remove("current");
  current = it;
  it.page.classList.add("current");
  listUsed();
}

function go(it) {
  if (!it) return say("There are no more.");
  it.page.focus({preventScroll: true});
  it.page.scrollIntoView({block: "start"});
}

async function undo() {
  sheets.forEach(keepComment);
  await Promise.all(sheets.map(it => it.queue));
  const name = undone.pop();
  undoButton.disabled = !undone.length;
  if (!name) return say("There is nothing to take back.");
  let told;
  try {
    told = await ask("undo", {undo: name});
  } catch {
    return say("Not taken back: the command nbjudge mark has ended.", true);
  }
  if (told.status !== 200) {
    if (told.status === 423) undone.push(name);
    undoButton.disabled = !undone.length;
    return say(`Not taken back: ${told.status === 409 ? "it has changed since." : told.error}`, true);
  }
  const it = sheets.find(one => one.key === told.answer);
  if (!it) return say("Taken back, in another question.");
  write(it, told.comment);
  take(it, told);
  it.page.querySelector(".kept").textContent = "saved";
  go(it);
  say(`${it.name}: taken back. It is ${it.state}${it.points === null ? "" : `, with ${inPoints(it.points)}`}.`);
}

async function end() {
  sheets.forEach(keepComment);
  await Promise.all(sheets.map(it => it.queue));
  const left = sheets.find(it => Object.keys(it.refused).length);
  if (left) {
    go(left);
    const next = left.conflict.hidden ? "Copy your text before you close this window." : "Choose in the box below its points.";
    return say(`${left.name} has something that is not saved. ${next}`, true);
  }
  try {
    await ask("end", {});
  } catch { /* it had ended before */ }
  ended = true;
  document.body.replaceChildren(Object.assign(document.createElement("p"), {
    textContent: "Ended. All marks are in the gradebook, and this window can be closed.",
  }));
}

// The keys of a page, with any layout of letters: where a key is no Latin letter, its place counts.
function meant(event) {
  if (/^[0-9a-z.]$/i.test(event.key)) return event.key.toLowerCase();
  if (/^(Digit|Numpad)\d$/.test(event.code) && !event.shiftKey) return event.code.slice(-1);
  if (/^Key[A-Z]$/.test(event.code)) return event.code.slice(-1).toLowerCase();
  return event.key;
}

function onDigit(it, digit) {
  const now = performance.now();
  const two = digits.it === it && now - digits.at < TWO_DIGITS ? digits.text + digit : digit;
  const text = most >= 10 && Number(two) <= most ? two : digit;
  digits = {it, at: now, text};
  give(it, Number(text));
}

function onKey(event) {
  const typing = event.target.matches("textarea, input:not([type=checkbox])");
  if (event.key === "Escape" && typing) return event.target.closest("article")?.focus();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || ended) return;
  if (!document.getElementById("keys").checked) return;
  const key = meant(event), at = current ? current.place : -1;
  const arrow = event.target.closest("aside") ? "" : event.key;  // there they scroll
  let done = true;
  if (key === "j" || arrow === "ArrowDown") go(sheets[at + 1]);
  else if (key === "k" || arrow === "ArrowUp") go(sheets[at - 1]);
  else if (key === "u") undo();
  else if (key === "n") {
    const waits = it => !["marked", "blank"].includes(it.state);
    go(sheets.slice(at + 1).find(waits) || sheets.find(waits));
  } else if (!current) done = false;
  else if (/^\d$/.test(key)) onDigit(current, key);
  else if (key === ".") give(current, (current.points || 0) + 0.5);
  else if (key === "c" && current.comment) current.comment.focus();
  else if (key.length === 1 && USED_KEYS.includes(key)) putIn(current, commentsUsed()[USED_KEYS.indexOf(key)]);
  else done = false;
  if (done) event.preventDefault();
}

for (const it of sheets) {
  const group = it.page.querySelector(".points"), whole = most <= 12 ? Math.floor(most) : -1;
  for (let points = 0; points <= whole; points += 1) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pt";
    button.dataset.points = button.textContent = points;
    button.addEventListener("click", () => { choose(it); give(it, points); });
    group.append(button);
  }
  const label = document.createElement("label");
  it.field = document.createElement("input");
  it.field.inputMode = "decimal";
  it.field.autocomplete = "off";
  it.field.setAttribute("aria-label", `Points for ${it.name.toLowerCase()}, also halves`);
  it.field.addEventListener("change", () => {
    const text = it.field.value.trim().replace(",", ".");
    if (text === "") draw(it);
    else give(it, Number(text));
  });
  label.append("or ", it.field, ` of ${most}`);
  group.append(label);
  it.page.addEventListener("focusin", () => { if (!pressed) choose(it); });
  it.page.addEventListener("pointerdown", () => { pressed = it; });
  if (it.comment) {
    it.comment.addEventListener("input", () => {
      clearTimeout(it.typing);
      it.typing = setTimeout(() => keepComment(it), PAUSE);
    });
    it.comment.addEventListener("blur", () => keepComment(it));
  }
  draw(it);
}
// To choose an answer moves the list of comments to it, and all that stands below: not before the
// click is over, or it would go to whatever is below the pointer by then.
function release() {
  const it = pressed;
  pressed = null;
  if (it) setTimeout(() => choose(it));
}
document.addEventListener("pointerup", release);
document.addEventListener("pointercancel", release);
undoButton.addEventListener("click", undo);
document.getElementById("end").addEventListener("click", end);
document.addEventListener("keydown", onKey);
addEventListener("beforeunload", event => {
  sheets.forEach(keepComment);
  if (!ended && sheets.some(it => it.unsaved)) event.preventDefault();
});
if (matchMedia("(max-width: 63.9rem)").matches)
  for (const fold of document.querySelectorAll(".folds")) fold.open = false;
if (sheets.length) choose(sheets.find(it => !["marked", "blank"].includes(it.state)) || sheets[0]);
