// The page: what stands around the graph, and what happens when something is chosen.

import { Graph, kinds, roles } from "./graph.js";
import { Pane } from "./pane.js";

const pollEvery = 1000; // milliseconds
const mostBlocks = 300; // listed at a time
const $ = (id) => document.getElementById(id);

const own = new Graph("");
const graphs = [own];
const shared = {
  x: 0, y: 0, scale: 0.8, laneWidth: 0, isAlone: () => graphs.length === 1, time: [0, 0], only: [new Set(), new Set()], isLive: true,
  changed() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => { this.isWaiting = false; for (const pane of panes) pane.draw(); });
  },
  select,
};
const panes = [new Pane($("canvas-a"), own, shared, 0)];
let found = [];
let isFitted = false;
let shownBlocks = "";
let unreachable = ""; // what is wrong with the node that was to be shown beside

/** Makes an element; what is put into it is text, never HTML. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// MARK: - What the node tells

async function poll() {
  try {
    let isNew = false;
    for (const graph of graphs) isNew = (await graph.update()) || isNew;
    $("trouble").hidden = !unreachable;
    if (unreachable) trouble(unreachable);
    if (own.total > own.mostEvents) {
      trouble(`This graph has ${own.total} events; pages draw ${own.mostEvents}. Use parsec-graph for larger ones.`);
    }
    if (isNew) await refresh(); else if (graphs.length > 1) await showDifference();
    await showStatus();
  } catch (error) {
    trouble(`${graphs.length > 1 ? "One of the nodes does" : "The node does"} not answer (${error.message}); trying again.`);
  }
  setTimeout(poll, pollEvery);
}

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = false;
}

async function refresh() {
  $("time").max = own.count;
  if (shared.isLive) setTime(own.count);
  else setTime(Number($("time").value));
  if (!isFitted && own.count > 0) {
    isFitted = true;
    panes[0].fit(0.7);
  } else if (shared.isLive) panes[0].toEnd();
  captions();
  if (graphs.length > 1) await showDifference();
  await showMembers();
  shared.changed();
}

async function showStatus() {
  const status = await own.get("/status");
  $("status").textContent =
    `${own.labels.get(status.id) ?? status.id.slice(0, 14)}, ${status.phase}: ${status.events} events, ${status.blocks} blocks, `
    + (status.quiet ? "quiet" : `${status.undecided} undecided`);
}

function captions() {
  for (const [side, graph] of graphs.entries()) {
    const name = graph.labels.get(graph.owner) ?? "";
    $(side === 0 ? "caption-a" : "caption-b").textContent =
      `${graphs.length > 1 ? "AB"[side] + ": " : ""}${name}, ${shared.time[side]} of ${graph.count} events`;
  }
}

// MARK: - Time

function setTime(time) {
  const bounded = Math.max(0, Math.min(own.count, Math.round(time)));
  shared.time[0] = bounded;
  // The order of arrival is each node's own; the other one goes along in proportion.
  if (graphs[1]) shared.time[1] = shared.isLive ? graphs[1].count : Math.round(graphs[1].count * bounded / Math.max(1, own.count));
  $("time").value = bounded;
  const blocks = own.blocksAt(bounded);
  $("moment").textContent = `${bounded} events, ${blocks} blocks`;
  $("live").setAttribute("aria-pressed", String(shared.isLive));
  captions();
  showBlocks(blocks);
  shared.changed();
}

function travel(time) {
  shared.isLive = time >= own.count;
  setTime(time);
  const newest = shared.time[0] - 1;
  if (newest >= 0) panes[0].reveal(newest);
}

$("time").addEventListener("input", () => travel(Number($("time").value)));
$("live").addEventListener("click", () => { shared.isLive = true; setTime(own.count); panes[0].toEnd(); });

// MARK: - Blocks and members

function payloadText(block) {
  if (block.peer) return `${block.kind} ${own.labels.get(block.peer) ?? block.peer}`;
  if (block.kind !== "payload") return block.kind;
  const bytes = Uint8Array.from(atob(block.payload), (letter) => letter.charCodeAt(0));
  const text = new TextDecoder().decode(bytes.slice(0, 60));
  return /[\u0000-\u001f\ufffd]/.test(text) ? `${bytes.length} bytes, ${block.payloadDigest.slice(0, 12)}` : text;
}

async function showBlocks(count) {
  const key = `${count} of ${own.labels.size}`;
  if (key === shownBlocks) return;
  shownBlocks = key;
  const from = Math.max(0, count - mostBlocks);
  let blocks = [];
  try {
    blocks = count === 0 ? [] : await own.get(`/blocks?from=${from}&count=${count - from}`);
  } catch { shownBlocks = ""; return; } // said by the next poll
  if (shownBlocks !== key) return;
  const rows = blocks.reverse().map((block) => {
    const button = make("button", { type: "button" }, make("b", {}, `#${block.number}`), payloadText(block));
    button.dataset.block = block.number;
    button.addEventListener("click", () => explainBlock(block.number));
    return make("li", {}, button);
  });
  if (from > 0) rows.push(make("li", { className: "hint" }, `and ${from} before them; find them by #number`));
  $("blocks").replaceChildren(...rows);
}

function rights(state) {
  const words = { VOTE: "votes", DKG: "makes keys", SEND: "sends", RECV: "receives" };
  return state === "" ? "no member" : state.split("|").map((right) => words[right] ?? right).join(", ");
}

async function showMembers() {
  $("members").replaceChildren(...own.peers.map((peer) =>
    make("li", { title: peer.id }, own.labels.get(peer.id), " ", make("span", { className: "state" }, rights(peer.state)))));
  const history = await own.get("/members/history");
  $("history").replaceChildren(...history.map((change) =>
    make("li", {}, make("span", { className: "number" }, `#${change.block}`),
      `${own.labels.get(change.peer) ?? change.peer} ${change.change}`)));
}

for (const tab of document.querySelectorAll("[role=tab]")) {
  const choose = () => {
    for (const other of document.querySelectorAll("[role=tab]")) {
      const isChosen = other === tab;
      other.setAttribute("aria-selected", String(isChosen));
      other.tabIndex = isChosen ? 0 : -1;
      $(other.getAttribute("aria-controls")).hidden = !isChosen;
    }
  };
  tab.addEventListener("click", choose);
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tab.nextElementSibling ?? tab.previousElementSibling;
    other.focus();
    other.click();
  });
}

// MARK: - Details

function link(graph, pane, event) {
  const button = make("button", { type: "button", className: "link" }, graph.name(event));
  button.addEventListener("click", () => select(pane, event, true));
  return button;
}

async function select(pane, event, reveals = false) {
  for (const other of panes) { other.selected = -1; other.marked = new Set(); }
  pane.selected = event;
  markBlock(-1);
  if (event < 0) {
    $("details").replaceChildren(make("p", { className: "hint" }, "Click an event or a block, or search for one."));
    shared.changed();
    return;
  }
  const graph = pane.graph;
  // The same event at the other node is selected as well.
  for (const other of panes) {
    if (other !== pane) other.selected = other.graph.byDigest.get(graph.digest[event]) ?? -1;
  }
  if (reveals) pane.reveal(event);
  const role = graph.role(event);
  const facts = make("ul", {},
    make("li", {}, `${kinds[graph.kind[event]]} event by ${graph.label(graph.creator[event])}`),
    make("li", {}, `digest ${graph.digest[event]}…`));
  for (const [name, parent] of [["self-parent", graph.selfParent[event]], ["other-parent", graph.otherParent[event]]]) {
    if (parent >= 0) facts.append(make("li", {}, `${name} `, link(graph, pane, parent)));
  }
  if (role >= 0) facts.append(make("li", {}, `role: ${roles[role]}`));
  const explanation = make("div", { id: "explanation" }, make("p", { className: "hint" }, "…"));
  $("details").replaceChildren(make("h2", {}, graph.name(event)), facts, explanation);
  shared.changed();
  await explain(graph, pane, `event=${encodeURIComponent(graph.dumpName(event))}`, explanation);
}

async function explainBlock(number) {
  const explanation = make("div", { id: "explanation" }, make("p", { className: "hint" }, "…"));
  $("details").replaceChildren(make("h2", {}, `Block ${number}`), explanation);
  panes[0].selected = -1;
  markBlock(number);
  const subject = await own.get(`/blocks/${number}`).then(payloadText).catch(() => undefined);
  const told = await explain(own, panes[0], `block=${number}`, explanation, subject);
  if (!told) return;
  // What had a part in it stands out.
  const names = [told.election?.decidedAt, ...told.votes.map((vote) => vote.event), ...told.interesting.map((place) => place.event),
    ...(told.election?.observers ?? []).map((observer) => observer.event)];
  if (!explanation.isConnected) return; // something else was chosen meanwhile
  const events = names.filter(Boolean).map((name) => own.eventNamed(name)).filter((event) => event >= 0);
  panes[0].marked = new Set(events);
  const deciding = told.election?.decidedAt ? own.eventNamed(told.election.decidedAt) : -1;
  if (deciding >= 0) panes[0].reveal(deciding);
  shared.changed();
}

function markBlock(number) {
  for (const button of $("blocks").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(Number(button.dataset.block) === number));
  }
}

/** Asks the node why, and writes the answer, with a better name for the subject if there is one; returns it. */
async function explain(graph, pane, query, place, subject) {
  let told;
  try { told = await graph.get(`/explain?${query}`); } catch (error) {
    place.replaceChildren(make("p", { className: "hint" }, error.message));
    return null;
  }
  const readable = (text) => graph.readable(subject ? text.replaceAll(told.subject, `“${subject}”`) : text);
  const parts = told.sentences.map((sentence) => make("p", {}, readable(sentence)));
  const votes = told.election?.metaVotes.filter((votes) => votes.stages.length > 0) ?? [];
  if (votes.length > 0) {
    const heads = ["candidate of", "stage", "est", "bin", "aux", "dec"];
    const rows = votes.flatMap((votes) => votes.stages.map((stage, number) =>
      make("tr", {}, ...[number === 0 ? graph.readable(votes.candidate) : "", ...stage].map((cell) => make("td", {}, cell)))));
    parts.push(make("h2", {}, "Meta-votes"),
      make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)))),
        make("tbody", {}, ...rows)));
  }
  if (told.election?.decidedAt) {
    const deciding = graph.eventNamed(told.election.decidedAt);
    if (deciding >= 0) parts.push(make("p", {}, "Decided at ", link(graph, pane, deciding), "."));
  }
  place.replaceChildren(...parts);
  return told;
}

// MARK: - Search

let searched = "";
$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search($("query").value.trim());
});
$("query").addEventListener("input", () => { if ($("query").value === "") $("matches").textContent = ""; });

/** Selects what a query means; the same query once more selects the next that it means. */
function search(query) {
  if (query === "") return;
  const block = /^#(\d+)$/.exec(query);
  if (block) {
    $("matches").textContent = "";
    explainBlock(Number(block[1]));
    return;
  }
  const isAgain = query === searched && found.length > 0;
  if (isAgain) found.push(found.shift()); else found = own.find(query);
  searched = query;
  $("matches").textContent = found.length === 0 ? "nothing" : `${found.length} found`;
  if (found.length === 0) return;
  if (found[0] >= shared.time[0]) travel(found[0] + 1);
  select(panes[0], found[0], true);
}

// MARK: - Two nodes

$("compare").addEventListener("submit", (event) => {
  event.preventDefault();
  compareWith($("other").value.trim());
});

async function compareWith(url) {
  if (graphs.length > 1) isFitted = false;
  graphs.length = panes.length = 1;
  unreachable = "";
  const figure = $("canvas-b").closest("figure");
  figure.hidden = $("difference").hidden = url === "";
  shared.only = [new Set(), new Set()];
  history.replaceState(null, "", url === "" ? location.pathname : `?other=${encodeURIComponent(url)}`);
  legend();
  if (url !== "") {
    const other = new Graph(url.replace(/\/+$/, ""));
    try { await other.update(); } catch (error) {
      figure.hidden = $("difference").hidden = true;
      unreachable = `${url} does not answer (${error.message}). Is it the HTTP address of a node on this machine?`;
      trouble(unreachable);
      await refresh();
      return;
    }
    graphs.push(other);
    isFitted = false;
    const canvas = $("canvas-b").cloneNode(); // without the listeners of a pane before
    $("canvas-b").replaceWith(canvas);
    panes.push(new Pane(canvas, other, shared, 1));
    legend();
  }
  await refresh();
}

async function showDifference() {
  const [a, b] = graphs;
  const place = $("difference");
  place.hidden = false;
  if (a.network !== b.network) {
    place.textContent = "These nodes belong to different networks: they have nothing to agree on.";
    return;
  }
  shared.only = [a, b].map((graph, side) => {
    const other = graphs[1 - side];
    return new Set(graph.digest.flatMap((digest, event) => other.byDigest.has(digest) ? [] : [event]));
  });
  const count = Math.min(a.blocksAt(a.count), b.blocksAt(b.count));
  const texts = [shared.only[0].size === 0 && shared.only[1].size === 0 ? "Both have the same events"
    : `Only A has ${shared.only[0].size} events, only B ${shared.only[1].size}`];
  // A block's digest covers all before it, so the first difference is found by halves.
  const agrees = async (number) => {
    const [one, two] = await Promise.all(graphs.map((graph) => graph.get(`/blocks/${number}`)));
    return one.digest === two.digest;
  };
  let [low, high] = [0, count];
  if (count > 0 && await agrees(count - 1)) low = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await agrees(middle)) low = middle + 1; else high = middle;
  }
  texts.push(low < count ? `block ${low} differs` : `the first ${count} blocks agree`);
  const more = a.blocksAt(a.count) - b.blocksAt(b.count);
  if (more !== 0) texts.push(`${more > 0 ? "B" : "A"} is ${Math.abs(more)} ${Math.abs(more) === 1 ? "block" : "blocks"} behind`);
  place.textContent = `${texts.join("; ")}.`;
  shared.changed();
}

// MARK: - The rest

function legend() {
  const entries = [...["initial", "requesting", "request", "response"].map((kind) => [kind, kind]), ["observation", "votes"],
    ...roles.map((role) => [role, role])];
  const items = entries.map(([color, text]) => {
    const sample = make("span");
    sample.style.background = `var(--${color})`;
    return make("li", {}, sample, text);
  });
  if (graphs.length > 1) {
    for (const [color, text] of [["only-a", "only in A"], ["only-b", "only in B"]]) {
      const sample = make("span");
      sample.style.border = `3px ${color === "only-b" ? "dashed" : "solid"} var(--${color})`;
      items.push(make("li", {}, sample, text));
    }
  }
  $("legend").replaceChildren(...items);
}

$("zoom-in").addEventListener("click", () => panes[0].zoom(1.25));
$("zoom-out").addEventListener("click", () => panes[0].zoom(0.8));
$("zoom-fit").addEventListener("click", () => panes[0].fit());
$("help-button").addEventListener("click", () => $("help").showModal());
document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") $("query").focus();
  else if (event.key === "[" || event.key === "{") travel(shared.time[0] - (event.shiftKey ? 50 : 1));
  else if (event.key === "]" || event.key === "}") travel(shared.time[0] + (event.shiftKey ? 50 : 1));
  else if (event.key === "?") $("help").showModal();
  else return;
  event.preventDefault();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shared.changed());

// For those who test the page.
window.parsec = { own, graphs, panes, shared };

legend();
const other = new URLSearchParams(location.search).get("other");
await own.update().catch(() => {});
if (own.metrics) await refresh();
if (other) {
  $("other").value = other;
  await compareWith(other);
}
poll();
