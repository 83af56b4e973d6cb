// Draws a graph on a canvas, as much of it as is visible, and turns what the user does into selections.

import { kinds } from "./graph.js";

const margin = 24;
const head = 26; // the names of peers, which stay in sight
const mostEdges = 8000;
const leastLane = 92; // what an event and an arrow take
const noteLane = 150; // from this width on there is room for notes

export class Pane {
  /** @param shared what both panes have in common: {x, y, scale, time, only, changed(), select(pane, event)} */
  constructor(canvas, graph, shared, side) {
    Object.assign(this, { canvas, graph, shared, side, selected: -1, marked: new Set(), drawn: 0 });
    this.context = canvas.getContext("2d");
    this.listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  // MARK: - Places

  get metrics() { return this.graph.metrics; }
  get width() { return this.canvas.clientWidth; }
  get height() { return this.canvas.clientHeight; }
  x(event) { return this.laneX(this.graph.lane(event)); }
  laneX(lane) { return margin + lane * this.laneWidth + this.metrics.eventWidth / 2; }

  /** That of the pictures, or less where all lanes would not fit otherwise. */
  get laneWidth() { return this.shared.laneWidth || this.metrics.laneWidth; }
  y(event) { return this.graph.row[event] * this.metrics.rowHeight; }
  get worldWidth() { return this.graph.laneCount * this.laneWidth + margin; }
  get worldHeight() { return this.graph.rowCount * this.metrics.rowHeight; }

  screen(x, y) { return [(x - this.shared.x) * this.shared.scale, (y - this.shared.y) * this.shared.scale + head]; }

  isVisible(event) { return event < this.shared.time[this.side]; }

  /** Zooms so that all lanes are in sight, but not below a scale, with the newest events at the bottom. */
  fit(least = 0.25) {
    if (!this.metrics) return;
    const view = this.shared;
    // Lanes come nearer to each other before events become too small to read.
    const width = Math.floor((this.width / 0.8 - margin) / this.graph.laneCount);
    view.laneWidth = Math.max(leastLane, Math.min(this.metrics.laneWidth, width));
    view.scale = Math.min(1.2, Math.max(least, this.width / this.worldWidth));
    view.x = 0;
    this.toEnd();
  }

  toEnd() {
    const view = this.shared;
    const visible = (this.height - head) / view.scale;
    let last = 0;
    for (let event = Math.max(0, view.time[this.side] - 200); event < view.time[this.side]; event++) last = Math.max(last, this.y(event));
    view.y = Math.max(0, last + 2 * this.metrics.rowHeight - visible);
    view.changed();
  }

  zoom(factor, [x, y] = [this.width / 2, this.height / 2]) {
    const view = this.shared;
    const scale = Math.min(3, Math.max(0.04, view.scale * factor));
    view.x += x / view.scale - x / scale;
    view.y += (y - head) / view.scale - (y - head) / scale;
    view.scale = scale;
    view.changed();
  }

  pan(dx, dy) {
    const view = this.shared;
    view.x += dx / view.scale;
    view.y += dy / view.scale;
    this.clamp();
    view.changed();
  }

  clamp() {
    const view = this.shared;
    view.x = Math.max(-this.width / view.scale / 2, Math.min(view.x, this.worldWidth - 40));
    view.y = Math.max(-40, Math.min(view.y, Math.max(0, this.worldHeight - 40)));
  }

  /** Scrolls so that an event is in sight. */
  reveal(event) {
    const view = this.shared;
    if (view.scale < 0.5) view.scale = 0.8;
    const [x, y] = this.screen(this.x(event), this.y(event));
    if (x < 40 || x > this.width - 80) view.x = this.x(event) - this.width / view.scale / 2;
    if (y < head + 30 || y > this.height - 30) view.y = this.y(event) - (this.height - head) / view.scale / 2;
    view.changed();
  }

  // MARK: - Drawing

  /** The events in rows that are in sight, and those so near that their edges may be. */
  *eventsBetween(first, last) {
    for (let row = Math.max(0, first); row <= last && row < this.graph.byRow.length; row++) {
      for (const event of this.graph.byRow[row] ?? []) if (this.isVisible(event)) yield event;
    }
  }

  draw() {
    const { canvas, context, graph, shared } = this;
    if (!this.metrics || this.width === 0) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(`--${name}`);
    const { rowHeight, eventWidth, eventHeight } = this.metrics;
    const scale = shared.scale;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = color("page");
    context.fillRect(0, 0, this.width, this.height);

    this.line(color("lane"), 1, () => {
      for (const peer of graph.columns) {
        for (let lane = peer.lane; lane < peer.lane + peer.lanes; lane++) {
          const [x] = this.screen(this.laneX(lane), 0);
          context.moveTo(x, head); context.lineTo(x, this.height);
        }
      }
    });

    const first = Math.floor(shared.y / rowHeight) - 1;
    const last = Math.ceil((shared.y + (this.height - head) / scale) / rowHeight) + 1;
    const events = [...this.eventsBetween(first, last)];
    this.drawn = events.length;
    if (events.length <= mostEdges) {
      this.line(color("edge"), Math.min(1.2, 0.4 + scale), () => {
        for (const event of this.eventsBetween(first, last + Math.min(graph.longestEdge, 400))) this.edges(event);
      });
    }

    const fills = ["interesting", "observer", "deciding"].map(color);
    const [stroke, ink, faint, page, accent] = ["stroke", "on-event", "faint", "page", "accent"].map(color);
    const plain = kinds.map(color);
    const only = color(this.side === 0 ? "only-a" : "only-b");
    const [w, h] = [eventWidth * scale, eventHeight * scale];
    const hasText = scale >= 0.55;
    context.font = `${11 * scale}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const event of events) {
      const [x, y] = this.screen(this.x(event), this.y(event));
      if (x < -w - 200 || x > this.width + w) continue;
      const role = graph.role(event);
      const isOnly = shared.only[this.side]?.has(event);
      context.fillStyle = role >= 0 ? fills[role] : plain[graph.kind[event]];
      const isMarked = this.marked.has(event);
      context.strokeStyle = event === this.selected || isMarked ? accent : isOnly ? only : stroke;
      const weight = event === this.selected ? 3.5 : isOnly || isMarked ? 2.5 : 1;
      context.lineWidth = weight * Math.min(1, Math.max(scale, 0.5));
      context.setLineDash(isOnly && this.side === 1 ? [6 * scale, 3 * scale] : []);
      context.beginPath();
      context.roundRect(x - w / 2, y - h / 2, Math.max(w, 3), Math.max(h, 2), 8 * scale);
      context.fill();
      context.stroke();
      if (!hasText) continue;
      context.setLineDash([]);
      context.fillStyle = ink;
      context.textAlign = "center";
      context.fillText(graph.name(event), x, y, w - 4);
      if (graph.notes[event].length > 0 && scale >= 0.7 && this.laneWidth >= noteLane) {
        context.textAlign = "left";
        context.lineWidth = 3;
        context.strokeStyle = page;
        const note = graph.note(event, Math.floor((this.laneWidth - eventWidth) / 7));
        context.strokeText(note, x + w / 2 + 5, y);
        context.fillStyle = faint;
        context.fillText(note, x + w / 2 + 5, y);
      }
    }
    context.setLineDash([]);
    this.drawHeads(color);
  }

  line(color, width, path) {
    const { context } = this;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    path();
    context.stroke();
  }

  edges(event) {
    const { context, graph, metrics } = this;
    const [x, y] = [this.x(event), this.y(event)];
    const add = (fromX, fromY, toX, toY) => {
      context.moveTo(...this.screen(fromX, fromY));
      context.lineTo(...this.screen(toX, toY));
    };
    const own = graph.selfParent[event];
    if (own >= 0) add(this.x(own), this.y(own) + metrics.eventHeight / 2, x, y - metrics.eventHeight / 2);
    const other = graph.otherParent[event];
    if (other < 0) return;
    const side = (this.x(other) > x ? 1 : -1) * metrics.eventWidth / 2;
    add(this.x(other) - side, this.y(other), x + side, y);
    // The arrow's head.
    const [fromX, fromY] = this.screen(this.x(other) - side, this.y(other));
    const [toX, toY] = this.screen(x + side, y);
    const [angle, size] = [Math.atan2(toY - fromY, toX - fromX), 6 * Math.min(1, this.shared.scale)];
    if (this.shared.scale < 0.3) return;
    for (const turn of [-0.4, 0.4]) {
      context.moveTo(toX, toY);
      context.lineTo(toX - size * Math.cos(angle + turn), toY - size * Math.sin(angle + turn));
    }
  }

  drawHeads(color) {
    const { context, graph } = this;
    context.fillStyle = color("page");
    context.fillRect(0, 0, this.width, head);
    context.fillStyle = color("text");
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    let end = -Infinity; // names that would overlap are left out
    for (const peer of graph.columns) {
      const [center] = this.screen(this.laneX(peer.lane), 0);
      const text = graph.labels.get(peer.id) + (peer.id !== graph.owner ? "" : this.shared.isAlone() ? " (this node)" : ` (${"AB"[this.side]})`);
      const width = context.measureText(text).width;
      // A lane that is in sight has its name in sight.
      const x = center > 0 ? Math.max(center, width / 2 + 4) : center;
      if (x - width / 2 < end + 8) continue;
      context.fillText(text, x, head / 2);
      end = x + width / 2;
    }
    this.line(color("line"), 1, () => { context.moveTo(0, head - 0.5); context.lineTo(this.width, head - 0.5); });
  }

  // MARK: - What the user does

  /** The event at a place on the canvas; -1 if there is none. */
  eventAt(x, y) {
    if (!this.metrics || y < head) return -1;
    const { rowHeight, eventWidth, eventHeight } = this.metrics;
    const [worldX, worldY] = [x / this.shared.scale + this.shared.x, (y - head) / this.shared.scale + this.shared.y];
    const row = Math.round(worldY / rowHeight);
    for (const event of this.eventsBetween(row - 1, row + 1)) {
      const near = Math.max(1, 0.5 / this.shared.scale);
      if (Math.abs(worldX - this.x(event)) <= eventWidth / 2 * near && Math.abs(worldY - this.y(event)) <= eventHeight / 2 * near) {
        return event;
      }
    }
    return -1;
  }

  listen() {
    const { canvas } = this;
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      drag = { x: event.offsetX, y: event.offsetY, moved: 0 };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drag) {
        canvas.classList.toggle("over", this.eventAt(event.offsetX, event.offsetY) >= 0);
        return;
      }
      const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y];
      drag = { x: event.offsetX, y: event.offsetY, moved: drag.moved + Math.abs(dx) + Math.abs(dy) };
      if (drag.moved > 4) this.pan(-dx, -dy);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (drag && drag.moved <= 4) this.shared.select(this, this.eventAt(event.offsetX, event.offsetY));
      drag = null;
    });
    canvas.addEventListener("pointercancel", () => { drag = null; });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY / 300), [event.offsetX, event.offsetY]);
      else this.pan(event.deltaX, event.deltaY);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const { graph, selected, shared } = this;
    const steps = { ArrowUp: [0, -60], ArrowDown: [0, 60], ArrowLeft: [-60, 0], ArrowRight: [60, 0] };
    const next = {
      ArrowUp: graph.selfParent[selected], ArrowDown: graph.selfChildren[selected],
      ArrowLeft: graph.otherParent[selected], ArrowRight: graph.otherChildren[selected],
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) {
      if (selected < 0 || event.shiftKey) this.pan(...steps[event.key]);
      else if (next[event.key] >= 0 && this.isVisible(next[event.key])) shared.select(this, next[event.key], true);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else if (event.key === "Home") shared.select(this, graph.count > 0 ? 0 : -1, true);
    else if (event.key === "End") shared.select(this, shared.time[this.side] - 1, true);
    else if (event.key === "Escape") shared.select(this, -1);
    else return;
    event.preventDefault();
  }
}
