// Draws what was decided: sixty minutes as bars, sixty seconds as a line.

import { OUTCOMES, count, el, minute, rows, shown } from './view.js';

const SVG = 'http://www.w3.org/2000/svg';
const SLOTS = 60;
const HEIGHT = 210;
const MARGIN = { left: 44, right: 8, top: 8, bottom: 22 };
// Told beside an outcome: drawn with the others it would count twice.
const ASIDE = 'fingerprint_mismatch';
const BELOW = new Set(['completed', 'failed', 'cancelled', 'released', 'extended']);

export class Chart {
  #plot;
  #reading;
  #legend;
  #left = new Set(['extended']);
  #minutes = [];
  #read = null;

  constructor(plot, reading, legend) {
    this.#plot = plot;
    this.#reading = reading;
    this.#legend = legend;
    new ResizeObserver(() => this.#draw()).observe(plot);
    plot.addEventListener('pointermove', (event) => this.#readAt(this.#slotUnder(event)));
    plot.addEventListener('pointerleave', () => this.#readAt(null));
    plot.addEventListener('blur', () => this.#readAt(null));
    plot.addEventListener('keydown', (event) => this.#steer(event));
  }

  /** @param slots of the server's: {at, counts} of the minutes in which there was anything */
  show(slots, now) {
    const last = Math.floor(now / 60_000);
    const counts = new Map(slots.map((slot) => [Math.floor(Date.parse(slot.at) / 60_000), slot.counts]));
    this.#minutes = Array.from({ length: SLOTS }, (_, i) => {
      const number = last - SLOTS + 1 + i;
      return { at: number * 60_000, counts: counts.get(number) ?? {} };
    });
    this.#draw();
  }

  #draw() {
    const width = this.#plot.clientWidth;
    if (width === 0 || this.#minutes.length === 0) {
      return;
    }
    const { [ASIDE]: _, ...totals } = sum(this.#minutes.map((m) => m.counts));
    this.#showLegend(totals);
    const seen = inOrder(totals).filter((outcome) => !this.#left.has(outcome));
    const above = Math.max(...this.#minutes.map((m) => heightOf(m, seen.filter((o) => !BELOW.has(o)))));
    const below = Math.max(...this.#minutes.map((m) => heightOf(m, seen.filter((o) => BELOW.has(o)))));
    const scale = new Scale(above, below);
    const svg = svgOf('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT, 'aria-hidden': 'true' });
    svg.append(...axes(scale, width, this.#minutes));
    this.#minutes.forEach((m, i) => svg.append(...bars(m, i, seen, scale, width)));
    if (this.#read !== null) {
      const slot = slotWidth(width);
      svg.append(svgOf('rect', {
        class: 'read', x: MARGIN.left + this.#read * slot, y: MARGIN.top, width: slot, height: innerHeight(),
      }));
    }
    if (above + below === 0) {
      svg.append(text(width / 2, HEIGHT / 2 - 6, 'Nothing was decided in the last hour', 'middle'));
    }
    this.#plot.replaceChildren(svg);
    this.#tell();
  }

  #showLegend(totals) {
    rows(this.#legend, inOrder(totals).map((outcome) => ({ outcome })), (item) => item.outcome, ({ outcome }) => {
      const button = el('button', { type: 'button', 'data-outcome': Object.hasOwn(OUTCOMES, outcome) ? outcome : 'other' },
        el('span', { class: 'swatch' }), el('span', {}, OUTCOMES[outcome] ?? shown(outcome)), el('span', { class: 'total' }));
      button.addEventListener('click', () => this.#toggle(outcome));
      return el('li', {}, button);
    });
    for (const item of this.#legend.children) {
      item.querySelector('.total').textContent = count(totals[item.dataset.id]);
      item.firstChild.setAttribute('aria-pressed', String(!this.#left.has(item.dataset.id)));
    }
  }

  #toggle(outcome) {
    if (!this.#left.delete(outcome)) {
      this.#left.add(outcome);
    }
    this.#draw();
  }

  #slotUnder(event) {
    const box = this.#plot.getBoundingClientRect();
    const slot = Math.floor((event.clientX - box.left - MARGIN.left) / slotWidth(box.width));
    return slot >= 0 && slot < SLOTS ? slot : null;
  }

  #steer(event) {
    const from = this.#read ?? SLOTS;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: SLOTS - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#readAt(Math.min(SLOTS - 1, Math.max(0, to)));
    }
  }

  #readAt(slot) {
    if (slot !== this.#read) {
      this.#read = slot;
      this.#draw();
    }
  }

  #tell() {
    const m = this.#minutes[this.#read ?? SLOTS - 1];
    const told = inOrder(m.counts).map((outcome) => `${count(m.counts[outcome])} ${OUTCOMES[outcome] ?? shown(outcome)}`);
    const words = `${minute(m.at)}: ${told.join(', ') || 'nothing'}`;
    this.#plot.setAttribute('aria-valuenow', this.#read ?? SLOTS - 1);
    this.#plot.setAttribute('aria-valuetext', words);
    this.#reading.textContent = this.#read === null
      ? 'Point at a minute, or walk with the arrow keys, to read it.' : words;
  }
}

/** A line of the last sixty seconds. */
export function drawLine(svg, perSecond) {
  const top = Math.max(1, ...perSecond);
  const points = perSecond.map((n, i) => `${i} ${(30 - (28 * n) / top).toFixed(2)}`);
  svg.setAttribute('viewBox', `0 0 ${perSecond.length - 1} 31`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.replaceChildren(
    svgOf('path', { class: 'area', d: `M0 31L${points.join('L')}L${perSecond.length - 1} 31Z` }),
    svgOf('path', { class: 'edge', d: `M${points.join('L')}`, 'vector-effect': 'non-scaling-stroke' }));
}

/** Adds up counts by outcome. */
export function sum(all) {
  const total = {};
  for (const counts of all) {
    for (const [outcome, n] of Object.entries(counts)) {
      total[outcome] = (total[outcome] ?? 0) + n;
    }
  }
  return total;
}

/** Where a count lies: as many above the line and below it as there is room for, by the same measure. */
class Scale {
  constructor(above, below) {
    this.step = niceStep(Math.max(above, below) / 3);
    this.above = Math.ceil(Math.max(above, below === 0 ? 1 : 0) / this.step) * this.step;
    this.below = below === 0 ? 0 : Math.max(below, this.above / 8);
    this.unit = innerHeight() / (this.above + this.below);
  }

  y(value) {
    return MARGIN.top + (this.above - value) * this.unit;
  }
}

function axes(scale, width, minutes) {
  const drawn = [];
  for (let value = -Math.floor(scale.below / scale.step) * scale.step; value <= scale.above; value += scale.step) {
    const y = scale.y(value);
    drawn.push(svgOf('line', { class: value === 0 ? 'zero' : 'grid', x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }));
    drawn.push(text(MARGIN.left - 8, y + 4, count(Math.abs(value)), 'end'));
  }
  const slot = slotWidth(width);
  drawn.push(text(MARGIN.left, HEIGHT - 5, minute(minutes[0].at), 'start'));
  minutes.forEach((m, i) => {
    if (i % 15 === 14 && (i === SLOTS - 1 || width > 420)) {
      const isLast = i === SLOTS - 1;
      const x = isLast ? width - MARGIN.right : MARGIN.left + (i + 0.5) * slot;
      drawn.push(text(x, HEIGHT - 5, isLast ? 'now' : minute(m.at), isLast ? 'end' : 'middle'));
    }
  });
  return drawn;
}

function bars(m, i, seen, scale, width) {
  const slot = slotWidth(width);
  const drawn = [];
  let top = 0;
  let bottom = 0;
  for (const outcome of seen) {
    const n = m.counts[outcome] ?? 0;
    if (n > 0) {
      const isBelow = BELOW.has(outcome);
      const y = isBelow ? scale.y(-bottom) : scale.y(top + n);
      drawn.push(svgOf('rect', {
        'data-outcome': Object.hasOwn(OUTCOMES, outcome) ? outcome : 'other',
        x: MARGIN.left + i * slot + slot * 0.1, y, width: slot * 0.8,
        // One of a thousand is to be seen too.
        height: Math.max(1, n * scale.unit),
      }));
      top += isBelow ? 0 : n;
      bottom += isBelow ? n : 0;
    }
  }
  return drawn;
}

function niceStep(least) {
  if (least <= 1) {
    return 1;
  }
  const ten = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * ten).find((n) => n >= least);
}

/** Those that are known in their own order, then any others. */
function inOrder(counts) {
  const known = Object.keys(OUTCOMES).filter((outcome) => counts[outcome] > 0);
  return [...known, ...Object.keys(counts).filter((outcome) => !Object.hasOwn(OUTCOMES, outcome)).sort()];
}

const innerHeight = () => HEIGHT - MARGIN.top - MARGIN.bottom;
const slotWidth = (width) => (width - MARGIN.left - MARGIN.right) / SLOTS;
const heightOf = (m, outcomes) => outcomes.reduce((total, outcome) => total + (m.counts[outcome] ?? 0), 0);

function text(x, y, words, anchor) {
  const made = svgOf('text', { x, y, 'text-anchor': anchor });
  made.textContent = words;
  return made;
}

function svgOf(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  return made;
}
