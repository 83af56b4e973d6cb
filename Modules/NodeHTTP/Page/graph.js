// A node's graph, as its page has it: what the node told so far, and questions to the node.

export const kinds = ["requesting", "request", "response", "observation", "initial"];
export const roles = ["interesting", "observer", "deciding"];

export class Graph {
  constructor(url) {
    this.url = url; // "" for the node that served the page
    this.peers = [];
    this.total = 0;
    this.outcomes = []; // {election, event, eventCount, first, end}
    this.labels = new Map();
    this.columns = [];
    // One entry an event, in the order in which the node got them.
    Object.assign(this, {
      creator: [], index: [], fork: [], kind: [], selfParent: [], otherParent: [], row: [], branch: [], digest: [], notes: [],
    });
    this.selfChildren = []; // the first event that follows on each
    this.otherChildren = [];
    this.byRow = [];
    this.longestEdge = 1; // in rows
    this.closedRoles = new Map(); // event -> role, of closed elections
    this.openRoles = new Map();
    this.markCount = 0;
    this.byDigest = new Map();
  }

  get count() { return this.creator.length; }

  async get(path) {
    const answer = await fetch(this.url + path, { cache: "no-store" });
    if (!answer.ok) {
      const text = await answer.text();
      let message = text;
      try { message = JSON.parse(text).error.message; } catch { /* no JSON: the text says it */ }
      throw new Error(message || `status ${answer.status}`);
    }
    return answer.json();
  }

  /** Asks for what is new; says whether anything was. */
  async update() {
    let isNew = false;
    for (;;) {
      const view = await this.get(
        `/graph/view?from=${this.count}&marks=${this.markCount}&outcomes=${this.outcomes.length}`);
      const first = this.count;
      this.take(view);
      isNew ||= this.count > first || view.marks.length > 0;
      if (view.events.length === 0 || this.count >= this.total) return isNew;
    }
  }

  take(view) {
    this.network = view.network;
    this.owner = view.owner;
    this.total = view.total;
    this.mostEvents = view.mostEvents;
    this.metrics = view.metrics;
    if (view.peers.length !== this.peers.length) this.labels = shortLabels(view.peers);
    this.peers = view.peers;
    this.columns = view.peers.map((peer, number) => ({ ...peer, number })).filter((peer) => peer.lane >= 0)
      .sort((a, b) => a.lane - b.lane);
    for (const [creator, index, fork, kind, selfParent, otherParent, row, branch, digest, ...notes] of view.events) {
      const event = this.count;
      this.creator.push(creator); this.index.push(index); this.fork.push(fork); this.kind.push(kind);
      this.selfParent.push(selfParent); this.otherParent.push(otherParent);
      this.row.push(row); this.branch.push(branch); this.digest.push(digest); this.notes.push(notes);
      this.byDigest.set(digest, event);
      (this.byRow[row] ??= []).push(event);
      for (const parent of [selfParent, otherParent]) {
        if (parent >= 0) this.longestEdge = Math.max(this.longestEdge, row - this.row[parent]);
      }
      if (selfParent >= 0) this.selfChildren[selfParent] ??= event;
      if (otherParent >= 0) this.otherChildren[otherParent] ??= event;
    }
    const note = (map, [event, role]) => map.set(event, Math.max(role, map.get(event) ?? 0));
    for (const mark of view.marks) note(this.closedRoles, mark);
    this.markCount += view.marks.length;
    this.openRoles = new Map();
    for (const mark of view.openMarks) note(this.openRoles, mark);
    for (const [election, event, eventCount, firstBlock, end] of view.outcomes) {
      this.outcomes.push({ election, event, eventCount, first: firstBlock, end });
    }
  }

  lane(event) { return this.peers[this.creator[event]].lane + this.branch[event]; }
  get laneCount() { return this.columns.reduce((most, peer) => Math.max(most, peer.lane + peer.lanes), 1); }
  get rowCount() { return this.byRow.length; }

  role(event) { return Math.max(this.closedRoles.get(event) ?? -1, this.openRoles.get(event) ?? -1); }

  /** How many blocks there were when the node had so many events. */
  blocksAt(time) {
    let [low, high] = [0, this.outcomes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.outcomes[middle].eventCount <= time) low = middle + 1; else high = middle;
    }
    return low === 0 ? 0 : this.outcomes[low - 1].end;
  }

  label(creator) { return this.labels.get(this.peers[creator]?.id) ?? "?"; }

  name(event) {
    return `${this.label(this.creator[event])}:${this.index[event]}` + (this.fork[event] ? `,${this.fork[event]}` : "");
  }

  /** What is written beside an event, in no more than so many letters. */
  note(event, most) {
    const [first, ...more] = this.notes[event];
    const rest = more.length > 0 ? ` +${more.length}` : "";
    const letters = [...first];
    return (letters.length + rest.length > most ? letters.slice(0, most - 1 - rest.length).join("") + "…" : first) + rest;
  }

  /** As dumps and explanations name it. */
  dumpName(event) {
    return `${this.peers[this.creator[event]].dumpID}:${this.index[event]}` + (this.fork[event] ? `,${this.fork[event]}` : "");
  }

  /** A text of an explanation, with short names for peers. */
  readable(text) {
    return text.replace(/[0-9a-f]{64}|peer-[a-z2-7]{58}/g, (id) => {
      const peer = this.peers.find((peer) => peer.dumpID === id || peer.id === id);
      return peer ? this.labels.get(peer.id) : id.slice(0, 12) + "…";
    });
  }

  /** The event that an explanation names. */
  eventNamed(name) {
    const match = /^(.*):(\d+)(?:,(\d+))?$/.exec(name);
    if (!match) return -1;
    const [index, fork] = [Number(match[2]), Number(match[3] ?? 0)];
    const is = (peer) => peer.dumpID === match[1] || peer.id === match[1] || this.labels.get(peer.id) === match[1];
    const creator = this.peers.findIndex(is);
    if (creator < 0) return -1;
    return this.creator.findIndex((who, event) =>
      who === creator && this.index[event] === index && this.fork[event] === fork);
  }

  /** The events that a query means: by name, by digest, or by what they vote for. */
  find(query) {
    const named = this.eventNamed(query);
    if (named >= 0) return [named];
    const text = query.toLowerCase();
    const isDigest = /^[0-9a-f]{6,}$/.test(text);
    const found = [];
    for (let event = 0; event < this.count && found.length < 1000; event++) {
      const digest = this.digest[event];
      if (isDigest && (digest.startsWith(text) || text.startsWith(digest))) found.push(event);
      else if (this.notes[event].some((note) => note.toLowerCase().includes(text))) found.push(event);
    }
    return found;
  }
}

/** The shortest beginnings, of four letters at least, that tell peers apart. */
function shortLabels(peers) {
  const names = peers.map((peer) => peer.id.replace(/^peer-/, ""));
  let length = 4;
  while (length < 60 && new Set(names.map((name) => name.slice(0, length))).size < names.length) length++;
  return new Map(peers.map((peer, number) => [peer.id, names[number].slice(0, length)]));
}
